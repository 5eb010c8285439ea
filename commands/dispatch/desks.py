"""The topics of the commands: one revision to station, county, city and province at once (C20).

Keyed by the area of the desk and the alert, so that a compacted topic keeps the newest of each.
Who was told that an alert is grave is told, too, that it is so no more, and that it is over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from kafka.errors import KafkaError

from rules.language.schema.common import CommandLevel
from rules.notify.chain import desks
from rules.notify.news import MOST
from rules.notify.router import Router
from sinks.base import Retryable
from sinks.cloudevents import event_types, headers
from streams.alert_codec import encode_alert
from streams.areas import AreaTree
from streams.errors import BrokerError
from streams.kafka_client import producer
from streams.records import Alert
from streams.settings import Settings
from streams.topics import DESKS

__all__ = ["Desks", "Owners", "desk_topics"]

_LIMIT_S: Final = 10.0
_SOURCE: Final = "watchfloor"


class Owners:
    """Which desks are told of an alert: those whose it is now, and those that were told before."""

    def __init__(self, areas: AreaTree, router: Callable[[], Router]) -> None:
        """router: by the rules in force."""
        self._areas, self._router = areas, router
        self._told: OrderedDict[str, dict[tuple[CommandLevel, str], None]] = OrderedDict()

    def of(self, alert: Alert) -> list[tuple[CommandLevel, str]]:
        """Command and area id of each, in the order of the chain; remembers them until its end."""
        told = self._told.setdefault(alert.id, {})
        targets = self._router().targets(alert)
        told.update(dict.fromkeys(desks(self._areas, alert, targets.commands)))
        if len(self._told) > MOST:
            self._told.popitem(last=False)
        return list(told)

    def told(self, alert: Alert) -> None:
        """They have it; an alert that is over is forgotten."""
        if alert.status in {"resolved", "withdrawn"}:
            self._told.pop(alert.id, None)

    def recall(self, alert: Alert) -> None:
        """They were told before a restart."""
        self.of(alert)
        self.told(alert)


class Desks:
    """Implements `sinks.base.Sink` over the topics of the chain of command."""

    def __init__(self, client: Any, settings: Settings, owners: Owners) -> None:
        """client: a kafka-python producer."""
        self._client, self._owners = client, owners
        self._topics = {command: settings.topic(name) for command, name in DESKS.items()}

    def send(self, alerts: Sequence[Alert]) -> None:
        """Write each to the desks that own it, and wait until all replicas have it."""
        sent: list[tuple[int, Any]] = []
        failure: KafkaError | None = None
        for number, alert in enumerate(alerts):
            value = encode_alert(alert)
            types = event_types(alert)
            try:
                for command, area_id in self._owners.of(alert):
                    key = f"{area_id}/{alert.id}".encode()
                    for type_ in types:
                        ce = headers(alert, _SOURCE, type_)
                        future = self._client.send(
                            self._topics[command], value, key=key, headers=ce
                        )
                        sent.append((number, future))
            except KafkaError as error:
                failure = error
                break
        for number, future in sent:
            try:
                future.get(timeout=_LIMIT_S)
            except KafkaError as error:
                self._told(alerts[:number])
                raise _failure(error, number) from error
        if failure is not None:
            done = sent[-1][0] if sent else 0
            self._told(alerts[:done])
            raise _failure(failure, done) from failure
        self._told(alerts)

    def _told(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            self._owners.told(alert)


@contextmanager
def desk_topics(settings: Settings, owners: Owners) -> Iterator[Desks]:
    """The desks over a producer of their own. Raises Retryable where the broker is away."""
    try:
        with producer(settings, limit_s=_LIMIT_S) as client:
            yield Desks(client, settings, owners)
    except BrokerError as error:
        raise Retryable(str(error)) from error


def _failure(error: KafkaError, done: int) -> Retryable:
    name = type(error).__name__
    said = f"the topics of the commands did not take the alerts ({name}): is the broker running?"
    return Retryable(said, done=done)
