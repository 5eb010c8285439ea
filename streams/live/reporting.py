"""What the meter is told of acts, of alerts that are on the broker, and of how things stand."""

from __future__ import annotations

import time
from collections.abc import Sequence

from streams.live.desk import WatchLike
from streams.live.meter import Meter
from streams.observations import Batch
from streams.records import Alert

__all__ = ["tell_acts", "tell_alerts", "tell_passed_on", "tell_standing"]


def tell_acts(meter: Meter, partition: int, batch: Batch, alerts: Sequence[Alert]) -> None:
    """Acts that were applied, and what they answered. All partitions hear of all: one counts."""
    if partition == 0:
        for act in batch.acts:
            meter.acts(act.kind)
    acknowledged = {act.alert for act in batch.acts if act.kind == "ack"}
    for alert in alerts:
        fired, answered = alert.times.fired, alert.ack.at
        if alert.id in acknowledged and fired is not None and answered is not None:
            meter.acknowledged(alert.level, (answered - fired).total_seconds())


def tell_passed_on(meter: Meter, batch: Batch) -> None:
    """Critical reports that the service line passed on to the police (capability C18)."""
    critical = sum(
        finding.tier == "critical" and batch.channels.get(row) == "hotline_12345"
        for row, finding in batch.findings.items()
    )
    if critical:
        meter.diverted_in(critical)


def tell_alerts(meter: Meter, published: Sequence[tuple[Alert, int | None]]) -> None:
    """Alerts that the broker has, each with the broker's time (ms) of the oldest record of it."""
    now = time.time()
    for alert, arrived in published:
        meter.alert(alert.kind, alert.level, alert.status)
        if alert.divert is not None and alert.revision == 1:
            meter.diverted(alert.divert.to, 1)
        if arrived is not None:
            meter.latency(alert.kind, now - arrived / 1000)


def tell_standing(meter: Meter, partition: int, watch: WatchLike) -> None:
    """What holds at this moment in a partition: what fires, units, silences, event time."""
    now_ms = time.time_ns() // 1_000_000
    watermark = watch.watermark()
    if watermark is not None:
        meter.watermark_age(partition, (now_ms - watermark) / 1000)
    meter.units(partition, watch.units(now_ms))
    meter.firing(partition, watch.firing())
    shortage = watch.shortage()
    if shortage is not None:
        meter.coverage(partition, shortage.areas, shortage.missing)
    meter.silences(watch.silences(now_ms))
