"""Puts a bundle of rules to work on the broker, and waits until every partition was told.

Used by `rules publish`, `rules rollback` and the watch over a rule directory. First the files, then
which of them hold, then the announcement on every partition of the log. Whoever is stopped in
between does it again: what stands there already is not written twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from msgspec import Struct

from streams.control import (
    CURRENT,
    Bundle,
    ControlView,
    Current,
    Held,
    announcement,
    bundle_key,
    encode_bundle,
    encode_current,
)
from streams.errors import BrokerError
from streams.kafka_client import consumer, producer, read_all, require_topics
from streams.settings import Settings
from streams.topics import CONTROL, LOG

__all__ = ["OnBroker", "Switch", "await_switch", "publish_bundle", "read_control"]

_CONFIRM_S = 20.0
_POLL_MS = 200


class Switch(Struct, frozen=True):
    """One switch of the rules. number: of its announcement; anew: whether it held already."""

    current: Current
    number: int
    anew: bool


def read_control(settings: Settings) -> ControlView:
    """What `control` holds now. Raises BrokerError."""
    view = ControlView()
    with consumer(settings) as client:
        for message in read_all(client, settings.topic(CONTROL)):
            view.add(message.offset, message.key, message.value)
    return view


def publish_bundle(settings: Settings, bundle: Bundle, *, effective_ms: int) -> Switch:
    """Let the bundle hold for events from `effective_ms` on. Raises BrokerError, ConfigError.

    Where it holds already nothing changes, but the partitions that do not say so are told again.
    """
    packed = encode_bundle(bundle)
    require_topics(settings, [settings.topic(CONTROL), settings.topic(LOG)])
    view = read_control(settings)
    control = settings.topic(CONTROL)
    with producer(settings) as client:
        if view.current is not None and view.current.hash == bundle.hash:
            switch = Switch(view.current, view.number, anew=True)
        else:
            current = Current(
                hash=bundle.hash,
                previous=view.current.hash if view.current else _own(view),
                effective_ms=effective_ms,
                by=bundle.by,
                because=bundle.because,
                at_ms=bundle.at_ms,
            )
            if bundle.hash not in view.bundles:
                _send(client, control, 0, bundle_key(bundle.hash), packed)
            number = _send(client, control, 0, CURRENT, encode_current(current))
            switch = Switch(current, number, anew=False)
        _announce(client, settings, switch, view)
    return switch


class OnBroker:
    """Publishes to the broker of the settings; implements `commands.rule_directory.Publisher`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def current(self) -> Current | None:
        """What is published. Raises BrokerError."""
        return read_control(self._settings).current

    def publish(self, bundle: Bundle) -> None:
        """Let it hold for events from now on. Raises BrokerError, ConfigError."""
        publish_bundle(self._settings, bundle, effective_ms=bundle.at_ms)


def await_switch(settings: Settings, number: int, limit: float) -> dict[int, tuple[str, Held]]:
    """What each partition was told, once all were told of this announcement, or after `limit` s."""
    view = ControlView()
    deadline = time.monotonic() + limit
    with consumer(settings) as client:
        for _ in _followed(client, settings.topic(CONTROL), view):
            held = view.held()
            told = sum(state.number >= number for _, state in held.values())
            if told >= settings.partitions or time.monotonic() >= deadline:
                return dict(held)
    return {}


def _own(view: ControlView) -> str | None:
    """The rules that workers were started with, if they agree: the way back from the first ones."""
    hashes = {held.hash for _, held in view.held().values()}
    return hashes.pop() if len(hashes) == 1 else None


def _announce(client: KafkaProducer, settings: Settings, switch: Switch, view: ControlView) -> None:
    held = view.held()
    value = announcement(switch.current, switch.number)
    for partition in range(settings.partitions):
        known = held.get(partition)
        if known is None or known[1].number < switch.number:
            _send(client, settings.topic(LOG), partition, b"rules", value)


def _send(client: KafkaProducer, topic: str, partition: int, key: bytes, value: bytes) -> int:
    """Write one record; its offset, once all replicas have it."""
    try:
        found: Any = client.send(topic, value, key=key, partition=partition).get(_CONFIRM_S)
    except KafkaError as error:
        message = f"{topic}/{partition} did not take the record: {error!r}."
        raise BrokerError(message) from error
    return int(found.offset)


def _followed(client: KafkaConsumer, topic: str, view: ControlView) -> Iterator[None]:
    """Add what comes to `view`, without end; yields after each fetch."""
    place = TopicPartition(topic, 0)
    client.assign([place])
    client.seek_to_beginning(place)
    while True:
        for record in client.poll(timeout_ms=_POLL_MS).get(place, ()):
            view.add(record.offset, record.key, record.value)
        yield
