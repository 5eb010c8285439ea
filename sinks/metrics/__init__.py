"""Prometheus series of a worker, in a registry of their own; every label has few values."""

from __future__ import annotations

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from sinks.metrics.delivery import DeliverySeries
from sinks.metrics.intake import IntakeSeries
from sinks.metrics.rules import RuleSeries
from sinks.metrics.watch import WatchSeries
from sinks.metrics.workings import WorkSeries

__all__ = ["Metrics"]


class Metrics(WorkSeries, DeliverySeries, RuleSeries, WatchSeries, IntakeSeries):
    """Implements the meters of `streams.live.meter`. Labels never hold ids, areas or text.

    To add a series: declare it in the family of its concern, with help, the unit in its name, and
    labels from `sinks.metrics.labels`; the reference page and the checks find it by themselves.
    """

    def __init__(self) -> None:
        super().__init__()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)

    def render(self) -> tuple[bytes, str]:
        """Body and content type of /metrics."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
