"""One detector through the whole protocol: training, hold-out, surges, and how it learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.base import Detector, Verdicts
from detectors.calibration import Calibration
from detectors.evaluation.episodes import Rises, RisesCollector
from detectors.evaluation.history import History, judged
from detectors.evaluation.power import SurgeScores
from detectors.evaluation.surges import Surges

__all__ = ["Alarms", "Measured", "Plan", "measure"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_QUIET_HOURS = 2
"""An episode begins with an exceedance that had none in these hours before it."""
_EARLY_DAYS = 14
"""The first days, whose alarms tell how a cold start is; thresholds are taken from later ones."""
_FLOOR = 0.9
"""Levels that a tenth of all ticks exceeds are of no interest to anyone who is to be woken."""


class Plan(Struct, frozen=True):
    """What is done to every detector alike.

    window: ticks. begin: first row of the hold-out. surges: one set a seed. areas: [areas], those
    whose episodes are measured. rates: those that are asked for, episodes per area-week.
    """

    window: int
    begin: int
    surges: Sequence[Surges]
    rates: Sequence[float]
    areas: NDArray[np.bool_]
    progress: Callable[[float], None] = lambda share: None  # noqa: ARG005 - nobody looks


class Alarms(NamedTuple):
    """Where the episodes of one set of thresholds begin, and the surges against them.

    surges: a score of surge set and seed is how far the detector's score was above its threshold.
    """

    rows: Ints
    areas: Ints
    surges: list[SurgeScores]
    last_threshold: float


class Measured(NamedTuple):
    """What a run leaves behind; figures of every rate are read from it.

    early: rises of the first days, believed or not. train, hold: those of the time up to the
    hold-out, and of it, while the detector was ready. surges: by seed. calibrated: by asked rate.
    observed, expected: window counts and expectations summed over the hold-out. train_weeks: of
    one area, those of `train`; early_weeks those of `early`. state: the detector's snapshot where
    the hold-out begins; expectations: what it expects then, [rows of the hold-out, areas].
    """

    early: Rises
    train: Rises
    hold: Rises
    early_weeks: float
    train_weeks: float
    surges: list[SurgeScores]
    calibrated: dict[float, Alarms]
    observed: float
    expected: float
    state: dict[str, Any]
    expectations: NDArray[np.float32]


def measure(make: Callable[[], Detector], history: History, plan: Plan) -> Measured:
    """Run a detector over the history, and over its hold-out with each set of surges in it.

    With surges it learns from what it sees, as it would live; thresholds are those of the history
    without surges, as confirmed alerts teach no calibration.
    """
    base = _Base(history, plan)
    base.run(make())
    surges = [SurgeScores(s, history.per_hour) for s in plan.surges]
    margins = {
        rate: [SurgeScores(s, history.per_hour) for s in plan.surges] for rate in base.thresholds
    }
    for number, each in enumerate(plan.surges):
        detector = make()
        detector.restore(base.state)
        struck = each.injected(history)
        for row, verdicts, _ in judged(
            detector, struck, plan.window, plan.begin, len(history.seen)
        ):
            score = believed(verdicts)
            surges[number].add(row, score)
            at = row - plan.begin
            for rate, thresholds in base.thresholds.items():
                margins[rate][number].add(row, score - thresholds[at : at + len(score)])
        plan.progress((number + 2) / (len(plan.surges) + 1))
    calibrated = {
        rate: Alarms(
            *base.alarms[rate].rises().starts(0.0), margins[rate], float(thresholds[-1].mean())
        )
        for rate, thresholds in base.thresholds.items()
    }
    return Measured(
        early=base.early.rises().within(plan.areas),
        train=base.train.rises().within(plan.areas),
        hold=base.hold.rises().within(plan.areas),
        early_weeks=base.early_weeks,
        train_weeks=base.train_weeks,
        surges=surges,
        calibrated=calibrated,
        observed=base.observed,
        expected=base.expected,
        state=base.state,
        expectations=base.expectations,
    )


def believed(verdicts: Verdicts) -> Floats:
    """Scores where the detector stands by them; below everything where it does not."""
    return np.where(verdicts.ready, verdicts.score, -np.inf)


class _Base:
    """The run over the history as it is."""

    def __init__(self, history: History, plan: Plan) -> None:
        self._history = history
        self._plan = plan
        self._quiet = _QUIET_HOURS * history.per_hour
        self._early_rows = min(
            int(np.searchsorted(np.cumsum(history.seen), _EARLY_DAYS * 24 * history.per_hour)) + 1,
            plan.begin // 2,
        )
        self.early = RisesCollector(self._quiet)
        self.train = RisesCollector(self._quiet)
        self.hold = RisesCollector(self._quiet)
        self.early_weeks = history.weeks(0, self._early_rows)
        self.train_weeks = history.weeks(self._early_rows, plan.begin)
        shape = (len(history.seen) - plan.begin, history.areas)
        self.expectations = np.full(shape, np.nan, dtype=np.float32)
        self.observed = self.expected = 0.0
        self.state: dict[str, Any] = {}
        self.thresholds: dict[float, NDArray[np.float32]] = {}
        self.alarms: dict[float, RisesCollector] = {}
        self._calibrations: dict[float, Calibration] = {}
        for rate in plan.rates:
            self._calibrations[rate] = Calibration(
                rate=rate, ticks_per_week=history.per_week, reach=self._quiet
            )
            self.thresholds[rate] = np.full(shape, np.inf, dtype=np.float32)
            self.alarms[rate] = RisesCollector(self._quiet, floor=0.0)

    def run(self, detector: Detector) -> None:
        """Over the early days, the rest of training, and the hold-out."""
        history, plan = self._history, self._plan
        window, begin, end = plan.window, plan.begin, len(history.seen)
        floor = -np.inf
        for row, verdicts, _ in judged(detector, history, window, 0, self._early_rows):
            self.early.add(row, verdicts.score)
            floor = float(np.quantile(verdicts.score, _FLOOR))
            self._calibrate(row, verdicts)
        self.train = RisesCollector(self._quiet, floor)
        self.hold = RisesCollector(self._quiet, floor)
        for row, verdicts, _ in judged(detector, history, window, self._early_rows, begin):
            self.train.add(row, believed(verdicts))
            self.hold.add(row, believed(verdicts), keep=False)
            self._calibrate(row, verdicts)
        self.state = detector.snapshot()
        for row, verdicts, counted in judged(detector, history, window, begin, end):
            self.hold.add(row, believed(verdicts))
            self._calibrate(row, verdicts)
            at = row - begin
            self.expectations[at : at + len(counted)] = verdicts.expected
            known = np.isfinite(verdicts.expected)
            self.observed += float(counted[known].sum())
            self.expected += float(verdicts.expected[known].sum())
        plan.progress(1 / (len(plan.surges) + 1))

    def _calibrate(self, row: int, verdicts: Verdicts) -> None:
        """Thresholds of these rows, and the scores against them."""
        first = self._history.first_tick + row
        score = believed(verdicts)
        for rate, calibration in self._calibrations.items():
            thresholds = calibration.observe(first, verdicts.score, verdicts.ready)
            at = row - self._plan.begin
            self.alarms[rate].add(row, np.where(score >= thresholds, 1.0, -1.0), keep=at >= 0)
            if at >= 0:
                self.thresholds[rate][at : at + len(score)] = thresholds
