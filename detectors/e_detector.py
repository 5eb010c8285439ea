"""E-detector: whatever came since some moment of the last hours, against what the week expects."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from detectors.base import Verdicts
from detectors.seasonal_baseline import SeasonalBaseline, SeasonalParameters
from detectors.seasonal_pool import DAY_HOURS
from detectors.shiryaev_roberts import surge_score
from detectors.slot_counts import SlotCounts
from detectors.tick_hours import hours_of, overlaps

__all__ = ["EDetector", "WindowedEDetector"]

_SLOTS_AN_HOUR = 6
"""A surge may have begun every 10 minutes; every 5 found no more of them."""
_CELLS = 1 << 14
"""Cells that are computed together, so that what is in between stays small."""


class WindowedEDetector:
    """Shiryaev-Roberts statistic whose starts lie in the last `reach_hours`.

    It looks at all stretches that begin at a slot of 10 minutes and end now, and therefore does
    not depend on the window, which serves the count, the expectation and their law alone.

    score    z with P(Z > z) = 1 / A (`surge_score`); 0 while A is below twice `reach_hours`. If
             the baseline is right, a threshold z is passed by mistake at most once in 1 / P(Z > z)
             slots in the long run: 3.09 about once a week, 3.72 about once in ten.
    """

    def __init__(self, config: EDetector, *, window_ticks: int, ticks_per_hour: int) -> None:
        self._baseline = SeasonalBaseline(
            config, window_ticks=window_ticks, ticks_per_hour=ticks_per_hour
        )
        self._warm_up = config.warm_up_days * DAY_HOURS
        self._per_hour = ticks_per_hour
        self._window = window_ticks
        self._length = max(1, ticks_per_hour // _SLOTS_AN_HOUR)
        starts = max(1, config.reach_hours * ticks_per_hour // self._length)
        self._slots = SlotCounts(starts, self._length)
        self._floor = 2.0 * starts

    def observe(
        self, first_tick: int, fresh: NDArray[np.int64], window: NDArray[np.int64]
    ) -> Verdicts:
        """See `Detector.observe`. What is known is constant within an hour."""
        known, shape = self._baseline, window.shape
        known.grow(shape[1])
        verdicts = Verdicts.empty(shape)
        for hour, begin, rows in hours_of(first_tick, shape[0], self._per_hour):
            known.enter(hour)
            last = begin + np.arange(rows.stop - rows.start)
            stretch = overlaps(last - self._window + 1, last, self._per_hour)
            verdicts.expected[rows] = known.expected(stretch, hour)
            verdicts.dispersion[rows] = known.dispersion
            verdicts.history[rows] = known.history
            self._judge(hour, last, fresh[rows], verdicts.score[rows])
            known.add(fresh[rows])
        np.greater_equal(verdicts.history, self._warm_up, out=verdicts.ready)
        return verdicts

    def snapshot(self) -> dict[str, Any]:
        """See `Detector.snapshot`."""
        return {**self._baseline.snapshot(), **self._slots.snapshot()}

    def restore(self, state: dict[str, Any]) -> None:
        """See `Detector.restore`."""
        self._baseline.restore(state)
        self._slots.restore(state)

    def _judge(
        self, hour: int, last: NDArray[np.int64], fresh: NDArray[np.int64], score: NDArray[Any]
    ) -> None:
        """Scores of consecutive ticks `last` (inside an hour), then their counts are kept."""
        areas = fresh.shape[1]
        step = max(1, _CELLS // max(1, areas))
        for row in range(0, len(last), step):
            rows = slice(row, row + step)
            tick = hour * self._per_hour + int(last[row])
            first, counts = self._slots.observe(tick, fresh[rows])
            stretch = overlaps(
                first - hour * self._per_hour,
                np.broadcast_to(last[rows], first.shape),
                self._per_hour,
            )
            means = self._baseline.expected(stretch, hour).astype(np.float32)
            starts, ticks = first.shape
            spread = np.broadcast_to(self._baseline.dispersion, (ticks, areas))
            score[rows] = surge_score(
                counts.reshape(starts, -1),
                means.reshape(starts, -1),
                spread.astype(np.float32).ravel(),
                self._floor,
            ).reshape(ticks, areas)


class EDetector(
    SeasonalParameters, frozen=True, kw_only=True, tag_field="model", tag="e-detector",
    forbid_unknown_fields=True,
):  # fmt: skip
    """`baseline: {model: e-detector, time_zone: America/New_York}`: thresholds are scores."""

    reach_hours: Annotated[
        int, Meta(ge=1, le=6, description="how long ago a surge may have begun, in hours")
    ] = 2

    def create(self, *, window_ticks: int, ticks_per_hour: int) -> WindowedEDetector:
        """A detector that has learned nothing yet."""
        return WindowedEDetector(self, window_ticks=window_ticks, ticks_per_hour=ticks_per_hour)
