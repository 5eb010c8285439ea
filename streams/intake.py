"""The intake stage, pure: a chunk of one source partition in, observation batches and dead letters out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from streams.adapters import Decoded, Raw, Refusal
from streams.observations import Batch, DeadLetter, Finding
from streams.records import Incident, UnitPosition

__all__ = ["Intake", "IntakeResult", "Matcher", "Progress", "Source"]


class Matcher(Protocol):
    """Finds critical reports in texts (rules/critical has the real one)."""

    def match_chunk(self, texts: Sequence[str]) -> list[Finding | None]:
        """One finding per text; None where nothing was found at all."""
        ...


class Source(Struct, frozen=True):
    """A source partition: topic, partition number, and how many partitions the topic has."""

    topic: str
    partition: int
    partitions: int


class Progress(Struct, frozen=True):
    """How far a source partition was read: what a restarted intake needs to decide the same way.

    next_offset: first source offset not yet covered by batches on the log. max_time: largest event
    time seen (ms). clock: the shell's clock (ms) when max_time was last raised.
    """

    next_offset: int
    max_time: int | None = None
    clock: int | None = None


class IntakeResult(Struct, frozen=True):
    """Batches by partition of the observations log, dead letters, and the counts of the chunk."""

    batches: dict[int, Batch]
    dead_letters: list[DeadLetter]
    read: int
    rejected: int


class Intake:
    """Turns chunks into observation batches; its only state is `Progress` per source partition."""

    def ingest(
        self,
        source: Source,
        *,
        offsets: Sequence[int],
        arrivals: Sequence[int],
        raws: Sequence[Raw],
        items: Sequence[Incident | UnitPosition | Decoded | Refusal] | None = None,
        clock: int,
    ) -> IntakeResult:
        """Read one chunk, in offset order.

        arrivals are the records' broker timestamps (ms); `items` are given where an adapter has
        decoded the raws already, else the own JSON format is assumed. Offsets below the source's
        `next_offset` are skipped. One batch per partition of the log is always produced, since it
        carries the watermark.
        """
        raise NotImplementedError

    def idle_mark(self, source: Source, *, clock: int) -> dict[int, Batch]:
        """Batches without rows that say: nothing arrived, event time moves on with the clock."""
        raise NotImplementedError

    def progress(self, source: Source) -> Progress:
        """The progress to store, once the batches up to here are on the log."""
        raise NotImplementedError

    def resume(self, source: Source, progress: Progress) -> None:
        """Go on from a stored progress (after a start or a rebalance)."""
        raise NotImplementedError

    def forget(self, source: Source) -> None:
        """Drop a source partition that this worker lost."""
        raise NotImplementedError
