"""Episodes of alarm at every threshold at once: how often a score rises above a level anew."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rises", "RisesCollector"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FEW = 3
"""So many may share the highest score by chance, where scores are whole numbers."""


class Rises(NamedTuple):
    """Every tick at which a score exceeds its highest value of the quiet time before it.

    An episode above level h begins where `low` <= h < `high`: the score exceeds h there, and did
    not in the time before. So this list holds the episodes of all levels from `floor` on.
    row, area, low, high: [rises].
    """

    row: Ints
    area: Ints
    low: Floats
    high: Floats
    floor: float

    def count(self, level: float) -> int:
        """Episodes above a level (not below `floor`)."""
        return int(np.count_nonzero((self.low <= level) & (level < self.high)))

    def starts(self, level: float) -> tuple[Ints, Ints]:
        """Rows and areas in which the episodes above a level begin."""
        here = (self.low <= level) & (level < self.high)
        return self.row[here], self.area[here]

    def within(self, areas: NDArray[np.bool_]) -> Rises:
        """Those in areas of a selection [areas]."""
        here = areas[self.area]
        return Rises(self.row[here], self.area[here], self.low[here], self.high[here], self.floor)

    def level_for(self, most: float) -> float | None:
        """The lowest level from which on no level has more than `most` episodes.

        None where the score saturates: more than so many episodes, and more than a few, share its
        highest value.
        """
        values = np.unique(np.concatenate(([self.floor], self.low, self.high)))
        values = values[values >= self.floor]
        # Episodes above a level in [values[i], values[i + 1]): risen over it, less risen above it.
        high, low = np.sort(self.high), np.sort(self.low)
        counts = np.searchsorted(low, values, "right") - np.searchsorted(high, values, "right")
        over = np.flatnonzero(counts > most)
        index = int(over[-1]) + 1 if len(over) else 0
        if index == len(values) - 1 and index and counts[index - 1] > max(most, _FEW):
            return None
        return float(values[min(index, len(values) - 1)])


class RisesCollector:
    """Collects rises from blocks of scores. quiet: ticks without exceedance before an episode.

    floor: no level below it is of interest; values under it are taken for it, which keeps the list
    short and changes no episode above it.
    """

    def __init__(self, quiet: int, floor: float = -np.inf) -> None:
        self._quiet = quiet
        self._floor = floor
        self._next: int | None = None
        self._before = np.zeros((0, 0))
        self._parts: list[tuple[Ints, Ints, Floats, Floats]] = []

    def add(self, row: int, score: Floats, *, keep: bool = True) -> None:
        """Scores [ticks, areas] of consecutive rows; a jump in rows counts as quiet time.

        keep: whether rises of this block are wanted; if not, they are only what went before.
        """
        areas = score.shape[1]
        if row != self._next:
            self._before = np.full((self._quiet, areas), -np.inf)
        whole = np.vstack([self._before, score])
        if keep:
            low = np.maximum(_highest(whole, self._quiet)[: len(score)], self._floor)
            rows, columns = np.nonzero(score > low)
            self._parts.append((rows + row, columns, low[rows, columns], score[rows, columns]))
        self._before = whole[len(whole) - self._quiet :]
        self._next = row + len(score)

    def rises(self) -> Rises:
        """All rises so far."""
        if not self._parts:
            nothing = np.zeros(0, dtype=np.int64)
            return Rises(nothing, nothing, np.zeros(0), np.zeros(0), self._floor)
        row, area, low, high = (np.concatenate([part[i] for part in self._parts]) for i in range(4))
        return Rises(row, area, low, high, self._floor)


def _highest(values: Floats, length: int) -> Floats:
    """Maximum of every `length` consecutive rows, by doubling: [rows - length + 1, columns]."""
    done = 1
    best = values
    while done * 2 <= length:
        best = np.maximum(best[:-done], best[done:])
        done *= 2
    rest = length - done
    return np.maximum(best[: len(best) - rest], best[rest:]) if rest else best
