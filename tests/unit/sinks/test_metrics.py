"""Metrics: a registry of their own, every report has its series, labels stay few."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from sinks.metrics import Metrics
from streams.live.meter import Meter


def _samples(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    body, content_type = metrics.render()
    assert content_type.startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_what_is_reported_is_served():
    metrics = Metrics()
    meter: Meter = metrics
    meter.read("incidents", 10, 3)
    meter.counted(5, 1, 1, 3)
    meter.dead_letter("bad_json", "rejected", 2)
    meter.alert("keyword", "I", "firing")
    meter.latency(-0.5)
    meter.totals(2, {"accepted": 5})
    served = _samples(metrics)
    assert served["watchfloor_records_read_total", ("incidents",)] == 10
    assert served["watchfloor_records_refused_total", ("incidents",)] == 3
    assert served["watchfloor_records_counted_total", ("duplicate",)] == 1
    assert served["watchfloor_dead_letters_total", ("bad_json", "rejected")] == 2
    assert served["watchfloor_alerts_total", ("I", "firing", "keyword")] == 1
    assert served["watchfloor_alert_latency_seconds_sum", ()] == 0, "clocks differ a little"
    assert served["watchfloor_log_records", ("2", "accepted")] == 5


def test_a_budget_is_served_with_its_interval_by_rule_and_partition():
    metrics = Metrics()
    meter: Meter = metrics
    meter.budgets(3, {"heat-a": (0.5, 5, 16.0), "heat-b": (0.1, 0, 0.0)})
    served = _samples(metrics)
    labels = ("3", "heat-a")
    assert served["watchfloor_heat_budget_asked", labels] == 0.5
    assert served["watchfloor_heat_budget_alerts", labels] == 5
    assert served["watchfloor_heat_budget_area_weeks", labels] == 16
    measured = {
        bound: served["watchfloor_heat_budget_measured", tuple(sorted(("3", "heat-a", bound)))]
        for bound in ("low", "mean", "high")
    }
    assert measured["mean"] == 5 / 16
    assert measured["low"] < 5 / 16 < measured["high"]
    assert ("watchfloor_heat_budget_asked", ("3", "heat-b")) in served
    assert len([name for name, _ in served if name == "watchfloor_heat_budget_measured"]) == 3


def test_a_budget_that_is_no_more_is_not_served():
    metrics = Metrics()
    metrics.budgets(0, {"heat-a": (0.5, 5, 16.0), "heat-b": (0.1, 0, 0.0)})
    metrics.budgets(0, {"heat-b": (0.1, 0, 0.0)})
    served = [labels for name, labels in _samples(metrics) if name.endswith("budget_asked")]
    assert served == [("0", "heat-b")]


def test_partitions_handed_over_leave_no_stale_gauges():
    metrics = Metrics()
    metrics.lag("incidents", 0, 7)
    metrics.totals(0, {"accepted": 5})
    metrics.watermark_age(0, 3.0)
    metrics.budgets(0, {"heat-a": (0.5, 5, 16.0)})
    metrics.revoked()
    names = {name for name, _ in _samples(metrics)}
    assert not names & {
        "watchfloor_lag_records",
        "watchfloor_log_records",
        "watchfloor_watermark_age_seconds",
        "watchfloor_heat_budget_asked",
        "watchfloor_heat_budget_measured",
    }


def test_two_workers_in_one_process_do_not_share_series():
    one, two = Metrics(), Metrics()
    one.batches(4)
    assert _samples(two)["watchfloor_batches_total", ()] == 0
