"""Power and delay: which invented surges a score rises above a threshold for, and how soon."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.evaluation.surges import AFTER_HOURS, Surges

__all__ = ["Detected", "SurgeScores"]

Floats = NDArray[np.float64]


class Detected(NamedTuple):
    """How many of `of` surges were seen, and the mean delay of those from their start, minutes."""

    hits: int
    of: int
    delay: float | None


class SurgeScores:
    """The scores of every surge's area from its start until half an hour after its end.

    Filled block by block, so that a run needs to keep no other score.
    """

    def __init__(self, surges: Surges, per_hour: int) -> None:
        self._per_hour = per_hour
        self._surges = surges
        self._length = surges.length + math.ceil(AFTER_HOURS * per_hour)
        width = int(self._length.max(initial=0))
        self._scores = np.full((len(surges.start), width), -np.inf)

    def add(self, row: int, score: Floats) -> None:
        """Scores [ticks, areas] of consecutive rows, the first of which is `row`."""
        surges = self._surges
        end = row + len(score)
        some = np.flatnonzero((surges.start < end) & (surges.start + self._length > row))
        if not len(some):
            return
        at = surges.start[some, None] + np.arange(self._scores.shape[1])
        inside = (at >= row) & (at < end) & (at < (surges.start + self._length)[some, None])
        which, offset = np.nonzero(inside)
        values = score[at[which, offset] - row, surges.area[some[which]]]
        self._scores[some[which], offset] = values

    def detected(self, level: float, where: NDArray[np.bool_]) -> Detected:
        """Surges of the selection whose score exceeds a level at least once."""
        above = self._scores[where] > level
        seen = above.any(axis=1)
        hits = int(seen.sum())
        first = np.argmax(above[seen], axis=1) + 1
        delay = float(first.mean()) * 60.0 / self._per_hour if hits else None
        return Detected(hits, len(above), delay)

    def of_kind(self, kind: int) -> NDArray[np.bool_]:
        """The surges of one kind, [surges]."""
        return np.asarray(self._surges.kind == kind)

    def in_areas(self, areas: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The surges that lie in areas of a selection [areas], [surges]."""
        return np.asarray(areas[self._surges.area])
