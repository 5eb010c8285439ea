"""Each area's own rate of episodes, and the offset that evens areas out; bounded, a few bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.calibration_curve import Curve
from detectors.seasonal_pool import exact_sum

__all__ = ["AreaRates"]

Floats = NDArray[np.float64]

_MOST = 0.5
"""The largest offset, in units of the score."""
_LEAST_SPREAD, _MOST_SPREAD = 1e-3, 0.25
"""Bounds of the variance of the areas' true rates around their mean."""
_OUTLIER = 9.0
"""A residual counts up to three standard deviations: one odd area does not unsettle the rest."""
_COLUMNS = {"last": "i8", "today": "i4", "seen": "i4", "episodes": "f8", "weeks": "f8"}
_LONG_AGO = -(1 << 40)


class AreaRates:
    """Episodes of every area at one reference level, with forgetting, and what follows from them.

    offset: what is added to the pooled threshold, [areas]. observed: ticks that each area has been
    observed on closed days. newest: how many areas were on the last of them. The rate of an area
    is a gamma posterior around the mean of all; the spread of its prior is that of the areas
    beyond chance, by moments: where they differ by chance alone, the offsets are nearly zero.
    """

    def __init__(self, ticks_per_week: int, reach: int) -> None:
        self._per_week = ticks_per_week
        self._reach = reach
        self._of = {name: np.zeros(0, dtype=kind) for name, kind in _COLUMNS.items()}
        self.offset: Floats = np.zeros(0)
        self.observed: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.newest = 0

    def __len__(self) -> int:
        return int(self.offset.size)

    def grow(self, areas: int) -> None:
        """Make room for new areas, at the end."""
        new = (0, areas - len(self))
        for name, column in self._of.items():
            self._of[name] = np.pad(column, new, constant_values=_start(name))
        self.offset = np.pad(self.offset, new)
        self.observed = np.pad(self.observed, new)

    def observe(
        self, first: int, score: Floats, ready: NDArray[np.bool_], level: float, missed: int
    ) -> None:
        """Count episodes at the reference level; arrays [ticks, areas].

        missed: ticks left out before `first` that were observed all the same.
        """
        columns, rows = np.nonzero((ready & (score >= level)).T)
        if columns.size:
            ticks = rows + first
            same = columns[1:] == columns[:-1]
            before = self._of["last"][columns]
            before[1:] = np.where(same, ticks[:-1], before[1:])
            starts = columns[ticks - before > self._reach]
            self._of["today"] += np.bincount(starts, minlength=len(self)).astype(np.int32)
            self._of["last"][columns] = ticks
        self._of["seen"] += (ready.sum(axis=0) + missed * ready[0]).astype(np.int32)

    def confirm(self, column: int, weight: float) -> None:
        """Take one episode that was no false alert out of an area's count.

        weight: what is left of it after forgetting; 0 while its day is not closed.
        """
        name, taken = ("episodes", weight) if weight else ("today", 1)
        self._of[name][column] = max(self._of[name][column] - taken, 0)

    def renew(self, keep: float, effective: float, curve: Curve, level: float) -> None:
        """Close a day: forget a little, learn the day, and set the offsets anew.

        effective: by how much more a count with forgetting tells than one so large without.
        """
        self._of["episodes"] = self._of["episodes"] * keep + self._of["today"]
        self._of["weeks"] = self._of["weeks"] * keep + self._of["seen"] / self._per_week
        self.observed = self.observed + self._of["seen"]
        self.newest = int(np.count_nonzero(self._of["seen"]))
        self._of["today"][:] = 0
        self._of["seen"][:] = 0
        known = np.flatnonzero(self._of["weeks"] > 0)
        episodes = self._of["episodes"][known] * effective
        weeks = self._of["weeks"][known] * effective
        if not episodes.any():
            return
        expected = weeks * (exact_sum(episodes) / exact_sum(weeks))
        square = (episodes - expected) ** 2
        excess = exact_sum(np.minimum(square, _OUTLIER * expected) - expected)
        spread = excess / exact_sum(expected * expected)
        prior = 1.0 / min(max(spread, _LEAST_SPREAD), _MOST_SPREAD)
        ratio = (episodes + prior) / (expected + prior)
        offset = np.log(ratio) / curve.slope(level)
        self.offset[known] = np.clip(offset, -_MOST, _MOST)

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes."""
        columns = {name: column.tobytes() for name, column in self._of.items()}
        own = {"offset": self.offset.tobytes(), "observed": self.observed.tobytes()}
        return {**columns, **own, "newest": self.newest}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        for name, kind in _COLUMNS.items():
            self._of[name] = np.frombuffer(state[name], dtype=kind).copy()
        self.offset = np.frombuffer(state["offset"]).copy()
        self.observed = np.frombuffer(state["observed"], dtype=np.int64).copy()
        self.newest = state["newest"]


def _start(name: str) -> int:
    return _LONG_AGO if name == "last" else 0
