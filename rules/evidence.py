"""Which incidents stand behind a window: the first few ids of every area and minute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["IDS_PER_ALERT", "IncidentIndex"]

PER_CELL = 8
"""Ids kept per area and minute. With a window's minutes this bounds memory by areas (law 6)."""
IDS_PER_ALERT = 20

Entry = tuple[int, str, str]
"""Event time (ms), incident id, category code: the order in which ids are listed."""


class IncidentIndex:
    """The first `PER_CELL` incidents by (time, id) of each area and minute, in whatever order."""

    def __init__(self) -> None:
        self._ticks: dict[int, dict[int, list[Entry]]] = {}

    def add(
        self,
        ticks: NDArray[np.int64],
        columns: NDArray[np.int64],
        times: NDArray[np.int64],
        ids: Sequence[str],
        categories: Sequence[str],
    ) -> None:
        """File rows; all sequences have length n, `columns` are area columns."""
        if not len(ids):
            return
        order = np.lexsort((times, columns, ticks))
        sorted_ticks, sorted_columns = ticks[order], columns[order]
        first = np.ones(order.size, dtype=np.bool_)
        first[1:] = (np.diff(sorted_ticks) != 0) | (np.diff(sorted_columns) != 0)
        starts = np.flatnonzero(first)
        ends = np.append(starts[1:], order.size)
        row_of = order.tolist()
        time_of = times.tolist()
        for tick, column, start, end in zip(
            sorted_ticks[starts].tolist(),
            sorted_columns[starts].tolist(),
            starts.tolist(),
            ends.tolist(),
            strict=True,
        ):
            cells = self._ticks.setdefault(tick, {})
            rows = row_of[start:end]
            entries = cells.get(column, [])
            entries = sorted(entries + [(time_of[i], ids[i], categories[i]) for i in rows])
            cells[column] = entries[:PER_CELL]

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

    def drop_before(self, tick: int) -> None:
        """Forget minutes that no window reaches any more."""
        for old in [t for t in self._ticks if t < tick]:
            del self._ticks[old]

    def snapshot(self) -> list[Any]:
        """Plain values, in order of tick and column."""
        return [[t, sorted(cells.items())] for t, cells in sorted(self._ticks.items())]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        self._ticks = {
            tick: {column: [(e[0], e[1], e[2]) for e in entries] for column, entries in cells}
            for tick, cells in state
        }
