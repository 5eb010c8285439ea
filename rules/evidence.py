"""Which incidents stand behind a window: the first few ids of every area and minute."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["IDS_PER_ALERT", "IncidentIndex"]

PER_CELL = 8
"""Ids kept per area and minute. With a window's minutes this bounds memory by areas (law 6)."""
IDS_PER_ALERT = 20
_NEVER = -(1 << 40)

Entry = tuple[int, str, str]
"""Event time (ms), incident id, category code: the order in which ids are listed."""


class IncidentIndex:
    """The first `PER_CELL` incidents by (time, id) of each area and minute, in whatever order."""

    def __init__(self) -> None:
        self._ticks: dict[int, dict[int, list[Entry]]] = {}
        self._dropped = 0  # every tick before this one is gone

    def add(
        self,
        ticks: NDArray[np.int64],
        columns: NDArray[np.int64],
        times: NDArray[np.int64],
        ids: Sequence[str],
        categories: Sequence[str],
    ) -> None:
        """File rows; all sequences have length n, `columns` are area columns."""
        by_tick = self._ticks
        entries = zip(times.tolist(), ids, categories, strict=True)
        for tick, column, entry in zip(ticks.tolist(), columns.tolist(), entries, strict=True):
            cells = by_tick.get(tick)
            if cells is None:
                cells = by_tick[tick] = {}
            cell = cells.get(column)
            if cell is None:
                cells[column] = [entry]
            elif len(cell) < PER_CELL:
                insort(cell, entry)
            elif entry < cell[-1]:
                insort(cell, entry)
                cell.pop()

    def within(
        self, column: int, first_tick: int, last_tick: int, counted: Callable[[str], bool]
    ) -> list[Entry]:
        """Entries of an area in `first_tick`..`last_tick` whose category is counted, in order."""
        found: list[Entry] = []
        for tick in range(first_tick, last_tick + 1):
            cell = self._ticks.get(tick)
            if cell is not None and column in cell:
                found += [entry for entry in cell[column] if counted(entry[2])]
        return found

    def silence(self, first: int, end: int, heard: int | None) -> NDArray[np.int64]:
        """Ticks since the last one with an incident, of each tick first..end-1.

        heard: the last one before those that are filed here; None where there was none yet, which
        is for ever ago.
        """
        ticks = np.arange(first, end)
        known = _NEVER if heard is None else heard
        before = max((tick for tick in self._ticks if tick < first), default=known)
        last = np.full(end - first, max(before, known), dtype=np.int64)
        if len(self._ticks) < end - first:
            eventful = np.array([t for t in self._ticks if first <= t < end], dtype=np.int64)
        else:
            eventful = np.array([t for t in range(first, end) if t in self._ticks], dtype=np.int64)
        last[eventful - first] = eventful
        return np.asarray(ticks - np.maximum.accumulate(last))

    def heard_last(self, end: int, heard: int | None) -> int | None:
        """The last tick before `end` with an incident, whether any rule counts it or not."""
        filed = max((tick for tick in self._ticks if tick < end), default=None)
        return filed if heard is None or (filed is not None and filed > heard) else heard

    def drop_before(self, tick: int) -> None:
        """Forget minutes that no window reaches any more."""
        if tick - self._dropped > len(self._ticks):
            gone: Iterable[int] = [old for old in self._ticks if old < tick]
        else:
            gone = range(self._dropped, tick)
        for old in gone:
            self._ticks.pop(old, None)
        self._dropped = max(self._dropped, tick)

    def snapshot(self) -> list[Any]:
        """Plain values, in order of tick and column."""
        return [[t, sorted(cells.items())] for t, cells in sorted(self._ticks.items())]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        self._ticks = {
            tick: {column: [(e[0], e[1], e[2]) for e in entries] for column, entries in cells}
            for tick, cells in state
        }
