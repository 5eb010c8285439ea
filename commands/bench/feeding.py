"""Puts measured input onto a broker: topics made beforehand, records in full batches."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from streams.errors import BrokerError

__all__ = ["declare", "produce"]

_BATCH_BYTES = 256 * 1024
_AREA = re.compile(rb'"area_id":"([^"]+)"')


def declare(broker: str, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> None:
    """Create topics (name -> partitions, configs) that are not there yet. Raises BrokerError."""
    try:
        admin = KafkaAdminClient(bootstrap_servers=broker)
    except KafkaError as error:
        message = (
            f"no Kafka broker answers at {broker} ({error}). Start one there, or leave --broker "
            "and WATCHFLOOR_BROKER unset to measure on the bundled broker."
        )
        raise BrokerError(message) from error
    try:
        for name, (partitions, configs) in topics.items():
            wanted = {"num_partitions": partitions, "replication_factor": 1, "configs": configs}
            try:
                admin.create_topics({name: wanted})
            except TopicAlreadyExistsError:
                continue
    finally:
        admin.close()


def produce(broker: str, topic: str, partitions: int, records: Sequence[bytes]) -> None:
    """Write the records in order, dealt over the partitions one by one, and wait for every ack.

    The key is the area, since windowed peers count by key; the engine reads any key.
    """
    asyncio.run(_produce(broker, topic, partitions, records))


async def _produce(broker: str, topic: str, partitions: int, records: Sequence[bytes]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker, max_batch_size=_BATCH_BYTES) as producer:
        acks: list[asyncio.Future[object]] = []
        for partition in range(partitions):
            batch = producer.create_batch()
            for value in records[partition::partitions]:
                key = _area(value)
                if batch.append(key=key, value=value, timestamp=None) is None:
                    acks.append(await producer.send_batch(batch, topic, partition=partition))
                    batch = producer.create_batch()
                    batch.append(key=key, value=value, timestamp=None)
            if batch.record_count():
                acks.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*acks)


def _area(value: bytes) -> bytes:
    found = _AREA.search(value)
    return found[1] if found else b"unknown"
