"""Seasonal counts: a window's count against what the week lets expect, by its tail probability."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import Days, Verdicts
from detectors.negbin_tail import negbin_score
from detectors.seasonal_baseline import SeasonalBaseline, SeasonalParameters
from detectors.seasonal_pool import DAY_HOURS
from detectors.tick_hours import hours_of, overlaps

__all__ = ["SeasonalCount", "SeasonalCountDetector"]


class SeasonalCountDetector:
    """Counts of a window under a negative binomial law with the mean of `SeasonalBaseline`.

    score    z with P(count > k) + P(count = k) / 2 = P(Z > z), where the count has the expected
             mean and the area's shrunk dispersion
    """

    def __init__(self, config: SeasonalCount, *, window_ticks: int, ticks_per_hour: int) -> None:
        self._baseline = SeasonalBaseline(
            config, window_ticks=window_ticks, ticks_per_hour=ticks_per_hour
        )
        self._warm_up = config.warm_up_days * DAY_HOURS
        self._per_hour = ticks_per_hour
        self._window = window_ticks

    def observe(
        self,
        first_tick: int,
        fresh: NDArray[np.int64],
        window: NDArray[np.int64],
        late: NDArray[np.int64] | None = None,
        judged: NDArray[np.bool_] | None = None,
    ) -> Verdicts:
        """See `Detector.observe`. What is known is constant within an hour."""
        known, shape = self._baseline, window.shape
        known.grow(shape[1])
        verdicts = Verdicts.empty(shape)
        for hour, begin, rows in hours_of(first_tick, shape[0], self._per_hour):
            known.enter(hour)
            if late is not None and rows.start == 0:
                known.correct(first_tick, late)
            last = begin + np.arange(rows.stop - rows.start)
            verdicts.expected[rows] = known.expected(
                overlaps(last - self._window + 1, last, self._per_hour), hour
            )
            verdicts.dispersion[rows] = known.dispersion
            verdicts.history[rows] = known.history
            asked = rows if judged is None else rows.start + np.flatnonzero(judged[rows])
            verdicts.score[asked] = negbin_score(
                window[asked], verdicts.expected[asked], verdicts.dispersion[asked]
            )
            known.add(fresh[rows])
        np.greater_equal(verdicts.history, self._warm_up, out=verdicts.ready)
        return verdicts

    def use_days(self, days: Days) -> None:
        """See `KnowsDays.use_days`."""
        self._baseline.use_days(days)

    def snapshot(self) -> dict[str, Any]:
        """See `Detector.snapshot`."""
        return self._baseline.snapshot()

    def restore(self, state: dict[str, Any]) -> None:
        """See `Detector.restore`."""
        self._baseline.restore(state)


class SeasonalCount(
    SeasonalParameters, frozen=True, kw_only=True, tag_field="model", tag="seasonal-count",
    forbid_unknown_fields=True,
):  # fmt: skip
    """`baseline: {model: seasonal-count, time_zone: America/New_York}`: thresholds are scores."""

    def create(self, *, window_ticks: int, ticks_per_hour: int) -> SeasonalCountDetector:
        """A detector that has learned nothing yet."""
        return SeasonalCountDetector(self, window_ticks=window_ticks, ticks_per_hour=ticks_per_hour)
