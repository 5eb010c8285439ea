"""Follows a topic of alerts: what is published from a moment on, as it comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec
from kafka import KafkaConsumer, TopicPartition

from commands.deadletters import since_ms
from streams.alert_codec import decode_alert
from streams.errors import BrokerError
from streams.kafka_client import consumer, read_all
from streams.records import Alert
from streams.settings import Settings
from streams.topics import ALERTS, ALERTS_LOG

__all__ = ["Answers", "followed"]

_POLL_MS = 200


def followed(settings: Settings, since: str | None, *, once: bool) -> Iterator[Alert]:
    """Revisions on alerts.log, from now on or from `since` on. Raises BrokerError."""
    start = None if since is None else since_ms(since, datetime.now(UTC))
    topic = settings.topic(ALERTS_LOG)
    with consumer(settings) as client:
        if once:
            for message in read_all(client, topic, since_ms=start):
                yield from _alert(message.value)
            return
        _place(client, topic, start)
        while True:
            for records in client.poll(timeout_ms=_POLL_MS).values():
                for record in records:
                    yield from _alert(record.value)


class Answers:
    """What a watch publishes about some alerts from a moment on: made before one acts."""

    def __init__(self, client: KafkaConsumer, settings: Settings) -> None:
        self._client = client
        _place(client, settings.topic(ALERTS), None)

    def until(self, wanted: Mapping[str, int], within_s: float) -> dict[str, Alert]:
        """Newest revisions of these, once each is above the one given, or what came in time."""
        found: dict[str, Alert] = {}
        waits = max(1, round(within_s * 1000 / _POLL_MS))
        for _ in range(waits):
            for records in self._client.poll(timeout_ms=_POLL_MS).values():
                for record in records:
                    for alert in _alert(record.value):
                        if alert.revision > wanted.get(alert.id, alert.revision):
                            found[alert.id] = alert
            if found.keys() >= wanted.keys():
                break
        return found


def _alert(value: bytes | None) -> Iterator[Alert]:
    try:
        yield decode_alert(value or b"")
    except msgspec.DecodeError:
        return


def _place(client: KafkaConsumer, topic: str, start_ms: int | None) -> None:
    partitions = client.partitions_for_topic(topic)
    if not partitions:
        raise BrokerError(f"There is no topic {topic!r}: run `watchfloor topics apply`.")
    places = [TopicPartition(topic, number) for number in sorted(partitions)]
    client.assign(places)
    found = {} if start_ms is None else client.offsets_for_times(dict.fromkeys(places, start_ms))
    ends = client.end_offsets(places)
    for place in places:
        offset = found.get(place)
        client.seek(place, ends[place] if offset is None else offset.offset)
