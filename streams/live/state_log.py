"""Reads partitions of the `state` topic to their end, with a client of its own."""

from __future__ import annotations

from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.errors import BrokerError
from streams.live.connection import client_options
from streams.live.state import StateView
from streams.settings import Settings
from streams.topics import STATE

__all__ = ["read_state", "read_totals"]

POLL_MS = 500
FETCH_BYTES = 8 * 1024 * 1024


async def read_state(settings: Settings, partitions: Iterable[int]) -> StateView:
    """Everything stored on these partitions of `state`. Raises BrokerError."""
    view = StateView()
    tps = [TopicPartition(settings.topic(STATE), number) for number in sorted(partitions)]
    if not tps:
        return view
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    try:
        await consumer.start()
        await _gather(consumer, tps, view)
    except KafkaError as error:
        message = f"the topic {settings.topic(STATE)} cannot be read: {error!r}."
        raise BrokerError(message) from error
    finally:
        await consumer.stop()
    return view


async def _gather(consumer: AIOKafkaConsumer, tps: list[TopicPartition], view: StateView) -> None:
    consumer.assign(tps)
    ends = await consumer.end_offsets(tps)
    starts = await consumer.beginning_offsets(tps)
    left = {tp for tp in tps if starts[tp] < ends[tp]}
    for tp in tps:
        consumer.seek(tp, starts[tp])
    while left:
        found = await consumer.getmany(*left, timeout_ms=POLL_MS)
        for records in found.values():
            for record in records:
                view.add(record.key, record.value)
        # Positions, not last offsets: a compacted log may end in offsets that hold no record.
        left = {tp for tp in left if await consumer.position(tp) < ends[tp]}


async def read_totals(settings: Settings) -> dict[str, int]:
    """The counts of the whole log, as the newest snapshots hold them: accepted, duplicate, ..."""
    view = await read_state(settings, range(settings.partitions))
    totals: dict[str, int] = {}
    for snapshot in view.snapshots.values():
        for name, count in snapshot.totals.items():
            totals[name] = totals.get(name, 0) + count
    return totals
