"""Linking: which calls are repeats of an earlier call about the same place."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Linking"]

Ints = NDArray[np.int64]
_NOWHERE: Final = -1
_COLUMNS: Final = ("places", "groups", "last")


class Linking:
    """The last call of every place within reach, in event-time order.

    A call is a repeat when the call before it at its place, and in its group, came within
    `within_ms`: a chain, so that an incident lasts as long as calls about it keep coming. Memory
    goes with the places of calls within reach. Source: capability C5; of two cities 8 to 9 % of
    calls are such repeats, and they cause most of the clumping of counts.
    """

    def __init__(self, within_ms: int) -> None:
        self._within = within_ms
        self._places = np.zeros(0, dtype=np.int64)
        self._groups = np.zeros(0, dtype=np.int64)
        self._last = np.zeros(0, dtype=np.int64)

    def mark(self, times: Ints, places: Ints, groups: Ints | None = None) -> NDArray[np.bool_]:
        """Which calls are repeats of an earlier one; all arrays have length n.

        times: ms, in order, also from one call of this method to the next. places: keys as of
        `streams.places`; -1 is never the same place. groups: what else must be equal.
        """
        return self.mark_runs(times, times, places, groups)

    def mark_runs(
        self, first: Ints, last: Ints, places: Ints, groups: Ints | None = None
    ) -> NDArray[np.bool_]:
        """The same for runs of linked calls, from `first` to `last` (ms): whether one goes on.

        The runs of a place and group are in order and do not overlap.
        """
        groups = np.zeros_like(places) if groups is None else groups
        repeats = np.zeros(first.size, dtype=np.bool_)
        known = np.flatnonzero(places != _NOWHERE)
        if not known.size:
            return repeats
        held = self._last.size
        place = np.concatenate([self._places, places[known]])
        group = np.concatenate([self._groups, groups[known]])
        begin = np.concatenate([self._last, first[known]])
        end = np.concatenate([self._last, last[known]])
        order = np.lexsort((group, place))  # stable: what is held comes before what is new
        place, group, begin, end = place[order], group[order], begin[order], end[order]
        same = (place[1:] == place[:-1]) & (group[1:] == group[:-1])
        linked = np.zeros(place.size, dtype=np.bool_)
        linked[1:] = same & (begin[1:] - end[:-1] <= self._within)
        new = order >= held
        repeats[known[order[new] - held]] = linked[new]
        # The last of each key, as long as anything to come may still be linked to it.
        kept = np.append(~same, True) & (end >= end.max() - self._within)
        self._places, self._groups, self._last = place[kept], group[kept], end[kept]
        return repeats

    def snapshot(self) -> dict[str, Any]:
        """Plain bytes, in order of place and group."""
        return {name: getattr(self, f"_{name}").tobytes() for name in _COLUMNS}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        for name in _COLUMNS:
            setattr(self, f"_{name}", np.frombuffer(state[name], dtype=np.int64))
