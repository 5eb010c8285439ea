"""The independent Kafka client of tools and tests: kafka-python, connected as the settings say.

A worker reads and writes through Faust; what looks at its topics from outside does so through
another implementation of the protocol, so that a fault of one is not hidden by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from msgspec import Struct

from streams.errors import BrokerError
from streams.settings import Settings

__all__ = [
    "Message",
    "admin",
    "connection",
    "consumer",
    "newest_timestamps",
    "producer",
    "read_all",
    "read_one",
    "require_topics",
]

_TIMEOUT_MS = 10_000
_POLL_MS = 500
_TRIES = 10
_MAX_MESSAGE = 12 * 1024 * 1024
"""The largest record of the declared input topics."""
_LINGER_MS = 5
_BATCH_BYTES = 256 * 1024


class Message(Struct, frozen=True):
    """A record as it lies on the broker. `timestamp` is the broker's, in ms since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def connection(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of every kafka-python client. Raises BrokerError where no broker is set."""
    if not settings.broker:
        message = (
            "No broker is set: set WATCHFLOOR_BROKER to the host:port of your Kafka, "
            "or run `watchfloor demo`, which brings its own."
        )
        raise BrokerError(message)
    options: dict[str, Any] = {
        "bootstrap_servers": settings.broker.split(","),
        "client_id": "watchfloor",
        "security_protocol": settings.security_protocol,
        "bootstrap_timeout_ms": _TIMEOUT_MS,
    }
    if settings.security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        options["sasl_plain_password"] = settings.sasl_password
    if settings.security_protocol.endswith("SSL"):
        options["ssl_cafile"] = settings.tls_ca or None
        options["ssl_certfile"] = settings.tls_cert or None
        options["ssl_keyfile"] = settings.tls_key or None
        options["ssl_password"] = settings.tls_key_password or None
    return options


@contextmanager
def admin(settings: Settings) -> Iterator[KafkaAdminClient]:
    """An admin client. Raises BrokerError where the broker cannot be reached, or refuses."""
    with _client(settings, KafkaAdminClient) as client:
        yield client


@contextmanager
def producer(settings: Settings, *, limit_s: float | None = None) -> Iterator[KafkaProducer]:
    """A producer that waits for all replicas; its sends are flushed when the block ends.

    limit_s: seconds after which a record that is not confirmed counts as failed.
    """
    limits = {} if limit_s is None else _limits(limit_s)
    with _client(
        settings,
        KafkaProducer,
        acks="all",
        linger_ms=_LINGER_MS,
        batch_size=_BATCH_BYTES,
        compression_type="lz4",
        max_request_size=_MAX_MESSAGE,
        allow_auto_create_topics=False,
        **limits,
    ) as client:
        yield client
        client.flush()


def _limits(seconds: float) -> dict[str, int]:
    """One limit from the look-up of the topic to the confirmation; half of it for each try."""
    whole = round(seconds * 1000)
    return {
        "max_block_ms": whole,
        "delivery_timeout_ms": whole,
        "request_timeout_ms": max(whole // 2, 1),
    }


@contextmanager
def consumer(settings: Settings) -> Iterator[KafkaConsumer]:
    """A consumer outside every group: it is assigned what it reads and commits nothing."""
    with _client(
        settings,
        KafkaConsumer,
        group_id=None,
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        max_partition_fetch_bytes=_MAX_MESSAGE,
    ) as client:
        yield client


def require_topics(settings: Settings, topics: Iterable[str]) -> dict[str, int]:
    """Partition counts of topics (full names). Raises BrokerError for one that is not there."""
    with admin(settings) as client:
        described = client.describe_topics(list(topics))
    for topic in described:
        if topic["error_code"]:
            raise BrokerError(_absent(topic["name"]))
    return {topic["name"]: len(topic["partitions"]) for topic in described}


def read_all(
    client: KafkaConsumer, topic: str, *, since_ms: int | None = None
) -> Iterator[Message]:
    """Every record of a topic (full name) up to its ends of now, partition by partition.

    since_ms: leaves out records with an older broker timestamp. Raises BrokerError for a topic
    that is not there.
    """
    partitions = client.partitions_for_topic(topic)
    if not partitions:
        raise BrokerError(_absent(topic))
    for number in sorted(partitions):
        place = TopicPartition(topic, number)
        client.assign([place])
        start, end = _range(client, place)
        if since_ms is not None:
            found = client.offsets_for_times({place: since_ms})[place]
            start = end if found is None else max(start, found.offset)
        client.seek(place, start)
        for message in _until(client, place, end):
            # again, since not every broker looks up times exactly
            if since_ms is None or message.timestamp >= since_ms:
                yield message


def read_one(client: KafkaConsumer, topic: str, partition: int, offset: int) -> Message | None:
    """The record at exactly these coordinates; None if it is gone (retention, compaction)."""
    place = TopicPartition(topic, partition)
    if partition not in (client.partitions_for_topic(topic) or ()):
        return None
    client.assign([place])
    start, end = _range(client, place)
    if not start <= offset < end:
        return None
    client.seek(place, offset)
    found = next(_until(client, place, end), None)
    return found if found is not None and found.offset == offset else None


def _absent(topic: str) -> str:
    return f"There is no topic {topic!r} on the broker: run `watchfloor topics apply`."


def newest_timestamps(client: KafkaConsumer, topics: Iterable[str]) -> Iterator[int]:
    """Broker timestamp (ms) of the last record of every partition that has one."""
    for topic in topics:
        for number in sorted(client.partitions_for_topic(topic) or ()):
            place = TopicPartition(topic, number)
            client.assign([place])
            start, end = _range(client, place)
            client.seek(place, max(start, end - 1))
            yield from (message.timestamp for message in _until(client, place, end))


def _range(client: KafkaConsumer, place: TopicPartition) -> tuple[int, int]:
    """First offset of an assigned partition, and the one after its last.

    The end is that of a fetch: asked for it by name, the bundled broker tells the second offset
    of its last batch, however many records the batch has.
    """
    start: int = client.beginning_offsets([place])[place]
    end: int = client.end_offsets([place])[place]
    if end <= start:
        return start, start
    client.seek(place, end - 1)
    for _ in range(_TRIES):
        client.poll(timeout_ms=_POLL_MS)
        fetched = client.highwater(place)
        if fetched is not None:
            return start, max(end, fetched)
    return start, end


def _until(client: KafkaConsumer, place: TopicPartition, end: int) -> Iterator[Message]:
    while client.position(place) < end:
        for record in client.poll(timeout_ms=_POLL_MS).get(place, ()):
            if record.offset >= end:
                return
            yield Message(
                record.topic,
                record.partition,
                record.offset,
                record.timestamp,
                record.key,
                record.value,
            )


@contextmanager
def _client(settings: Settings, kind: type[Any], **options: Any) -> Iterator[Any]:
    try:
        client = kind(**connection(settings), **options)
    except KafkaError as error:
        message = (
            f"The broker at {settings.broker} cannot be reached ({type(error).__name__}): is it "
            "running, and do WATCHFLOOR_BROKER and WATCHFLOOR_SECURITY_PROTOCOL match it? "
            "`watchfloor doctor` looks closer."
        )
        raise BrokerError(message) from error
    try:
        yield client
    except KafkaError as error:
        message = f"The broker at {settings.broker} refused: {type(error).__name__}: {error}"
        raise BrokerError(message) from error
    finally:
        client.close()
