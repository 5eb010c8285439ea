"""What a detector makes of a surge of three days, and of a level that stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.base import Detector
from detectors.evaluation.history import History, judged, typical_week
from detectors.evaluation.protocol import Measured

__all__ = ["Learnt", "learnt"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAY = 24
SURGE_HOURS = 72
_SURGE_FACTOR = 4.0
_SHIFT_FACTOR = 2.0
_SHIFT_DAYS = 7
_FOLLOWED = 1.7


class Learnt(NamedTuple):
    """Expectations with an invented change over those without, by area; [draws, areas], nan: none.

    after_surge: on the day after 72 h at four times the usual. after_shift: on the eighth day of a
    level twice the usual.
    """

    after_surge: Floats
    after_shift: Floats
    weight: Floats
    """The expectation without the surge, by which areas weigh in the mean."""

    def inflation(self) -> float | None:
        """By how much all areas together are expected too high after the surge; 0.03 is 3 %."""
        known = np.isfinite(self.after_surge)
        total = float(self.weight[known].sum())
        if total == 0:
            return None
        return float((self.after_surge[known] * self.weight[known]).sum()) / total - 1.0

    def taken_for_level(self) -> tuple[int, int]:
        """How many surges were taken for a new level, of how many."""
        known = np.isfinite(self.after_surge)
        return int((self.after_surge[known] > _FOLLOWED).sum()), int(known.sum())

    def followed(self, areas: NDArray[np.bool_]) -> float | None:
        """The mean level expected a week into the shift, in some areas; 2 is all of it."""
        ratios = self.after_shift[:, areas]
        known = np.isfinite(ratios)
        return float(ratios[known].mean()) if known.any() else None


def learnt(
    make: Callable[[], Detector],
    history: History,
    window: int,
    begin: int,
    measured: Measured,
    seeds: Sequence[int],
) -> Learnt | None:
    """Draw surges and shifts in the hold-out, one an area and seed, and see what is expected then.

    None where the hold-out is shorter than three weeks, or the detector expects nothing.
    """
    hours = SURGE_HOURS, _SHIFT_DAYS * _DAY
    reach = (max(hours) + _DAY) * history.per_hour
    if history.weeks(begin, len(history.seen)) < 3:  # noqa: PLR2004 - said above
        return None
    run = _Runs(make, history, window, begin, measured.state)
    base = measured.expectations
    if not np.isfinite(base).any():
        return None
    surges, shifts, weights = [], [], []
    for seed in seeds:
        rng = np.random.default_rng((seed, 2))
        starts = begin + rng.integers(0, len(history.seen) - reach - begin, history.areas)
        starts -= (history.first_tick + starts) % history.per_hour
        starts = np.maximum(starts, begin)
        until = starts + SURGE_HOURS * history.per_hour
        ratio, weight = run.ratio(base, rng, starts, until, _SURGE_FACTOR, until)
        surges.append(ratio)
        weights.append(weight)
        forever = np.full(history.areas, len(history.seen))
        week = starts + _SHIFT_DAYS * _DAY * history.per_hour
        shifts.append(run.ratio(base, rng, starts, forever, _SHIFT_FACTOR, week)[0])
    return Learnt(np.array(surges), np.array(shifts), np.array(weights))


class _Runs:
    """The detector from the begin of the hold-out on, over changed counts."""

    def __init__(
        self,
        make: Callable[[], Detector],
        history: History,
        window: int,
        begin: int,
        state: dict[str, Any],
    ) -> None:
        self._make = make
        self._history = history
        self._window = window
        self._begin = begin
        self._state = state
        usual, shape = typical_week(history)
        self._mean = shape[history.hours_of_week()], usual

    def expectations(self, history: History) -> NDArray[np.float32]:
        """What is expected in windows, by row of the hold-out and area; nan in gaps."""
        detector = self._make()
        detector.restore(self._state)
        rows = len(history.seen)
        expected = np.full((rows - self._begin, history.areas), np.nan, dtype=np.float32)
        for row, verdicts, _ in judged(detector, history, self._window, self._begin, rows):
            at = row - self._begin
            expected[at : at + len(verdicts.expected)] = verdicts.expected
        return expected

    def ratio(
        self,
        base: NDArray[np.float32],
        rng: np.random.Generator,
        starts: Ints,
        until: Ints,
        factor: float,
        day: Ints,
    ) -> tuple[Floats, Floats]:
        """Expectation with the change over that without, on the day that begins at `day`.

        Gives the ratio and the expectation without, [areas]; nan where the stretch has a gap.
        """
        shape, usual = self._mean
        rows, areas = [], []
        for area in range(len(starts)):
            stretch = slice(starts[area], until[area])
            # Nothing is invented where nobody looked.
            mean = shape[stretch] * usual[area] * self._history.seen[stretch]
            counts = rng.poisson((factor - 1.0) * mean)
            rows.append(starts[area] + np.repeat(np.arange(len(counts)), counts))
            areas.append(np.full(int(counts.sum()), area))
        changed = self.expectations(
            self._history.adding(np.concatenate(rows), np.concatenate(areas))
        )
        ratio, weight = np.full(len(starts), np.nan), np.zeros(len(starts))
        length = _DAY * self._history.per_hour
        for area, first in enumerate(day - self._begin):
            if self._history.seen[starts[area] : first + self._begin + length].all():
                weight[area] = float(base[first : first + length, area].sum())
                after = float(changed[first : first + length, area].sum())
                ratio[area] = after / weight[area] if weight[area] > 0 else np.nan
        return ratio, weight
