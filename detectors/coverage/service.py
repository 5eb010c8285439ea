"""How long a call binds its units: learned per kind from closed calls, with clipped tails."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["DEFAULT_SERVICE_MIN", "ServiceTimes", "bins_of"]

Floats = NDArray[np.float64]

DEFAULT_SERVICE_MIN: Final[dict[str, float]] = {"I": 120.0, "II": 90.0, "III": 45.0, "IV": 25.0}
"""Minutes on task by level, travel and paperwork included, until calls have been seen to close."""
_SHORTEST, _LONGEST, _BINS = 1.0, 1440.0, 96
"""Minutes; 96 bins on a logarithmic scale are 8 % wide, and errors of a mean over them cancel."""
_LOW, _HIGH = 0.05, 0.95
_PRIOR_CALLS = 20.0
_EDGES = np.geomspace(_SHORTEST, _LONGEST, _BINS + 1)
_MIDDLES = np.sqrt(_EDGES[:-1] * _EDGES[1:])


def bins_of(minutes: Floats) -> NDArray[np.int64]:
    """The bin of each time on task; -1 for what is no time: nan, zero, negative (a wrong clock)."""
    good = minutes > 0
    bins = np.searchsorted(_EDGES, np.where(good, minutes, 1.0), side="right") - 1
    return np.where(good, np.clip(bins, 0, _BINS - 1), -1).astype(np.int64)


class ServiceTimes:
    """Mean minutes from dispatch to close, per kind of call; 768 bytes a kind, however many calls.

    What is below the 5 % or above the 95 % quantile counts as that quantile: a call that someone
    forgot to close must not ask for units. The default weighs as much as 20 calls. Calls are
    counted in whole numbers within a day and forgotten over `memory_days` at its end, so their
    order and the cut of chunks do not matter.
    """

    def __init__(self, defaults_min: Floats, *, memory_days: float = 28.0) -> None:
        self._defaults = np.asarray(defaults_min, dtype=np.float64)
        self._keep = float(np.exp(-1.0 / memory_days))
        self._seen = np.zeros((self._defaults.size, _BINS))
        self._today = np.zeros((self._defaults.size, _BINS), dtype=np.int64)

    def observe(
        self, kind: NDArray[np.int64], bins: NDArray[np.int64], calls: NDArray[np.int64]
    ) -> None:
        """Take in closed calls: columns of kinds (rows of the defaults), bins and numbers.

        bins: `bins_of` the minutes on task; what is no time teaches nothing.
        """
        good = bins >= 0
        np.add.at(self._today, (kind[good], bins[good]), calls[good])

    def end_day(self) -> None:
        """A day of event time is over: what was seen weighs less."""
        self._seen = (self._seen + self._today) * self._keep
        self._today[:] = 0

    def minutes(self) -> Floats:
        """Mean minutes on task per kind [kinds]: clipped, and drawn to the default while new."""
        counts = self._seen + self._today
        total = counts.sum(axis=1)
        upto = np.cumsum(counts, axis=1)
        low = _MIDDLES[(upto < _LOW * total[:, None]).sum(axis=1).clip(0, _BINS - 1)]
        high = _MIDDLES[(upto < _HIGH * total[:, None]).sum(axis=1).clip(0, _BINS - 1)]
        clipped = np.clip(_MIDDLES, low[:, None], high[:, None])
        summed = (counts * clipped).sum(axis=1) + _PRIOR_CALLS * self._defaults
        return np.asarray(summed / (total + _PRIOR_CALLS))

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes."""
        return {"seen": self._seen.tobytes(), "today": self._today.tobytes()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot of a `ServiceTimes` with as many kinds."""
        shape = self._seen.shape
        self._seen = np.frombuffer(state["seen"], dtype=np.float64).reshape(shape).copy()
        self._today = np.frombuffer(state["today"], dtype=np.int64).reshape(shape).copy()
