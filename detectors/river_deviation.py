"""river's GaussianScorer and StandardAbsoluteDeviation per area: the upper side, unbounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta

from detectors.river_areas import RiverDetector, RiverParameters, need_river

if TYPE_CHECKING:
    from river.stats import Mean, Var

__all__ = ["RiverGaussian", "RiverSad"]

_DAY_HOURS = 24
_LEAST_DEVIATION = 0.25
"""That of a Poisson count of one in sixteen windows: zeros alone would make any event endless."""


class _Gaussian:
    """What one GaussianScorer has learned."""

    def __init__(self) -> None:
        from river.anomaly import GaussianScorer  # noqa: PLC0415 - optional

        self._scorer: Any = GaussianScorer()

    def learn(self, count: float) -> None:
        self._scorer.learn_one(None, count)

    def law(self) -> tuple[float, float]:
        """Mean and standard deviation."""
        return self._scorer.gaussian.mu, self._scorer.gaussian.sigma

    def parts(self) -> tuple[Mean, Var]:
        """The statistics that hold its numbers."""
        variance: Var = self._scorer.gaussian._var  # noqa: SLF001 - river has no plain form of it
        return variance.mean, variance


class _Sad:
    """What one StandardAbsoluteDeviation has learned."""

    def __init__(self) -> None:
        from river.anomaly import StandardAbsoluteDeviation  # noqa: PLC0415 - optional
        from river.stats import Mean  # noqa: PLC0415 - optional

        self._mean = Mean()
        self._scorer = StandardAbsoluteDeviation(sub_stat=self._mean)

    def learn(self, count: float) -> None:
        self._scorer.learn_one(None, count)

    def law(self) -> tuple[float, float]:
        """Mean and standard deviation."""
        return self._mean.get(), self._scorer.variance.get() ** 0.5

    def parts(self) -> tuple[Mean, Var]:
        """The statistics that hold its numbers; the mean inside the variance is the same."""
        return self._mean, self._scorer.variance


class _Deviations:
    """One scorer, or one for each hour of the UTC day, of an area."""

    def __init__(self, make: Callable[[], _Gaussian | _Sad], *, hours: int) -> None:
        self._scorers = [make() for _ in range(hours)]

    def judge(self, counts: list[int], hour: float) -> tuple[list[float], float]:
        """See `AreaModel.judge`."""
        mean, deviation = self._at(hour).law()
        unit = max(deviation, _LEAST_DEVIATION)
        return [(count - mean) / unit for count in counts], mean

    def learn(self, count: int, hour: float) -> None:
        """See `AreaModel.learn`."""
        self._at(hour).learn(count)

    def state(self) -> bytes:
        """See `AreaModel.state`."""
        parts = [scorer.parts() for scorer in self._scorers]
        return np.array([(m.n, m.get(), v._S) for m, v in parts]).tobytes()  # noqa: SLF001

    def take(self, state: bytes) -> None:
        """See `AreaModel.take`."""
        numbers = np.frombuffer(state).reshape(-1, 3).tolist()
        for scorer, (n, centre, squares) in zip(self._scorers, numbers, strict=True):
            mean, variance = scorer.parts()
            for each in (mean, variance.mean):
                each.n, each._mean = n, centre  # noqa: SLF001 - river has no plain form of them
            variance._S = squares  # noqa: SLF001

    def _at(self, hour: float) -> _Gaussian | _Sad:
        return self._scorers[int(hour) % len(self._scorers)]


class RiverGaussian(
    RiverParameters, frozen=True, kw_only=True, tag_field="model", tag="river-gaussian",
    forbid_unknown_fields=True,
):  # fmt: skip
    """`baseline: {model: river-gaussian}`: GaussianScorer; thresholds are standard deviations.

    river's score is 2 |CDF(count) - 1/2|, which a quiet hour raises too and which is exactly 1
    from eight deviations on. Here it is (count - mean) / deviation, the same order of the upper
    side without either fault.
    """

    standard_score: ClassVar[bool] = True
    """The score is in standard deviations, so that a rate of alarms has a nominal threshold."""
    by_hour: Annotated[bool, Meta(description="one scorer for each hour of the UTC day")] = False

    def create(self, *, window_ticks: int, ticks_per_hour: int) -> RiverDetector:  # noqa: ARG002
        """A detector that has learned nothing yet. Raises ImportError without river."""
        need_river()
        hours = _DAY_HOURS if self.by_hour else 1
        return RiverDetector(
            lambda: _Deviations(_Gaussian, hours=hours),
            warm_up=self.warm_up_days * _DAY_HOURS,
            ticks_per_hour=ticks_per_hour,
        )


class RiverSad(
    RiverParameters, frozen=True, kw_only=True, tag_field="model", tag="river-sad",
    forbid_unknown_fields=True,
):  # fmt: skip
    """`baseline: {model: river-sad}`: StandardAbsoluteDeviation; thresholds are deviations.

    river's score is |count - mean| / deviation; here its upper side alone (Hochenbaum et al.
    2017, through PySAD). With the mean as its centre it says what `river-gaussian` says.
    """

    standard_score: ClassVar[bool] = True
    """The score is in standard deviations, so that a rate of alarms has a nominal threshold."""

    def create(self, *, window_ticks: int, ticks_per_hour: int) -> RiverDetector:  # noqa: ARG002
        """A detector that has learned nothing yet. Raises ImportError without river."""
        need_river()
        return RiverDetector(
            lambda: _Deviations(_Sad, hours=1),
            warm_up=self.warm_up_days * _DAY_HOURS,
            ticks_per_hour=ticks_per_hour,
        )
