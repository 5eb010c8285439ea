"""Series of the intake: what was read, what was refused and why, and of units' positions."""

from __future__ import annotations

from collections.abc import Mapping

from sinks.metrics.family import Family
from sinks.metrics.labels import DISPOSITION, DROPPED, REASON, TOPIC
from streams.reasons import REASONS

__all__ = ["IntakeSeries"]

_AGE = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


class IntakeSeries(Family):
    """Implements that part of `streams.live.meter.Meter` which the intake calls."""

    def __init__(self) -> None:
        super().__init__()
        self._read = self._counter("records_read", "Input records read.", TOPIC)
        self._refused = self._counter("records_refused", "Input records refused.", TOPIC)
        self._letters = self._counter(
            "dead_letters", "Records, or parts of them, refused: why.", REASON, DISPOSITION
        )
        for code, reason in REASONS.items():
            self._letters.of(code, reason.disposition)
        self._unknown = self._counter(
            "unknown_fields", "Fields ignored: not in the record catalogue.", TOPIC
        )
        self._unclear = self._counter(
            "unclear_records",
            "Incidents whose area had to be settled: not known, on a border, or outside of all.",
        )
        self._foreign = self._counter("foreign_records", "Records skipped: not ours.", TOPIC)
        self._batches = self._counter("batches", "Batches written to the log.")
        self._fixes = self._counter(
            "position_fixes_dropped",
            "Unit positions that changed nothing, by why: late, older than the unit's last, a jump "
            "(refused), off duty.",
            DROPPED,
        )
        self._fix_age = self._histogram(
            "position_age_seconds",
            "From the event time of a chunk's middle position to its arrival.",
            _AGE,
        )

    def read(self, topic: str, read: int, rejected: int) -> None:
        """Intake read records of an input topic, and rejected some of them."""
        self._read.of(topic).inc(read)
        self._refused.of(topic).inc(rejected)

    def dead_letter(self, reason: str, disposition: str, count: int) -> None:
        """A dead letter was written."""
        self._letters.of(reason, disposition).inc(count)

    def unknown_fields(self, topic: str, count: int) -> None:
        """Fields that are not in the record catalogue were ignored."""
        self._unknown.of(topic).inc(count)

    def unclear(self, count: int) -> None:
        """Incidents came of which nobody knows for sure whose they are."""
        self._unclear.of().inc(count)

    def foreign(self, topic: str) -> None:
        """A record that is not ours was skipped."""
        self._foreign.of(topic).inc()

    def batches(self, count: int) -> None:
        """Batches were written to the log."""
        self._batches.of().inc(count)

    def fixes(self, dropped: Mapping[str, int], age: float) -> None:
        """Intake read a chunk of positions."""
        for reason, count in dropped.items():
            self._fixes.of(reason).inc(count)
        self._fix_age.of().observe(age)
