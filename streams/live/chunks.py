"""A chunk: what one fetch brought for one partition, and how it passes through Faust."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import faust
from faust.types import TP, Message

if TYPE_CHECKING:
    from faust.types import AppT, EventT

__all__ = ["Chunk", "ChunkSchema"]


class Chunk:
    """What one fetch brought for one partition: records in offset order, as aiokafka gives them."""

    __slots__ = ("era", "records", "tp")

    def __init__(self, tp: TP, records: Sequence[Any], era: int) -> None:
        self.tp = tp
        self.records = records
        self.era = era

    @property
    def last(self) -> int:
        """Offset of the last record."""
        return cast("int", self.records[-1].offset)


class ChunkSchema(faust.Schema):  # type: ignore[type-arg]
    """Passes a chunk through undecoded: bytes are parsed by a stage, where a fault is data."""

    def compile(self, app: AppT, **_: Any) -> Any:
        """The decode function of a topic."""
        create_event = app.create_event

        async def decode(message: Message, **_: Any) -> EventT[Any]:
            return create_event(None, message.value, None, message)

        return decode
