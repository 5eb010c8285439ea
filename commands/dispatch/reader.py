"""A channel's place in `alerts.log`: its consumer group, where it begins, what it has behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final, Literal

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from streams.kafka_client import Message, connection, consumer
from streams.settings import Settings

__all__ = ["Begin", "Reader", "earlier", "group_reader"]

Begin = Literal["now", "beginning"]

_FETCH_WAIT_MS: Final = 200
_MAX_POLL: Final = 500
_LONGEST_ATTEMPT_MS: Final = 900_000
"""Silence after which the group takes a reader for dead: the longest that an attempt may take."""


class Reader:
    """One member of a consumer group on one topic. It is used by one thread."""

    def __init__(self, client: KafkaConsumer, topic: str) -> None:
        self._client, self._topic = client, topic
        self._held: frozenset[int] = frozenset()

    def changes(self) -> tuple[frozenset[int], frozenset[int]]:
        """Partitions that were taken from us, and given to us, since the last time.

        Seen from outside of the client's own thread, which may not wait for the broker: what a new
        partition has brought before it is begun is left aside, and comes again.
        """
        now = frozenset(place.partition for place in self._client.assignment())
        gone, come = self._held - now, now - self._held
        self._held = now
        return gone, come

    def start(self, partition: int, begin: Begin, since_ms: int) -> tuple[int, bool]:
        """Where to read on, and whether that was stored; moves the reader there.

        Where nothing is stored: the beginning, or the first record from `since_ms` on.
        """
        place = TopicPartition(self._topic, partition)
        stored = self._client.committed(place)
        first: int = self._client.beginning_offsets([place])[place]
        if stored is not None:
            start = max(int(stored), first)
        elif begin == "beginning":
            start = first
        else:
            found = self._client.offsets_for_times({place: since_ms})[place]
            start = self._client.end_offsets([place])[place] if found is None else found.offset
        self._client.seek(place, start)
        return start, stored is not None

    def rewind(self, partition: int) -> None:
        """Read a partition from its beginning."""
        place = TopicPartition(self._topic, partition)
        self._client.seek(place, self._client.beginning_offsets([place])[place])

    def poll(self, wait_s: float, *, paused: bool = False) -> Iterator[Message]:
        """What has come, after waiting for it; nothing while paused, but the group is kept."""
        places = self._client.assignment()
        if paused:
            self._client.pause(*places)
        else:
            self._client.resume(*places)
        found = self._client.poll(timeout_ms=int(wait_s * 1000))
        for place, records in found.items():
            for r in records if place.partition in self._held else ():
                yield Message(place.topic, place.partition, r.offset, r.timestamp, r.key, r.value)

    def behind(self, positions: Mapping[int, int]) -> int:
        """Records from these positions to the ends, as far as they are known."""
        ends = {p: self._client.highwater(TopicPartition(self._topic, p)) for p in positions}
        return sum(max(end - positions[p], 0) for p, end in ends.items() if end is not None)

    def at_end(self, partition: int) -> bool:
        """Whether everything up to the end of a partition was read."""
        place = TopicPartition(self._topic, partition)
        end = self._client.highwater(place)
        return end is not None and self._client.position(place) >= end

    def commit(self, positions: Mapping[int, int]) -> None:
        """Store where to read on."""
        if positions:
            self._client.commit(
                {
                    TopicPartition(self._topic, partition): OffsetAndMetadata(offset, "", -1)
                    for partition, offset in positions.items()
                }
            )


@contextmanager
def group_reader(settings: Settings, topic: str, group: str) -> Iterator[Reader]:
    """A reader of a topic (full name) for a group. Raises BrokerError, KafkaError."""
    client = KafkaConsumer(
        **connection(settings),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
        fetch_max_wait_ms=_FETCH_WAIT_MS,
        max_poll_records=_MAX_POLL,
        max_poll_interval_ms=_LONGEST_ATTEMPT_MS,
        session_timeout_ms=int(settings.session_timeout * 1000),
        heartbeat_interval_ms=int(settings.session_timeout * 1000 / 3),
    )
    try:
        client.subscribe([topic])
        yield Reader(client, topic)
    finally:
        with suppress(KafkaError):
            client.close(autocommit=False, timeout_ms=2000)


def earlier(
    settings: Settings, topic: str, partition: int, end: int, *, since_ms: int, most: int
) -> Iterator[Message]:
    """Records before an offset, oldest first: since a moment, and so many at most."""
    place = TopicPartition(topic, partition)
    with consumer(settings) as client:
        client.assign([place])
        found = client.offsets_for_times({place: since_ms})[place]
        first: int = client.beginning_offsets([place])[place]
        start = max(first, end - most, 0 if found is None else found.offset)
        if found is None or start >= end:
            return
        client.seek(place, start)
        while client.position(place) < end:
            records = client.poll(timeout_ms=500).get(place, ())
            if not records:
                return
            for r in records:
                if r.offset < end:
                    yield Message(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value)
