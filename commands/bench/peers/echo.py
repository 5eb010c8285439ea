"""Peer: a raw two-hop aiokafka echo, the least that any two-stage engine on Kafka must cost.

Hop one writes every record on, as intake does; hop two writes on only the records whose key begins
with `critical`, as watch does. Both live in one process, as in one worker, and await every ack.
"""

from __future__ import annotations

import asyncio

import click
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

__all__ = ["CRITICAL", "READY"]

CRITICAL = b"critical"
READY = "ready"


async def _hop(broker: str, source: str, target: str, partitions: int, *, picky: bool) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False)
    async with consumer, AIOKafkaProducer(bootstrap_servers=broker) as producer:
        assigned = [TopicPartition(source, number) for number in range(partitions)]
        consumer.assign(assigned)
        await consumer.seek_to_end(*assigned)
        print(READY, flush=True)
        while True:
            fetched = await consumer.getmany(timeout_ms=500)
            acks = [
                await producer.send(target, record.value, key=record.key, partition=tp.partition)
                for tp, records in fetched.items()
                for record in records
                if not picky or record.key.startswith(CRITICAL)
            ]
            await asyncio.gather(*acks)


async def _run(broker: str, first: str, second: str, third: str, partitions: int) -> None:
    await asyncio.gather(
        _hop(broker, first, second, partitions, picky=False),
        _hop(broker, second, third, partitions, picky=True),
    )


@click.command()
@click.option("--broker", required=True)
@click.option("--topics", nargs=3, required=True, help="in, between and out")
@click.option("--partitions", type=int, required=True)
def main(broker: str, topics: tuple[str, str, str], partitions: int) -> None:
    """Echo until killed."""
    asyncio.run(_run(broker, *topics, partitions))


if __name__ == "__main__":
    main()
