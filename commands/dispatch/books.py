"""The rules that dispatch goes by: the newest published ones, else those of the installation."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from kafka import TopicPartition
from kafka.errors import KafkaError
from msgspec import DecodeError

from rules.language.book import RuleBook
from rules.language.bundle import book_in_bundle
from streams.areas import AreaTree
from streams.control import ControlView
from streams.errors import BrokerError, RuleError
from streams.kafka_client import consumer
from streams.settings import Settings
from streams.topics import CONTROL

__all__ = ["Books"]

_POLL_MS: Final = 500
_AGAIN_S: Final = 2.0

log = logging.getLogger(__name__)


class Books:
    """Follows `control`, and hands on the book that holds: once it is known, and when it changes.

    Who is told follows what was published last, also for alerts that other rules raised: routes
    are of the present. A book that cannot be used leaves the one before it in force.
    """

    def __init__(
        self,
        settings: Settings,
        own: RuleBook,
        areas: AreaTree,
        on_book: Callable[[RuleBook], None],
    ) -> None:
        """own: of the installation's rule directory, which holds until something is published."""
        self._settings, self._areas, self._on_book = settings, areas, on_book
        self._book = own
        self._refused = ""
        self._view = ControlView()
        self._stopped = False
        self.known = False
        """Whether `control` was read to its end once."""

    def stop(self) -> None:
        """Ask it to end."""
        self._stopped = True

    def run(self) -> None:
        """Follow until stopped. Never raises."""
        while not self._stopped:
            try:
                self._follow()
            except (BrokerError, KafkaError) as error:
                log.warning("control cannot be read at the moment: %r", error)
                time.sleep(_AGAIN_S)
            except Exception:
                # Whatever it is, the channels that there are go on.
                log.exception("the rules of dispatch: unexpected fault")
                time.sleep(_AGAIN_S)

    def _follow(self) -> None:
        self._view = view = ControlView()
        place = TopicPartition(self._settings.topic(CONTROL), 0)
        with consumer(self._settings) as client:
            client.assign([place])
            client.seek_to_beginning(place)
            end = client.end_offsets([place])[place]
            while not self._stopped:
                for record in client.poll(timeout_ms=_POLL_MS).get(place, ()):
                    view.add(record.offset, record.key, record.value)
                if client.position(place) >= end and (self._changed() or not self.known):
                    self.known = True
                    self._on_book(self._book)

    def _changed(self) -> bool:
        """Take the book over that holds by now; whether it is another one."""
        current = self._view.current
        if current is None:
            return False
        hash_ = current.hash if current.effective_ms <= time.time() * 1000 else current.previous
        if hash_ is None or hash_ in {self._book.bundle, self._refused}:
            return False
        try:
            bundle = self._view.bundle(hash_)
            if bundle is None:
                return False
            self._book = book_in_bundle(bundle, self._areas)
        except (RuleError, DecodeError) as error:
            self._refused = hash_
            log.error(  # noqa: TRY400 - it says what is wrong
                "dispatch does not take the rules %s, those before stay: %s", hash_, error
            )
            return False
        log.info("dispatch goes by the rules %s", hash_)
        return True
