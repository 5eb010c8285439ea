"""Peer: a bare aiokafka getmany + orjson loop that does nothing, the ceiling of the engine."""

from __future__ import annotations

import asyncio

import click
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from commands.bench.peers import Stopwatch

_FETCH_BYTES = 4 * 1024 * 1024


async def _run(broker: str, topic: str, partitions: int, watch: Stopwatch) -> None:
    # Assigned by hand: joining a group costs time that has nothing to do with the loop.
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    await consumer.start()
    consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
    loads = orjson.loads
    while True:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            for record in records:
                loads(record.value)
            if watch.add(len(records)):
                watch.report_and_exit()


@click.command()
@click.option("--broker", required=True)
@click.option("--topic", required=True)
@click.option("--partitions", type=int, required=True)
@click.option("--warm", type=int, required=True)
@click.option("--total", type=int, required=True)
def main(broker: str, topic: str, partitions: int, warm: int, total: int) -> None:
    """Read TOTAL records of TOPIC and report the rate."""
    asyncio.run(_run(broker, topic, partitions, Stopwatch(warm=warm, total=total)))


if __name__ == "__main__":
    main()
