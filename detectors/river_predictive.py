"""river's PredictiveAnomalyDetection per area: pure, one-sided and without saturation."""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin, sqrt
from typing import Annotated

import numpy as np
from msgspec import Meta

from detectors.river_areas import RiverDetector, RiverParameters, need_river

__all__ = ["RiverPredictive"]

_DAY_HOURS, _WEEK_HOURS = 24, 168
_LEAST_ERROR = 0.0625
"""Of a squared error: zeros alone would make any event endless."""


@lru_cache(maxsize=8)
def _features(hour: float) -> dict[str, float]:
    """Where the UTC day and week stand, as four numbers from 0 to 1. Not to be changed."""
    angles = {
        name: 2 * pi * (hour % period) / period
        for name, period in (("day", _DAY_HOURS), ("week", _WEEK_HOURS))
    }
    return {
        f"{kind.__name__}_{name}": (1 + kind(angle)) / 2
        for name, angle in angles.items()
        for kind in (sin, cos)
    }


class _Predictive:
    """A linear model of the day and the week, and the size of its errors."""

    def __init__(self, deviations: float) -> None:
        from river.anomaly import PredictiveAnomalyDetection  # noqa: PLC0415 - optional
        from river.linear_model import LinearRegression  # noqa: PLC0415 - optional

        self._line = LinearRegression()
        self._scorer = PredictiveAnomalyDetection(self._line, n_std=deviations)
        self._deviations = deviations

    def judge(self, counts: list[int], hour: float) -> tuple[list[float], float]:
        """See `AreaModel.judge`; river's own `score_one` would learn the error that it scores."""
        expected = max(0.0, self._line.predict_one(_features(hour)))
        scorer = self._scorer
        spread = sqrt(scorer.dynamic_se_variance.get())
        limit = max(scorer.dynamic_mae.get() + self._deviations * spread, _LEAST_ERROR)
        errors = [count - expected for count in counts]
        return [error * abs(error) / limit for error in errors], expected

    def learn(self, count: int, hour: float) -> None:
        """See `AreaModel.learn`."""
        features = _features(hour)
        self._scorer.score_one(features, count)
        self._scorer.learn_one(features, count)

    def state(self) -> bytes:
        """See `AreaModel.state`."""
        mean, variance = self._scorer.dynamic_mae, self._scorer.dynamic_se_variance
        weights = self._line.weights
        numbers = [weights.get(name, 0.0) for name in _features(0.0)]
        squares = variance._S  # noqa: SLF001 - river has no plain form of it
        return np.array([mean.n, mean.get(), squares, self._line.intercept, *numbers]).tobytes()

    def take(self, state: bytes) -> None:
        """See `AreaModel.take`."""
        from river.utils import VectorDict  # noqa: PLC0415 - optional

        n, centre, squares, self._line.intercept, *weights = np.frombuffer(state).tolist()
        mean, variance = self._scorer.dynamic_mae, self._scorer.dynamic_se_variance
        for each in (mean, variance.mean):
            each.n, each._mean = n, centre  # noqa: SLF001 - river has no plain form of them
        variance._S = squares  # noqa: SLF001
        self._scorer.iter = int(n)
        self._line._weights = VectorDict(  # noqa: SLF001
            dict(zip(_features(0.0), weights, strict=True))
        )


class RiverPredictive(
    RiverParameters, frozen=True, kw_only=True, tag_field="model", tag="river-predictive",
    forbid_unknown_fields=True,
):  # fmt: skip
    """`baseline: {model: river-predictive}`: PredictiveAnomalyDetection; thresholds are ratios.

    A line over four features of day and week expects the count. The score is the squared error
    by river's limit, the mean of squared errors plus `deviations` of their standard deviations;
    below the expectation it is negative, and above the limit it goes on growing (Laptev,
    Amizadeh, Flint 2015). river's own is two-sided, ends at 1, and changes its state.
    """

    deviations: Annotated[
        float, Meta(ge=0, le=1e6, description="of squared errors, to a score of 1")
    ] = 3.0

    def create(self, *, window_ticks: int, ticks_per_hour: int) -> RiverDetector:  # noqa: ARG002
        """A detector that has learned nothing yet. Raises ImportError without river."""
        need_river()
        return RiverDetector(
            lambda: _Predictive(self.deviations),
            warm_up=self.warm_up_days * _DAY_HOURS,
            ticks_per_hour=ticks_per_hour,
        )
