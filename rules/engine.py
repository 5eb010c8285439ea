"""The watch stage, pure: observation batches in, alerts out; one `Watch` per partition of the log."""

from __future__ import annotations

from msgspec import Struct

from rules.book import RuleBook
from streams.areas import AreaTree
from streams.observations import Batch
from streams.records import Alert

__all__ = ["Counts", "Outcome", "Watch"]


class Counts(Struct, frozen=True):
    """Every record that was read is one of these: read = accepted + duplicate + late + rejected."""

    accepted: int = 0
    duplicate: int = 0
    late: int = 0
    rejected: int = 0


class Outcome(Struct, frozen=True):
    """What one batch led to: alerts to publish, in order, and what it added to the counts."""

    alerts: list[Alert]
    counts: Counts


class Watch:
    """All state of one partition of the observations log: counts, detectors, open alerts."""

    def __init__(self, book: RuleBook, areas: AreaTree) -> None:
        raise NotImplementedError

    def step(self, batch: Batch) -> Outcome:
        """Apply one batch. Rows at or below the applied source offset are skipped silently."""
        raise NotImplementedError

    def totals(self) -> Counts:
        """Counts since the beginning of the log, exact through crashes (part of the snapshot)."""
        raise NotImplementedError

    def watermark(self) -> int | None:
        """Event time (ms) up to which ticks are closed."""
        raise NotImplementedError

    def snapshot(self) -> bytes:
        """The whole state, compressed. Equal states give equal bytes."""
        raise NotImplementedError

    def restore(self, state: bytes) -> None:
        """Replace the state by a snapshot. Raises ConfigError on a foreign state version."""
        raise NotImplementedError
