"""Sends that count: every record is confirmed by the broker before the caller goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError
from msgspec import Struct, json

from streams.errors import BrokerError
from streams.observations import DeadLetter

__all__ = ["Outgoing", "Writer", "dead_letter_record"]


class Outgoing(Struct, frozen=True):
    """One record to write. partition None: chosen by the key. value None: removes the key."""

    topic: str
    key: bytes
    value: bytes | None
    partition: int | None = None
    headers: list[tuple[str, bytes]] | None = None


def dead_letter_record(topic: str, letter: DeadLetter) -> Outgoing:
    """A dead letter as a record, keyed by the place of what was refused: a replay rewrites it."""
    key = f"{letter.topic}/{letter.partition}/{letter.offset}".encode()
    return Outgoing(topic, key, json.encode(letter))


class Writer:
    """Writes through the app's producer. Faust's own `topic.send` only logs what was not sent."""

    def __init__(self, producer: Callable[[], Any]) -> None:
        self._producer = producer

    async def send(self, records: Iterable[Outgoing]) -> None:
        """Write all, in order, and wait for the broker's confirmations. Raises BrokerError."""
        producer = self._producer()
        confirmations: list[asyncio.Future[Any]] = []
        try:
            for record in records:
                confirmations.append(  # noqa: PERF401 - each send may have to wait for room
                    await producer.send(
                        record.topic,
                        record.key,
                        record.value,
                        record.partition,
                        None,
                        record.headers,
                    )
                )
            if confirmations:
                await asyncio.gather(*confirmations)
        except (KafkaError, ProducerSendError) as error:
            message = (
                f"the broker did not confirm {len(confirmations)} records: {error!r}. "
                "Check that it is up and takes messages of this size."
            )
            raise BrokerError(message) from error
