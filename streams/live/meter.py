"""What the live stages report about themselves; sinks/metrics.py makes Prometheus series of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

__all__ = ["Meter"]


class Meter(Protocol):
    """Counts and durations. Times are seconds, sizes bytes."""

    def chunk(self, stage: str, records: int, seconds: float) -> None:
        """A stage computed a chunk."""

    def read(self, topic: str, read: int, rejected: int) -> None:
        """Intake read records of an input topic, and rejected some of them."""

    def dead_letter(self, reason: str, disposition: str, count: int) -> None:
        """A dead letter was written."""

    def unknown_fields(self, topic: str, count: int) -> None:
        """Fields that are not in the record catalogue were ignored."""

    def batches(self, count: int) -> None:
        """Batches were written to the log."""

    def counted(self, accepted: int, duplicate: int, late: int, rejected: int) -> None:
        """The watch accounted for records."""

    def alert(self, kind: str, level: str, status: str) -> None:
        """An alert was published."""

    def latency(self, seconds: float) -> None:
        """From a record's broker timestamp to its alert confirmed by the broker."""

    def foreign(self, topic: str) -> None:
        """A record that is not ours was skipped."""

    def failure(self, stage: str) -> None:
        """An unexpected fault was contained."""

    def snapshot(self, size: int, seconds: float) -> None:
        """A snapshot was captured."""

    def restored(self, seconds: float) -> None:
        """Assigned partitions were restored."""

    def lag(self, topic: str, partition: int, records: int) -> None:
        """Records between the read position and the end of a partition."""

    def revoked(self) -> None:
        """All partitions were handed over: their gauges mean nothing now."""

    def watermark_age(self, partition: int, seconds: float) -> None:
        """How far the watch's event time lies behind the clock."""

    def rules(self, hashes: Collection[str]) -> None:
        """The bundles that the partitions of this worker run, by their hashes."""

    def rules_switch(self, outcome: str) -> None:
        """A partition was told of other rules: `taken`, or `refused` where they cannot be used."""

    def budgets(self, partition: int, budgets: Mapping[str, tuple[float, int, float]]) -> None:
        """By rule: alerts asked for per area-week, alerts of the last weeks, their area-weeks."""

    def fixes(self, dropped: Mapping[str, int], age: float) -> None:
        """Intake read a chunk of positions: fixes it dropped by reason, the age of a middle one."""

    def units(self, partition: int, by_status: Mapping[str, int]) -> None:
        """Units of a partition of the log, by status."""

    def totals(self, partition: int, totals: dict[str, int]) -> None:
        """Exact counts since the beginning of the log of one partition."""
