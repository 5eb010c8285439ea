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


def test_partitions_handed_over_leave_no_stale_gauges():
    metrics = Metrics()
    metrics.lag("incidents", 0, 7)
    metrics.totals(0, {"accepted": 5})
    metrics.watermark_age(0, 3.0)
    metrics.revoked()
    names = {name for name, _ in _samples(metrics)}
    assert not names & {
        "watchfloor_lag_records",
        "watchfloor_log_records",
        "watchfloor_watermark_age_seconds",
    }


def test_two_workers_in_one_process_do_not_share_series():
    one, two = Metrics(), Metrics()
    one.batches(4)
    assert _samples(two)["watchfloor_batches_total", ()] == 0
