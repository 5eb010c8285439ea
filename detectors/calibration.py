"""Turns a score into false alerts: the threshold that gives a rate of episodes per area-week."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.calibration_areas import AreaRates
from detectors.calibration_curve import LEVELS, Curve, bins, nominal_rates

__all__ = ["Calibration"]

Floats = NDArray[np.float64]

_MEMORY_DAYS = 84.0
"""After these days an observed day weighs 1/e: as much to count as 24 weeks of equal weight."""
_PRIOR_WEEKS = 5.0
"""Area-weeks that the nominal rate weighs at first; it is forgotten like the rest."""
_LEARNED_WEEKS = 4 * _PRIOR_WEEKS
_MOST_LOOKS = 2016
"""Looks a week that the nominal rate takes for separate: closer than 5 min they repeat."""
_AIM, _CAUTION = 0.95, 1.0
"""The asked rate is held by the estimate and one standard error together, less a twentieth."""
_REFERENCE = 1.0
"""Episodes per area-week at the level where areas are compared: enough to tell them apart."""
_STORM = 3.0
"""A day adds at most what chance explains: so many standard deviations, and one, over its mean."""


class Calibration:
    """Thresholds of a score, online, for an asked rate of episodes per area-week.

    An episode at level h begins at a tick whose score is >= h when none of the 2 h before it was.
    One pass counts the episodes of every level at once, pooled over the areas that are ready; once
    a day of ticks the counts, with forgetting, give the threshold of the next day: score first,
    learn after. A day in which all areas are up at once weighs no more than chance could make of
    it: it is one storm. Areas are evened out by bounded offsets.

    rate: episodes asked a week, > 0, of each area. together: instead of all areas in one, of which
    there are at least so many; it is shared out over those that were observed the day before.
    ticks_per_week: judged ticks of a week (a multiple of 7); ticks are numbered by these. reach:
    judged ticks of 2 h. Source: capability C5; docs/explanation/decisions/false-alarm-budget.md.
    """

    def __init__(
        self, *, rate: float, ticks_per_week: int, reach: int, together: int | None = None
    ) -> None:
        self._asked, self._together = rate, together
        self._per_week = ticks_per_week
        self._per_day = ticks_per_week // 7
        self._keep = float(np.exp(-1.0 / _MEMORY_DAYS))
        self._nominal = nominal_rates(min(ticks_per_week, _MOST_LOOKS))
        self._next: int | None = None
        self._day: int | None = None
        self._ring = np.zeros((reach, 0), dtype=np.uint8)
        self._today = np.zeros(LEVELS.size + 2, dtype=np.int64)
        self._seen = 0
        self._episodes = np.zeros(LEVELS.size)
        self._weeks = self._squares = 0.0
        self._prior = _PRIOR_WEEKS
        self._sharers = 0
        self._areas = AreaRates(ticks_per_week, reach)
        self._set()

    @property
    def rate(self) -> float:
        """Episodes asked per area-week; 0 while nobody knows how many areas share them."""
        if self._together is None:
            return self._asked
        sharers = max(self._together, self._sharers)
        return self._asked / sharers if sharers else 0.0

    @property
    def observed(self) -> int:
        """Ticks that areas have been observed in all, up to the last day that is closed."""
        return int(self._areas.observed.sum())

    @property
    def weeks(self) -> Floats:
        """Weeks that each area has been observed, up to the last day that is closed."""
        return self._areas.observed / self._per_week

    @property
    def area_weeks(self) -> float:
        """Area-weeks that the thresholds rest on, with forgetting."""
        return self._weeks

    @property
    def learning(self) -> bool:
        """Whether the thresholds rest on little more than the nominal rate."""
        return self._weeks < _LEARNED_WEEKS

    def ask(self, rate: float, together: int | None = None) -> None:
        """Another rate from now on; what was learned serves every rate."""
        self._asked, self._together = rate, together
        self._set()

    def observe(self, first: int, score: Floats, ready: NDArray[np.bool_]) -> Floats:
        """Thresholds for consecutive ticks `first`, ...; then learn them. Arrays [ticks, areas].

        More areas than last time mean new areas at the end. Ticks left out since the last call are
        observed ones without an episode where they are less than a day; else they are missing.
        """
        ticks, areas = score.shape
        if areas > len(self._areas):
            self._ring = np.pad(self._ring, ((0, 0), (0, areas - len(self._areas))))
            self._areas.grow(areas)
        thresholds = np.empty((ticks, areas))
        row = 0
        while row < ticks:
            day = (first + row) // self._per_day
            end = min(ticks, (day + 1) * self._per_day - first)
            self._enter(day, int(ready[row].sum()))
            thresholds[row:end] = self.in_force(areas)
            self._learn(first + row, score[row:end], ready[row:end])
            row = end
        return thresholds

    def in_force(self, areas: int) -> Floats:
        """The thresholds that hold, [areas]; those not heard of yet have the pooled one."""
        new = areas - len(self._areas)
        offset = np.pad(self._areas.offset, (0, new)) if new else self._areas.offset
        return np.asarray(self._threshold + offset)

    def confirm(self, column: int, tick: int, score: float) -> None:
        """An alert was true: its episode, which reached this score, is taken out of the counts.

        No threshold rises for what was confirmed. To be called once an alert, at a moment that
        the log fixes, for the thresholds follow at once; it is for a tick that was observed.
        """
        if self._day is None:
            return
        level = int(bins(np.array([score - self._areas.offset[column]]))[0])
        age = self._day - tick // self._per_day
        weight = self._keep ** (age - 1)
        if age:
            self._episodes[:level] = np.maximum(self._episodes[:level] - weight, 0.0)
        else:
            self._today[0] -= 1
            self._today[level] += 1
        if score >= self._reference:
            self._areas.confirm(column, weight if age else 0.0)
        self._set()

    def snapshot(self) -> dict[str, Any]:
        """The state as plain values and bytes, fit for MessagePack."""
        return {
            "next": self._next,
            "day": self._day,
            "ring": self._ring.tobytes(),
            "today_of_all": self._today.tobytes(),
            "seen_of_all": self._seen,
            "episodes_of_all": self._episodes.tobytes(),
            "weeks_of_all": self._weeks,
            "squares": self._squares,
            "prior": self._prior,
            "sharers": self._sharers,
            **self._areas.snapshot(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot of a calibration with the same ticks."""
        self._next, self._day = state["next"], state["day"]
        self._areas.restore(state)
        ring = np.frombuffer(state["ring"], dtype=np.uint8)
        self._ring = ring.reshape(self._ring.shape[0], len(self._areas)).copy()
        self._today = np.frombuffer(state["today_of_all"], dtype=np.int64).copy()
        self._seen = state["seen_of_all"]
        self._episodes = np.frombuffer(state["episodes_of_all"]).copy()
        self._weeks, self._squares = state["weeks_of_all"], state["squares"]
        self._prior, self._sharers = state["prior"], state["sharers"]
        self._set()

    def _enter(self, day: int, ready: int) -> None:
        if self._day == day:
            return
        if self._seen:
            self._close()
        self._day = day
        if self._together is not None:
            self._sharers = max(self._areas.newest, ready)
            self._set()

    def _learn(self, first: int, score: Floats, ready: NDArray[np.bool_]) -> None:
        missed = 0 if self._next is None else first - self._next
        reach = len(self._ring)
        if missed:
            nothing = np.zeros((min(missed, reach), ready.shape[1]), dtype=np.uint8)
            self._ring = np.vstack([self._ring, nothing])[-reach:]
        self._next = first + len(score)
        missed = missed if missed < self._per_day else 0
        self._areas.observe(first, score, ready, self._reference, missed)
        self._seen += int(ready.sum()) + missed * int(ready[0].sum())
        now = bins(score - self._areas.offset)
        now[~ready] = 0
        ticks = np.vstack([self._ring, now])
        before = _trailing_maximum(ticks, reach)
        up = now > before
        self._today += np.bincount(before[up], minlength=self._today.size)
        self._today -= np.bincount(now[up], minlength=self._today.size)
        self._ring = ticks[-reach:].copy()

    def _close(self) -> None:
        """Learn the day that is over, and renew thresholds."""
        counts = np.maximum(np.cumsum(self._today)[: LEVELS.size], 0).astype(np.float64)
        weeks = self._seen / self._per_week
        mean = weeks * self._rates
        counts = np.minimum(counts, mean + _STORM * np.sqrt(mean) + 1.0)
        self._episodes = self._episodes * self._keep + counts
        self._weeks = self._weeks * self._keep + weeks
        self._prior *= self._keep
        self._squares = self._squares * self._keep**2 + weeks
        self._today[:] = 0
        self._seen = 0
        self._set()
        self._areas.renew(self._keep, self._effective, self._curve, self._reference)

    def _set(self) -> None:
        """Curve and levels in force, from the state."""
        total = self._weeks + self._prior
        self._rates = (self._episodes + self._prior * self._nominal) / total
        # A weighted sum of Poisson counts tells as much as so many counts of weight one.
        self._effective = self._weeks / self._squares if self._squares else 1.0
        self._curve = Curve(self._rates, self._rates * total * self._effective)
        rate = self.rate
        self._threshold = self._curve.level(_AIM * rate, _CAUTION) if rate else float("inf")
        self._reference = self._curve.level(_REFERENCE)


def _trailing_maximum(ticks: NDArray[np.uint8], reach: int) -> NDArray[np.uint8]:
    """The largest value of the `reach` rows before each of the rows from `reach` on."""
    if len(ticks) == reach + 1:
        return np.asarray(ticks[:-1].max(axis=0)[None])
    most, length = ticks[:-1], 1
    while length < reach:
        step = min(length, reach - length)
        most = np.maximum(most[:-step], most[step:])
        length += step
    return most
