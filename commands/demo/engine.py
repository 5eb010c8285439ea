"""What the demo needs of an engine, be it a worker on Kafka or the core in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from streams.records import Alert
from streams.sources.synthetic import Arrival

__all__ = ["Engine", "Status"]


class Status(Struct, frozen=True):
    """How far the engine is: records read in all, event time (ms) up to which it has judged."""

    read: int
    watermark_ms: int | None


class Engine(Protocol):
    """Takes the city's records and gives back alerts."""

    def feed(self, incidents: Sequence[Arrival], positions: Sequence[Arrival]) -> None:
        """Hand over records that have just arrived."""
        ...

    def alerts(self, wait_s: float) -> list[Alert]:
        """New alerts, after waiting for them at most so long."""
        ...

    def status(self) -> Status:
        """Where the engine stands now."""
        ...
