"""Series of the watch: records accounted for, alerts, what is open now, acts, units and areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sinks.metrics.family import Family
from sinks.metrics.labels import (
    ACT,
    ALERT_STATUS,
    AREA_KIND,
    COLDNESS,
    COUNTED,
    DIVERTED_TO,
    KIND,
    LEVEL,
    PARTITION,
    UNIT_STATUS,
)

__all__ = ["WatchSeries"]

_LATENCY = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
_ANSWER = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0)
_QUIET = [
    (kind, level, "station") for kind in sorted(KIND.values) for level in sorted(LEVEL.values)
]


class WatchSeries(Family):
    """Implements that part of `streams.live.meter.Meter` which the watch calls."""

    def __init__(self) -> None:
        super().__init__()
        self._counted = self._counter(
            "records_counted",
            "Records accounted for by this process: accepted, duplicate, late or rejected.",
            COUNTED,
        )
        self._totals = self._gauge(
            "log_records",
            "Records accounted for since the log's beginning, exact through crashes.",
            PARTITION,
            COUNTED,
        )
        self._watermark = self._gauge(
            "watermark_age_seconds", "Event time behind the clock.", PARTITION
        )
        self._alerts = self._counter("alerts", "Alerts published.", KIND, LEVEL, ALERT_STATUS)
        self._latency = self._histogram(
            "alert_latency_seconds",
            "From the oldest record of a fetched chunk (broker time) to the confirmed alert.",
            _LATENCY,
            KIND,
        )
        self._acting()
        self._force()

    def _acting(self) -> None:
        self._told: dict[int, dict[tuple[str, str, str], None]] = {}
        self._firing = self._gauge(
            "alerts_firing",
            "Alerts that fire now, from the state of the watch: right after a restart too.",
            PARTITION,
            KIND,
            LEVEL,
            AREA_KIND,
        )
        self._acts = self._counter(
            "acts", "What people, or the escalation clock, did with alerts and silences.", ACT
        )
        self._ack_seconds = self._histogram(
            "acknowledgement_seconds",
            "From the moment an alert fired (event time) to its acknowledgement.",
            _ANSWER,
            LEVEL,
        )
        self._silences = self._gauge("silences", "Silences in force, of those made while running.")
        self._diverted = self._counter(
            "diverted", "Alerts that another service is asked to take over.", DIVERTED_TO
        )
        self._diverted_in = self._counter(
            "diverted_in", "Critical reports that came from the 12345 hotline."
        )

    def _force(self) -> None:
        self._present = self._gauge(
            "units",
            "Units by the status of their newest position; stale and lost ones apart.",
            PARTITION,
            UNIT_STATUS,
        )

        self._coldness = self._gauge(
            "coverage_areas",
            "Areas by coldness: how far their units fall short of what they need.",
            PARTITION,
            COLDNESS,
        )
        self._missing = self._gauge(
            "coverage_missing_units",
            "Units missing where any are, in cars; what neighbours lend is counted before.",
            PARTITION,
        )
        self._of_force = self._present, self._coldness, self._missing

    def counted(self, accepted: int, duplicate: int, late: int, rejected: int) -> None:
        """The watch accounted for records."""
        self._counted.of("accepted").inc(accepted)
        self._counted.of("duplicate").inc(duplicate)
        self._counted.of("late").inc(late)
        self._counted.of("rejected").inc(rejected)

    def totals(self, partition: int, totals: dict[str, int]) -> None:
        """Exact counts since the beginning of the log of one partition."""
        for outcome, count in totals.items():
            self._totals.of(str(partition), outcome).set(count)

    def watermark_age(self, partition: int, seconds: float) -> None:
        """How far the watch's event time lies behind the clock."""
        self._watermark.of(str(partition)).set(seconds)

    def alert(self, kind: str, level: str, status: str) -> None:
        """An alert was published."""
        self._alerts.of(kind, level, status).inc()

    def latency(self, kind: str, seconds: float) -> None:
        """From a record's broker timestamp to its alert confirmed by the broker."""
        self._latency.of(kind).observe(max(seconds, 0.0))

    def firing(self, partition: int, counts: Mapping[tuple[str, str, str], int]) -> None:
        """Alerts that fire now: by kind, level and kind of area."""
        # What fired before and does no more is 0; what never fired is 0 at stations, so that a
        # board shows a number where all is quiet.
        told = self._told.setdefault(partition, dict.fromkeys(_QUIET))
        told.update(dict.fromkeys(counts))
        for kind, level, area_kind in told:
            count = counts.get((kind, level, area_kind), 0)
            self._firing.of(str(partition), kind, level, area_kind).set(count)

    def acts(self, kind: str) -> None:
        """Somebody, or the escalation clock, acted."""
        self._acts.of(kind).inc()

    def acknowledged(self, level: str, seconds: float) -> None:
        """Somebody has an alert, so long after it fired."""
        self._ack_seconds.of(level).observe(max(seconds, 0.0))

    def silences(self, count: int) -> None:
        """Silences that are in force."""
        self._silences.of().set(count)

    def diverted(self, to: str, count: int) -> None:
        """Alerts were published that another service is asked to take over."""
        self._diverted.of(to).inc(count)

    def diverted_in(self, count: int) -> None:
        """Critical reports came from the 12345 hotline."""
        self._diverted_in.of().inc(count)

    def units(self, partition: int, by_status: Mapping[str, int]) -> None:
        """Units of a partition of the log, by status."""
        for status, count in by_status.items():
            self._present.of(str(partition), status).set(count)

    def coverage(self, partition: int, areas: Sequence[int], missing: float) -> None:
        """Number of areas of coldness 0 to 3 in a partition, and the units missing in them."""
        for coldness, count in enumerate(areas):
            self._coldness.of(str(partition), str(coldness)).set(count)
        self._missing.of(str(partition)).set(missing)

    def revoked(self) -> None:
        """All partitions were handed over: their gauges mean nothing now."""
        super().revoked()
        for gauge in (self._totals, self._watermark, self._firing, *self._of_force):
            gauge.clear()
        self._told.clear()
