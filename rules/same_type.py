"""Calls of one type in one area, almost at once: one event that several desks entered."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["UNKNOWN_TYPE", "SameType"]

Ints = NDArray[np.int64]
UNKNOWN_TYPE: Final = -1
"""The type of a call of which nobody knows what it is about: never the same as another."""
_COLUMNS: Final = ("areas", "types", "begun")


class SameType:
    """The last incident of every area and type within reach, in event-time order.

    An incident is a repeat when one of its type began in its area at most `within_ms` before and
    was none itself. Not a chain: however many calls come, one incident counts in each `within_ms`,
    so that a riot all over an area is still seen. It finds what linking by place cannot: a crash
    that ambulance, fire and traffic desk each put at another crossing. Source: capability C5;
    measured in docs/explanation/decisions/link-by-type.md. Incidents of `late_ms` before are kept,
    so that late ones find theirs.
    """

    def __init__(self, within_ms: int, *, late_ms: int = 0) -> None:
        self._within = within_ms
        self._kept = within_ms + late_ms
        self._areas, self._types, self._begun = (np.zeros(0, dtype=np.int64) for _ in _COLUMNS)

    def mark(self, times: Ints, areas: Ints, types: Ints) -> NDArray[np.bool_]:
        """Which incidents are repeats; all arrays have length n.

        times: ms, in order, also from one call of this method to the next. areas: any numbers.
        types: >= 0, or UNKNOWN_TYPE.
        """
        repeats = np.zeros(times.size, dtype=np.bool_)
        known = np.flatnonzero(types != UNKNOWN_TYPE)
        if not known.size:
            return repeats
        held = self._begun.size
        area = np.concatenate([self._areas, areas[known]])
        kind = np.concatenate([self._types, types[known]])
        time = np.concatenate([self._begun, times[known]])
        order = np.lexsort((kind, area))  # stable: in order of time within an area and a type
        area, kind, time = area[order], kind[order], time[order]
        begins = self._begins(area, kind, time)
        new = order >= held
        repeats[known[order[new] - held]] = ~begins[new]
        kept = begins & (time >= times[-1] - self._kept)
        self._areas, self._types, self._begun = area[kept], kind[kept], time[kept]
        return repeats

    def mark_late(self, times: Ints, areas: Ints, types: Ints) -> NDArray[np.bool_]:
        """The same for incidents that came late; those to come are linked to them too.

        times: ms, in order; they may lie before what was marked. One that began less than
        `within_ms` before an incident that is known is a repeat as well: the other one counts.
        """
        near = np.zeros(times.size, dtype=np.bool_)
        for row, (time, area, kind) in enumerate(zip(times, areas, types, strict=True)):
            same = self._begun[(self._areas == area) & (self._types == kind)]
            near[row] = kind != UNKNOWN_TYPE and (np.abs(same - time) <= self._within).any()
        rows = np.flatnonzero(~near & (types != UNKNOWN_TYPE))
        near[rows] = SameType(self._within).mark(times[rows], areas[rows], types[rows])
        new = rows[~near[rows]]
        held = [(self._areas, areas), (self._types, types), (self._begun, times)]
        area, kind, begun = (np.concatenate([old, late[new]]) for old, late in held)
        order = np.lexsort((begun, kind, area))
        self._areas, self._types, self._begun = area[order], kind[order], begun[order]
        return near

    def snapshot(self) -> dict[str, Any]:
        """Plain bytes, in order of area, type and time."""
        return {name: getattr(self, f"_{name}").tobytes() for name in _COLUMNS}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        for name in _COLUMNS:
            setattr(self, f"_{name}", np.frombuffer(state[name], dtype=np.int64).copy())

    def _begins(self, area: Ints, kind: Ints, time: Ints) -> NDArray[np.bool_]:
        """Which rows begin an incident, in every area and type from its first row on."""
        begins = np.ones(time.size, dtype=np.bool_)
        begins[1:] = (area[1:] != area[:-1]) | (kind[1:] != kind[:-1])
        run = np.cumsum(begins) - 1
        # The incident of a run that began last moves on once a round, in all runs together.
        last = time[begins]
        left = np.flatnonzero(~begins)
        while left.size:
            left = left[time[left] - last[run[left]] > self._within]
            heads = left[np.append(True, run[left][1:] != run[left][:-1])] if left.size else left
            begins[heads] = True
            last[run[heads]] = time[heads]
            left = left[~begins[left]]
        return begins
