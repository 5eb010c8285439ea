"""An open-loop load: records leave on a fixed schedule, whatever the system under test does.

Latency counts from the *scheduled* time of a record, so that a stall of the producer or of the
broker is seen by every record that it held up (no coordinated omission; Tene, "How NOT to measure
latency", 2013).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from msgspec import Struct

__all__ = ["Load", "Probe", "measure"]

_DRAIN_S = 10.0
_SETTLE_S = 1.0
_POLL_S = 0.02


class Probe(Struct, frozen=True):
    """One record to send: partition key, value, and its id if its way out is timed."""

    key: bytes
    value: bytes
    timed: str | None


class Load(Struct, frozen=True):
    """What is sent (`make(i)` builds record i just before it leaves), how fast, how long."""

    rate: float
    seconds: float
    make: Callable[[int], Probe]


async def measure(
    broker: str,
    source: str,
    sink: str,
    sink_partitions: int,
    load: Load,
    ids_of: Callable[[bytes], Iterable[str]],
) -> tuple[list[float], int]:
    """Send the load to `source`, read `sink`; seconds per timed id that came out, and the lost.

    `ids_of` names the timed ids that a record of `sink` carries; the first sight of each counts.
    """
    reader = AIOKafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False)
    async with reader, AIOKafkaProducer(bootstrap_servers=broker) as producer:
        tps = [TopicPartition(sink, number) for number in range(sink_partitions)]
        reader.assign(tps)
        await reader.seek_to_end(*tps)
        for tp in tps:
            await reader.position(tp)
        due: dict[str, float] = {}
        seen: dict[str, float] = {}
        reading = asyncio.create_task(_read(reader, ids_of, seen))
        await _send(producer, source, load, due)
        end = time.perf_counter() + _DRAIN_S
        while not due.keys() <= seen.keys() and time.perf_counter() < end:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_S)
        reading.cancel()
    latencies = [seen[name] - at for name, at in due.items() if name in seen]
    return latencies, len(due) - len(latencies)


async def _send(producer: AIOKafkaProducer, topic: str, load: Load, due: dict[str, float]) -> None:
    start = time.perf_counter() + _SETTLE_S
    acks: list[asyncio.Future[object]] = []
    for number in range(int(load.rate * load.seconds)):
        scheduled = start + number / load.rate
        wait = scheduled - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        probe = load.make(number)
        if probe.timed is not None:
            due[probe.timed] = scheduled
        acks.append(await producer.send(topic, probe.value, key=probe.key))
    await asyncio.gather(*acks)


async def _read(
    reader: AIOKafkaConsumer, ids_of: Callable[[bytes], Iterable[str]], seen: dict[str, float]
) -> None:
    async for record in reader:
        now = time.perf_counter()
        for name in ids_of(record.value):
            seen.setdefault(name, now)
