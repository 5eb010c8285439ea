"""Acts, acknowledgement times, diversions and latency, as the meter is told of them."""

from __future__ import annotations

import time
from datetime import timedelta

from msgspec.structs import replace

from sinks.metrics import Metrics
from streams.acts import Act
from streams.decisions import Ack, Divert
from streams.live.reporting import tell_acts, tell_alerts, tell_passed_on
from streams.observations import Batch, Finding
from tests.unit.sinks.alerts import AT, alert


def value(metrics, name, **labels):
    return metrics.registry.get_sample_value(f"watchfloor_{name}", labels)


def acting(*acts):
    return Batch(
        stream="acts", source="acts", sources=1, first=0, last=0, watermark=None, clock=0,
        areas=[], commands=[], categories=[], ids=[], offset=b"", time=b"", flags=b"", area=b"",
        category=b"", acts=list(acts),
    )  # fmt: skip


def test_an_act_is_counted_by_one_of_the_partitions_that_hear_of_it():
    metrics = Metrics()
    batch = acting(Act(kind="mark", id="1", alert="a", by="desk", at_ms=0, disposition="drill"))
    for partition in range(4):
        tell_acts(metrics, partition, batch, [])
    assert value(metrics, "acts_total", kind="mark") == 1


def test_an_acknowledgement_is_timed_where_the_alert_is():
    metrics = Metrics()
    fired = alert()
    answered = replace(fired, ack=Ack(by="desk", at=AT + timedelta(seconds=40)))
    batch = acting(Act(kind="ack", id="1", alert=fired.id, by="desk", at_ms=0))
    tell_acts(metrics, 1, batch, [])
    tell_acts(metrics, 2, batch, [answered])
    tell_acts(metrics, 2, acting(), [answered])
    level = fired.level
    assert value(metrics, "acknowledgement_seconds_count", level=level) == 1
    assert value(metrics, "acknowledgement_seconds_sum", level=level) == 40


def test_critical_reports_that_the_hotline_passed_on_are_counted():
    metrics = Metrics()
    critical, demand = Finding("critical", "robbery", "II"), Finding("none", "none", "IV")
    batch = replace(
        acting(),
        findings={0: critical, 1: demand, 2: critical},
        channels={0: "hotline_12345", 1: "hotline_12345", 2: "phone_110"},
    )
    tell_passed_on(metrics, batch)
    assert value(metrics, "diverted_in_total") == 1


def test_alerts_are_counted_timed_and_diverted_once():
    metrics = Metrics()
    first = replace(alert(), revision=1, divert=Divert(to="antifraud", confidence=0.9))
    later = replace(first, revision=2, status="resolved")
    tell_alerts(metrics, [(first, int(time.time() * 1000) - 500), (later, None)])
    assert value(metrics, "diverted_total", to="antifraud") == 1
    labels = {"kind": first.kind, "level": first.level}
    assert value(metrics, "alerts_total", **labels, status="firing") == 1
    assert value(metrics, "alerts_total", **labels, status="resolved") == 1
    assert value(metrics, "alert_latency_seconds_count", kind=first.kind) == 1
    assert value(metrics, "alert_latency_seconds_sum", kind=first.kind) >= 0.5
