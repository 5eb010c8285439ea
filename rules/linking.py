"""Linking: which calls are repeats of an earlier call about the same place."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from streams.mixing import mix64

__all__ = ["Linking"]

Ints = NDArray[np.int64]
_NOWHERE: Final = -1
_COLUMNS: Final = ("keys", "last")
_POSITIVE: Final = (1 << 63) - 1
_BEFORE_ALL: Final = np.iinfo(np.int64).min // 2


class Linking:
    """The last call of every place within reach, in event-time order.

    A call is a repeat when the call before it at its place, and in its group, came within
    `within_ms`: a chain, so that an incident lasts as long as calls about it keep coming. Memory
    goes with the places of calls within reach, and of `late_ms` before, so that late calls find
    theirs. Source: capability C5; of two cities 8 to 9 % of calls are such repeats, and they
    cause most of the clumping of counts.
    """

    def __init__(self, within_ms: int, *, late_ms: int = 0) -> None:
        self._within = within_ms
        self._kept = within_ms + late_ms
        self._keys = np.zeros(0, dtype=np.int64)  # sorted
        self._last = np.zeros(0, dtype=np.int64)  # ms, of the same place and group

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
        repeats = np.zeros(first.size, dtype=np.bool_)
        known = np.flatnonzero(places != _NOWHERE)
        if not known.size:
            return repeats
        keys = _keys(places[known], None if groups is None else groups[known])
        known = known[order := np.argsort(keys, kind="stable")]
        keys, begin, end = keys[order], first[known], last[known]
        new = np.append(True, keys[1:] != keys[:-1])  # the first run of its key
        before = np.append(0, end[:-1])
        at, held = self._find(keys[new])
        before[new] = _BEFORE_ALL
        before[np.flatnonzero(new)[held]] = self._last[at[held]]
        repeats[known] = begin - before <= self._within
        ends = end[np.append(new[1:], True)]
        self._keep(at, held, keys[new], ends)
        return repeats

    def near(self, times: Ints, places: Ints, groups: Ints | None = None) -> NDArray[np.bool_]:
        """Which late calls belong to an incident that is known, or to a late one before them.

        times: ms, in order; they may lie before calls that were marked. Nothing is kept of them.
        """
        found = np.zeros(times.size, dtype=np.bool_)
        known = np.flatnonzero(places != _NOWHERE)
        if not known.size:
            return found
        keys = _keys(places[known], None if groups is None else groups[known])
        at, held = self._find(keys)
        found[known[held]] = np.abs(times[known[held]] - self._last[at[held]]) <= self._within
        found[known] |= Linking(self._within).mark(times[known], keys & _POSITIVE)
        return found

    def snapshot(self) -> dict[str, Any]:
        """Plain bytes, in order of the key."""
        return {name: getattr(self, f"_{name}").tobytes() for name in _COLUMNS}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        for name in _COLUMNS:
            setattr(self, f"_{name}", np.frombuffer(state[name], dtype=np.int64).copy())

    def _find(self, keys: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """Where sorted keys stand, or would stand, and which of them are held."""
        at = np.searchsorted(self._keys, keys)
        held = np.zeros(keys.size, dtype=np.bool_)
        inside = at < self._keys.size
        held[inside] = self._keys[at[inside]] == keys[inside]
        return at, held

    def _keep(self, at: Ints, held: NDArray[np.bool_], keys: Ints, ends: Ints) -> None:
        """Take in the last call of each key, and forget what nothing to come can be linked to."""
        self._last[at[held]] = np.maximum(self._last[at[held]], ends[held])
        last = np.insert(self._last, at[~held], ends[~held])
        all_keys = np.insert(self._keys, at[~held], keys[~held])
        kept = last >= last.max() - self._kept
        self._keys, self._last = all_keys[kept], last[kept]


def _keys(places: Ints, groups: Ints | None) -> Ints:
    """One key of a place and a group: mixed, so that two of them share one once in 2^64."""
    if groups is None:
        return places
    mixed = mix64(mix64(places.astype(np.uint64))) + groups.astype(np.uint64)
    return mixed.astype(np.int64)
