"""Expected coverage (MEXCLP): calls that find a free unit near, and what a move adds to it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.coverage.columns import sum_by
from detectors.coverage.strength import Strength
from detectors.coverage.travel import Pairs

__all__ = ["Coverage", "uncovered"]

Floats = NDArray[np.float64]
Indexes = NDArray[np.int64]

_LEAST_BUSY: Final = 0.05
_MOST_BUSY: Final = 0.95


def uncovered(calls: Floats, own: Strength, near: Pairs, busy: float) -> Floats:
    """Calls an hour that find no unit within the SLA [areas]: calls x q^k (Daskin 1983).

    k: free strength of the area and of those that reach it within its SLA. busy: q, the share of
    time that a unit is busy, one for all as in the paper; kept between 0.05 and 0.95.
    """
    reach = own.free + sum_by(near.taker, own.mobile[near.giver], calls.size)
    return np.asarray(calls * np.clip(busy, _LEAST_BUSY, _MOST_BUSY) ** reach)


class Coverage:
    """Gains of moves for one set of neighbours, calls and busy share."""

    def __init__(self, near: Pairs, calls: Floats, busy: float) -> None:
        self._near, self._calls = near, calls
        self._busy = float(np.clip(busy, _LEAST_BUSY, _MOST_BUSY))
        size = calls.size
        everyone = np.arange(size)
        giver = np.concatenate([near.giver, everyone])
        served = np.concatenate([near.taker, everyone])
        # An area serves itself and those it reaches: sorted keys giver x size + served.
        self._keys = np.unique(giver * size + served)
        self._served = self._keys % size
        self._begin = np.searchsorted(self._keys, np.arange(size + 1) * size)

    def gains(self, own: Strength, giver: Indexes, taker: Indexes, weight: Floats) -> Floats:
        """More calls an hour covered if a unit of `weight` moved, for columns of pairs.

        Areas that both ends serve gain and lose nothing.
        """
        open_ = uncovered(self._calls, own, self._near, self._busy)
        total = np.add.reduceat(np.append(open_[self._served], 0.0), self._begin[:-1])
        both = self._in_both(open_, giver, taker)
        gained = (1.0 - self._busy**weight) * (total[taker] - both)
        lost = (self._busy**-weight - 1.0) * (total[giver] - both)
        return np.asarray(gained - lost)

    def _in_both(self, open_: Floats, giver: Indexes, taker: Indexes) -> Floats:
        """Sum over the areas that both ends of each pair serve."""
        counts = (self._begin[1:] - self._begin[:-1])[taker]
        pair = np.repeat(np.arange(taker.size), counts)
        within = np.arange(pair.size) - np.repeat(np.cumsum(counts) - counts, counts)
        served = self._served[self._begin[taker][pair] + within]
        wanted = giver[pair] * self._calls.size + served
        at = np.minimum(np.searchsorted(self._keys, wanted), self._keys.size - 1)
        shared = np.where(self._keys[at] == wanted, open_[served], 0.0)
        return sum_by(pair, shared, taker.size)
