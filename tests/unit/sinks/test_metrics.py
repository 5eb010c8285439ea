"""Metrics: a registry of their own, every report has its series, labels stay few."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from sinks.metrics import Metrics
from streams.live.meter import DeliveryMeter, Meter


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
    meter.dead_letter("broken_json", "rejected", 2)
    meter.alert("keyword", "I", "firing")
    meter.latency("keyword", -0.5)
    meter.totals(2, {"accepted": 5})
    served = _samples(metrics)
    assert served["watchfloor_records_read_total", ("incidents",)] == 10
    assert served["watchfloor_records_refused_total", ("incidents",)] == 3
    assert served["watchfloor_records_counted_total", ("duplicate",)] == 1
    assert served["watchfloor_dead_letters_total", ("broken_json", "rejected")] == 2
    assert served["watchfloor_alerts_total", ("I", "firing", "keyword")] == 1
    latency = served["watchfloor_alert_latency_seconds_sum", ("keyword",)]
    assert latency == 0, "clocks differ a little"
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


def test_what_fires_now_is_served_and_goes_back_to_zero():
    metrics = Metrics()
    metrics.firing(1, {("keyword", "I", "station"): 2, ("heat", "III", "county"): 1})
    metrics.firing(1, {("keyword", "I", "station"): 1})
    served = _samples(metrics)
    firing = {labels: n for (name, labels), n in served.items() if name.endswith("alerts_firing")}
    assert firing["1", "I", "keyword", "station"] == 1
    assert firing["1", "III", "county", "heat"] == 0
    assert firing["1", "II", "coverage", "station"] == 0, "a quiet board shows zeros"
    assert sum(firing.values()) == 1
    metrics.revoked()
    assert not [name for name, _ in _samples(metrics) if name.endswith("alerts_firing")]


def test_a_channel_is_served_with_its_state_until_the_book_drops_it():
    metrics = Metrics()
    meter: DeliveryMeter = metrics
    meter.delivered("hall", "delivered", 3)
    meter.delivery_seconds("hall", 0.2)
    meter.channel_lag("hall", 7)
    meter.channel_state("hall", "open")
    meter.channel_state("mail", "closed")
    meter.escalations("II")
    served = _samples(metrics)
    assert served["watchfloor_deliveries_total", ("delivered", "hall")] == 3
    assert served["watchfloor_channel_lag_records", ("hall",)] == 7
    assert served["watchfloor_channel_state", ("hall", "open")] == 1
    assert served["watchfloor_channel_state", ("closed", "hall")] == 0
    assert served["watchfloor_escalations_total", ("II",)] == 1
    meter.channels(["mail"])
    left = {labels for name, labels in _samples(metrics) if name == "watchfloor_channel_state"}
    assert left == {tuple(sorted((state, "mail"))) for state in ("closed", "half_open", "open")}
    assert ("watchfloor_channel_lag_records", ("hall",)) not in _samples(metrics)


def test_acts_silences_and_diversions_are_served():
    metrics = Metrics()
    meter: Meter = metrics
    meter.acts("ack")
    meter.silences(2)
    meter.diverted("antifraud", 1)
    meter.diverted_in(4)
    meter.coverage(0, (5, 0, 2, 1), 3.5)
    meter.snapshot_stored(0, 1_700_000_000.0)
    meter.ready(ready=True)
    served = _samples(metrics)
    assert served["watchfloor_acts_total", ("ack",)] == 1
    assert served["watchfloor_silences", ()] == 2
    assert served["watchfloor_diverted_total", ("antifraud",)] == 1
    assert served["watchfloor_diverted_in_total", ()] == 4
    assert served["watchfloor_snapshot_stored_timestamp_seconds", ("0",)] == 1_700_000_000.0
    assert served["watchfloor_coverage_areas", ("0", "2")] == 2
    assert served["watchfloor_coverage_missing_units", ("0",)] == 3.5
    assert served["watchfloor_ready", ()] == 1
    metrics.revoked()
    assert ("watchfloor_coverage_missing_units", ("0",)) not in _samples(metrics)
