"""What the live stages report about themselves; sinks/metrics makes Prometheus series of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

__all__ = ["DeliveryMeter", "Meter"]


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

    def unclear(self, count: int) -> None:
        """Incidents came of which nobody knows for sure whose they are."""

    def batches(self, count: int) -> None:
        """Batches were written to the log."""

    def counted(self, accepted: int, duplicate: int, late: int, rejected: int) -> None:
        """The watch accounted for records."""

    def alert(self, kind: str, level: str, status: str) -> None:
        """An alert was published."""

    def latency(self, kind: str, seconds: float) -> None:
        """From a record's broker timestamp to its alert confirmed by the broker."""

    def firing(self, partition: int, counts: Mapping[tuple[str, str, str], int]) -> None:
        """Alerts that fire now in a partition of the log: by kind, level and kind of area."""

    def acts(self, kind: str) -> None:
        """Somebody, or the escalation clock, acted."""

    def acknowledged(self, level: str, seconds: float) -> None:
        """Somebody has an alert, so long after it fired."""

    def silences(self, count: int) -> None:
        """Silences in force, of those made while running."""

    def diverted(self, to: str, count: int) -> None:
        """Alerts were published that another service (`antifraud`, `12345`) is to take over."""

    def diverted_in(self, count: int) -> None:
        """Critical reports came from the 12345 hotline."""

    def foreign(self, topic: str) -> None:
        """A record that is not ours was skipped."""

    def failure(self, stage: str) -> None:
        """An unexpected fault was contained."""

    def snapshot(self, size: int, seconds: float) -> None:
        """A snapshot was captured."""

    def snapshot_stored(self, partition: int, at: float) -> None:
        """The broker confirmed the whole snapshot of a partition of the log, at a Unix time."""

    def ready(self, *, ready: bool) -> None:
        """Whether the assigned partitions are restored."""

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

    def coverage(self, partition: int, areas: Sequence[int], missing: float) -> None:
        """Number of areas of coldness 0 to 3 in a partition, and the units missing in them."""

    def totals(self, partition: int, totals: dict[str, int]) -> None:
        """Exact counts since the beginning of the log of one partition."""


class DeliveryMeter(Protocol):
    """What dispatch and the escalation clock report."""

    def delivered(self, channel: str, outcome: str, count: int) -> None:
        """What became of messages given to a channel.

        `delivered`; `failed`: tried again later; `rejected`: for good, a dead letter.
        """

    def delivery_seconds(self, channel: str, seconds: float) -> None:
        """From an alert's broker timestamp on `alerts.log` until the channel took it."""

    def channel_lag(self, channel: str, records: int) -> None:
        """Records of `alerts.log` that a channel has not dealt with yet."""

    def channel_state(self, channel: str, state: str) -> None:
        """The circuit breaker of a channel: `closed`, `half_open` or `open`."""

    def channels(self, names: Collection[str]) -> None:
        """The channels that this worker serves from here on; others are forgotten."""

    def escalations(self, level: str) -> None:
        """An alert of this level went up a rung for want of an answer."""

    def dead_letter(self, reason: str, disposition: str, count: int) -> None:
        """A dead letter was written."""

    def failure(self, stage: str) -> None:
        """An unexpected fault was contained (`dispatch`, `escalation`)."""
