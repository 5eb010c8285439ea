"""The stage `dispatch` of a worker: a lane for each channel of the rules, and the clock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Final, Protocol

from msgspec import Struct

from commands.channels.options import channel_options
from commands.dispatch.books import Books
from commands.dispatch.clock import Clock
from commands.dispatch.desks import Owners, desk_topics
from commands.dispatch.lane import Lane, LaneOptions
from rules.language.book import RuleBook
from rules.language.schema.channels import Channel, Console
from rules.notify.router import Router
from sinks import open_channel
from sinks.base import Sink
from sinks.secrets import Secrets
from streams.areas import AreaTree
from streams.live.meter import DeliveryMeter
from streams.settings import Settings

__all__ = ["DESKS_LANE", "Stage"]

DESKS_LANE: Final = "desks"
"""The lane that writes the topics of the commands; no channel of a book can have this name."""
KEEPERS: Final = ("kafka", "jsonl")
"""Sinks that keep a record: of every revision, and nobody's telephone rings."""
_MOST: Final = {"console": None, "alertmanager": None}
"""Messages a minute at most, by sink, where the channel does not say; None: it stands a storm."""
_MOST_ELSE: Final = 60
_STOP_S: Final = 5.0

log = logging.getLogger(__name__)


class _Task(Protocol):
    def run(self) -> None: ...

    def stop(self) -> None: ...


class _Running(Struct):
    task: _Task
    thread: threading.Thread


class Stage:
    """Everything of dispatch that runs in this process."""

    def __init__(
        self,
        settings: Settings,
        book: RuleBook,
        areas: AreaTree,
        secrets: Secrets,
        meter: DeliveryMeter,
    ) -> None:
        """book: of the installation; a published one takes its place."""
        self._settings, self._areas, self._secrets = settings, areas, secrets
        self._meter = meter
        self._since_ms = time.time_ns() // 1_000_000
        self._router = Router(book)
        self._books = Books(settings, book, areas, self.judge_by)
        self._lock = threading.Lock()
        self._lanes: dict[str, tuple[Channel | None, Lane, _Running]] = {}
        self._others: list[_Running] = []
        self._stopped = False

    @property
    def ready(self) -> bool:
        """Whether the rules that were published are known, and every channel has its place."""
        with self._lock:
            lanes = [lane for _, lane, _ in self._lanes.values()]
        return self._books.known and bool(lanes) and all(lane.assigned for lane in lanes)

    @property
    def alive(self) -> bool:
        """Whether everything that was started still runs."""
        with self._lock:
            running = [*(running for _, _, running in self._lanes.values()), *self._others]
        return all(one.thread.is_alive() for one in running)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Deliver as long as the block lasts."""
        self._lanes[DESKS_LANE] = self._desks()
        self._others = [
            _start("rules of dispatch", self._books),
            _start("escalation", Clock(self._settings, lambda: self._router, self._meter)),
        ]
        try:
            yield
        finally:
            with self._lock:
                self._stopped = True
                lanes = [running for _, _, running in self._lanes.values()]
            _end([*lanes, *self._others])

    def judge_by(self, book: RuleBook) -> None:
        """Go by a book: a lane for each of its channels, none for others, and its routes."""
        with self._lock:
            self._router = Router(book)
            if self._stopped:
                return
            wanted = _channels(self._router.book)
            gone = [
                name
                for name, (channel, _, _) in self._lanes.items()
                if name != DESKS_LANE and wanted.get(name) != channel
            ]
            ended = [self._lanes.pop(name)[2] for name in gone]
            _end(ended)
            for name, channel in wanted.items():
                if name not in self._lanes:
                    self._lanes[name] = self._channel(name, channel)
            self._meter.channels(list(self._lanes))

    def _desks(self) -> tuple[None, Lane, _Running]:
        owners = Owners(self._areas, lambda: self._router)
        options = LaneOptions(
            name=DESKS_LANE,
            keeps=True,
            most=None,
            languages=(),
            begin="now",
            since_ms=self._since_ms,
            everything=True,
        )
        opener: Callable[[], AbstractContextManager[Sink]] = partial(
            desk_topics, self._settings, owners
        )
        lane = self._lane(options, opener, recall=owners.recall)
        return None, lane, _start(DESKS_LANE, lane)

    def _channel(self, name: str, channel: Channel) -> tuple[Channel, Lane, _Running]:
        options = LaneOptions(
            name=name,
            keeps=channel.sink in KEEPERS,
            most=channel.per_minute or _MOST.get(channel.sink, _MOST_ELSE),
            languages=tuple(channel.languages),
            begin=channel.since,
            since_ms=self._since_ms,
        )

        def opened() -> AbstractContextManager[Sink]:
            return open_channel(channel_options(channel, self._settings), self._secrets)

        lane = self._lane(options, opened)
        return channel, lane, _start(name, lane)

    def _lane(
        self,
        options: LaneOptions,
        opener: Callable[[], AbstractContextManager[Sink]],
        **more: Any,
    ) -> Lane:
        return Lane(
            options,
            self._settings,
            self._areas,
            lambda: self._router,
            opener,
            self._meter,
            **more,
        )


def _channels(book: RuleBook) -> dict[str, Channel]:
    """By the names of routes; `console` alone needs no entry."""
    found: dict[str, Channel] = {name: placed.value for name, placed in book.parts.channels.items()}
    routes = (placed.value for placed in book.parts.routes.values())
    if any("console" in (*entry.to, *entry.otherwise) for route in routes for entry in route):
        found["console"] = Console(id="console")
    return found


def _start(name: str, task: _Task) -> _Running:
    thread = threading.Thread(target=task.run, name=name, daemon=True)
    thread.start()
    return _Running(task, thread)


def _end(running: list[_Running]) -> None:
    for one in running:
        one.task.stop()
    until = time.monotonic() + _STOP_S
    for one in running:
        one.thread.join(max(until - time.monotonic(), 0.1))
