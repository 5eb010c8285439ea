"""Prometheus series of a worker, in a registry of their own; every label has few values."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from detectors.rate_interval import poisson_interval

__all__ = ["Metrics"]

_BUDGET = ("rule", "partition")
_LATENCY = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
_COMPUTING = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_CHUNK = (1, 10, 100, 500, 1000, 2000, 4000, 10_000, 50_000)


class Metrics:
    """Implements `streams.live.meter.Meter`. Labels never hold ids, areas or text."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._records()
        self._units()
        self._alerting()
        self._workings()

    def _records(self) -> None:
        self._read = self._counter("records_read", "Input records read.", "topic")
        self._refused = self._counter("records_refused", "Input records refused.", "topic")
        self._letters = self._counter(
            "dead_letters", "Records, or parts of them, refused: why.", "reason", "disposition"
        )
        self._unknown = self._counter(
            "unknown_fields", "Fields ignored: not in the record catalogue.", "topic"
        )
        self._counted = self._counter(
            "records_counted",
            "Records accounted for by this process: accepted, duplicate, late or rejected.",
            "outcome",
        )
        self._totals = self._gauge(
            "log_records",
            "Records accounted for since the log's beginning, exact through crashes.",
            "partition",
            "outcome",
        )
        self._batches = self._counter("batches", "Batches written to the log.")
        self._foreign = self._counter("foreign_records", "Records skipped: not ours.", "topic")

    def _units(self) -> None:
        self._fixes = self._counter(
            "position_fixes_dropped",
            "Unit positions that changed nothing, by why: late, older than the unit's last, a jump "
            "(refused), off duty.",
            "reason",
        )
        self._fix_age = self._histogram(
            "position_age_seconds",
            "From the event time of a chunk's middle position to its arrival.",
            _LATENCY,
        )
        self._present = self._gauge(
            "units",
            "Units by the status of their newest position; stale and lost ones apart.",
            "partition",
            "status",
        )

    def _alerting(self) -> None:
        self._alerts = self._counter("alerts", "Alerts published.", "kind", "level", "status")
        self._latency = self._histogram(
            "alert_latency_seconds",
            "From the oldest record of a fetched chunk (broker time) to the confirmed alert.",
            _LATENCY,
        )
        self._watermark = self._gauge(
            "watermark_age_seconds", "Event time behind the clock.", "partition"
        )

        self._budgets: dict[int, frozenset[str]] = {}
        self._asked = self._gauge(
            "heat_budget_asked", "False alerts that a rule may give, per area-week.", *_BUDGET
        )
        self._given = self._gauge(
            "heat_budget_alerts", "Alerts that areas gave in its last 13 weeks.", *_BUDGET
        )
        self._seen = self._gauge(
            "heat_budget_area_weeks", "Weeks of all areas over which these were counted.", *_BUDGET
        )
        self._given_rate = self._gauge(
            "heat_budget_measured",
            "Alerts per area-week, and the ends of its 95 % interval.",
            *_BUDGET,
            "bound",
        )

    def _workings(self) -> None:
        self._lag = self._gauge(
            "lag_records", "Records not read yet, by partition.", "topic", "partition"
        )
        self._chunk_size = self._histogram("chunk_records", "Records in a chunk.", _CHUNK, "stage")
        self._chunk_time = self._histogram(
            "chunk_seconds", "Computing time of a chunk.", _COMPUTING, "stage"
        )
        self._failures = self._counter("failures", "Unexpected faults contained.", "stage")
        self._snapshots = self._counter("snapshots", "Snapshots captured.")
        self._snapshot_bytes = self._gauge("snapshot_bytes", "Size of the newest snapshot.")
        self._snapshot_time = self._gauge("snapshot_seconds", "Time to capture it.")
        self._lexicon = self._gauge("lexicon_info", "The lexicon in use, by its hash.", "hash")
        self._reloads = self._counter(
            "lexicon_reloads",
            "Changed lexicons read while running: loaded, or refused for their faults.",
            "outcome",
        )
        self._rules = self._gauge(
            "rules_bundle_info", "The bundles of rules that partitions of this worker run.", "hash"
        )
        self._switches = self._counter(
            "rules_switch",
            "Partitions told of other rules: taken, or refused; and rule directories that "
            "changed and were not published for their faults (directory_refused).",
            "outcome",
        )
        self._restores = self._counter("restores", "Takeovers of assigned partitions.")
        self._restore_time = self._gauge("restore_seconds", "Time of the newest takeover.")

    def render(self) -> tuple[bytes, str]:
        """Body and content type of /metrics."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"watchfloor_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"watchfloor_{name}", text, labels, registry=self.registry)

    def _histogram(
        self, name: str, text: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(
            f"watchfloor_{name}", text, labels, buckets=buckets, registry=self.registry
        )

    # -- what the stages report

    def chunk(self, stage: str, records: int, seconds: float) -> None:
        """A stage computed a chunk."""
        self._chunk_size.labels(stage).observe(records)
        self._chunk_time.labels(stage).observe(seconds)

    def read(self, topic: str, read: int, rejected: int) -> None:
        """Intake read records of an input topic, and rejected some of them."""
        self._read.labels(topic).inc(read)
        self._refused.labels(topic).inc(rejected)

    def dead_letter(self, reason: str, disposition: str, count: int) -> None:
        """A dead letter was written."""
        self._letters.labels(reason, disposition).inc(count)

    def unknown_fields(self, topic: str, count: int) -> None:
        """Fields that are not in the record catalogue were ignored."""
        self._unknown.labels(topic).inc(count)

    def batches(self, count: int) -> None:
        """Batches were written to the log."""
        self._batches.inc(count)

    def counted(self, accepted: int, duplicate: int, late: int, rejected: int) -> None:
        """The watch accounted for records."""
        self._counted.labels("accepted").inc(accepted)
        self._counted.labels("duplicate").inc(duplicate)
        self._counted.labels("late").inc(late)
        self._counted.labels("rejected").inc(rejected)

    def alert(self, kind: str, level: str, status: str) -> None:
        """An alert was published."""
        self._alerts.labels(kind, level, status).inc()

    def latency(self, seconds: float) -> None:
        """From a record's broker timestamp to its alert confirmed by the broker."""
        self._latency.observe(max(seconds, 0.0))

    def foreign(self, topic: str) -> None:
        """A record that is not ours was skipped."""
        self._foreign.labels(topic).inc()

    def failure(self, stage: str) -> None:
        """An unexpected fault was contained."""
        self._failures.labels(stage).inc()

    def snapshot(self, size: int, seconds: float) -> None:
        """A snapshot was captured."""
        self._snapshots.inc()
        self._snapshot_bytes.set(size)
        self._snapshot_time.set(seconds)

    def restored(self, seconds: float) -> None:
        """Assigned partitions were restored."""
        self._restores.inc()
        self._restore_time.set(seconds)

    def lexicon(self, hash_: str) -> None:
        """The lexicon of this hash is in use."""
        self._lexicon.clear()
        self._lexicon.labels(hash_).set(1)

    def lexicon_reload(self, outcome: str) -> None:
        """A changed lexicon was read."""
        self._reloads.labels(outcome).inc()

    def rules(self, hashes: Collection[str]) -> None:
        """The bundles that the partitions of this worker run, by their hashes."""
        self._rules.clear()
        for hash_ in hashes:
            self._rules.labels(hash_).set(1)

    def rules_switch(self, outcome: str) -> None:
        """A partition was told of other rules; or a directory of them was not taken."""
        self._switches.labels(outcome).inc()

    def lag(self, topic: str, partition: int, records: int) -> None:
        """Records between the read position and the end of a partition."""
        self._lag.labels(topic, str(partition)).set(records)

    def watermark_age(self, partition: int, seconds: float) -> None:
        """How far the watch's event time lies behind the clock."""
        self._watermark.labels(str(partition)).set(seconds)

    def fixes(self, dropped: Mapping[str, int], age: float) -> None:
        """Intake read a chunk of positions."""
        for reason, count in dropped.items():
            self._fixes.labels(reason).inc(count)
        self._fix_age.observe(age)

    def units(self, partition: int, by_status: Mapping[str, int]) -> None:
        """Units of a partition of the log, by status."""
        for status, count in by_status.items():
            self._present.labels(str(partition), status).set(count)

    def totals(self, partition: int, totals: dict[str, int]) -> None:
        """Exact counts since the beginning of the log of one partition."""
        for outcome, count in totals.items():
            self._totals.labels(str(partition), outcome).set(count)

    def budgets(self, partition: int, budgets: Mapping[str, tuple[float, int, float]]) -> None:
        """By rule: alerts asked for per area-week, alerts of the last weeks, their area-weeks."""
        before = self._budgets.get(partition, frozenset())
        self._budgets[partition] = frozenset(budgets)
        if before - budgets.keys():
            self._forget_budgets()
        for rule, (asked, alerts, area_weeks) in budgets.items():
            labels = rule, str(partition)
            self._asked.labels(*labels).set(asked)
            self._given.labels(*labels).set(alerts)
            self._seen.labels(*labels).set(area_weeks)
            if area_weeks:
                low, high = poisson_interval(alerts)
                for bound, value in (("low", low), ("mean", alerts), ("high", high)):
                    self._given_rate.labels(*labels, bound).set(value / area_weeks)

    def revoked(self) -> None:
        """All partitions were handed over: their gauges mean nothing now."""
        for gauge in (self._lag, self._watermark, self._totals, self._rules, self._present):
            gauge.clear()
        self._forget_budgets()

    def _forget_budgets(self) -> None:
        """Of rules that are no more; those that are tell of themselves again."""
        for gauge in (self._asked, self._given, self._seen, self._given_rate):
            gauge.clear()
