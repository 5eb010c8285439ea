"""Series of dispatch: what channels took, how soon, how far behind they are; escalations."""

from __future__ import annotations

from collections.abc import Collection

from sinks.metrics.family import Family
from sinks.metrics.labels import CHANNEL, CHANNEL_STATE, DELIVERY, LEVEL

__all__ = ["DeliverySeries"]

_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0)


class DeliverySeries(Family):
    """Implements `streams.live.meter.DeliveryMeter`."""

    def __init__(self) -> None:
        super().__init__()
        self._delivered = self._counter(
            "deliveries",
            "Messages given to channels (an alert, a group, a list or a summary each).",
            CHANNEL,
            DELIVERY,
        )
        self._seconds = self._histogram(
            "delivery_seconds",
            "From the alert on `alerts.log` (broker time) to the moment the channel took it.",
            _SECONDS,
            CHANNEL,
        )
        self._channel_lag = self._gauge(
            "channel_lag_records", "Alerts that a channel has not dealt with yet.", CHANNEL
        )
        self._state = self._gauge(
            "channel_state",
            "1 for the state of a channel's circuit breaker, 0 for the others.",
            CHANNEL,
            CHANNEL_STATE,
        )
        self._escalations = self._counter(
            "escalations", "Alerts that went up a rung for want of an answer.", LEVEL
        )

    def delivered(self, channel: str, outcome: str, count: int) -> None:
        """A channel dealt with messages: `delivered`, `failed` or `rejected`."""
        self._delivered.of(channel, outcome).inc(count)

    def delivery_seconds(self, channel: str, seconds: float) -> None:
        """From an alert's broker timestamp on `alerts.log` until the channel took it."""
        self._seconds.of(channel).observe(max(seconds, 0.0))

    def channel_lag(self, channel: str, records: int) -> None:
        """Records of `alerts.log` that a channel has not dealt with yet."""
        self._channel_lag.of(channel).set(records)

    def channel_state(self, channel: str, state: str) -> None:
        """The circuit breaker of a channel: `closed`, `half_open` or `open`."""
        for known in sorted(CHANNEL_STATE.values):
            self._state.of(channel, known).set(known == state)

    def channels(self, names: Collection[str]) -> None:
        """The channels that this worker serves from here on; others are forgotten."""
        for series in (self._channel_lag, self._state):
            series.keep(0, names)
        for name in names:
            for outcome in sorted(DELIVERY.values):
                self._delivered.of(name, outcome).inc(0)

    def escalations(self, level: str) -> None:
        """An alert of this level went up a rung for want of an answer."""
        self._escalations.of(level).inc()
