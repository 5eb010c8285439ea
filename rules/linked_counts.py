"""Counts of open ticks by place: calls, and how many incidents they are once a tick is complete."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rules.linking import Linking
from rules.pending import COLUMN_BITS, COLUMN_MASK
from rules.same_type import UNKNOWN_TYPE, SameType

__all__ = ["LinkedCounts"]

Ints = NDArray[np.int64]
_GROUP_BITS: Final = 7
"""Two-digit category groups are below 128."""
_COMPACT_AT: Final = 65_536
_NOWHERE: Final = -1
_LATE_MS: Final = 3_600_000
"""How late a call may be that is linked to what is known: the usual window."""
_COLUMNS: Final = ("cell", "place", "group", "type", "first", "last", "calls", "unlinked")


class LinkedCounts:
    """Calls of the same tick, area, place and group are one row, so that a crowd of calls is too.

    cell: tick << 24 | area column. type: that of the first call. first: time (ms) of the first
    call x 2, plus 1 where the seat itself linked it. last: time of the last one. unlinked: calls
    that the seat did not link, which is all there is to know where no place is known. Two calls of
    one tick are never too far apart to be linked: `within_ms` is at least a tick, and so is
    `type_within_ms`, where it is not 0 and incidents of one type in one area are linked too
    (`SameType`). Then calls without a place are one row by their type.
    """

    def __init__(self, within_ms: int, type_within_ms: int = 0) -> None:
        self._linking = Linking(within_ms, late_ms=_LATE_MS)
        self._by_type = SameType(type_within_ms, late_ms=_LATE_MS) if type_within_ms else None
        self._rows: list[Ints] = [np.zeros(0, dtype=np.int64) for _ in _COLUMNS]
        self._loose: list[list[Ints]] = []
        self._loose_size = 0

    def add(
        self,
        ticks: Ints,
        columns: Ints,
        times: Ints,
        places: Ints,
        groups: Ints,
        linked: NDArray[np.bool_],
        types: Ints,
    ) -> None:
        """One call per row, in whatever order; `linked` where the seat said that it is a repeat.

        types: numbers of what calls are about (>= 0), or UNKNOWN_TYPE.
        """
        if not ticks.size:
            return
        cell = (ticks << COLUMN_BITS) | columns
        one = np.ones_like(ticks)
        if self._by_type is not None:
            groups = np.where(places == _NOWHERE, types - UNKNOWN_TYPE, groups)
        first = (times << 1) | linked
        self._loose.append([cell, places, groups, types, first, times, one, one * ~linked])
        self._loose_size += ticks.size
        if self._loose_size > _COMPACT_AT:
            self._compact()

    def mark_late(
        self,
        columns: Ints,
        times: Ints,
        places: Ints,
        groups: Ints,
        linked: NDArray[np.bool_],
        types: Ints,
    ) -> NDArray[np.bool_]:
        """Which late calls, in order of time, are repeats of what is known before the next take.

        Arguments as for `add`. Calls to come are linked to them as to any other.
        """
        keys = (columns << _GROUP_BITS) | groups
        found = self._linking.near(times, places, keys) | linked
        self._linking.mark(times, places, keys)
        if self._by_type is not None:
            rows = np.flatnonzero(~found)
            found[rows] = self._by_type.mark_late(times[rows], columns[rows], types[rows])
        return found

    def earliest(self) -> int | None:
        """The first tick that has a call."""
        self._compact()
        cells = self._rows[0]
        return int(cells[0] >> COLUMN_BITS) if cells.size else None

    def take(self, first: int, end: int, areas: int) -> tuple[Ints, Ints]:
        """(incidents, calls), both [end - first, areas], of the ticks first..end-1.

        They are forgotten here, but for the last call of each place. Areas are linked each by
        itself, so that it does not matter which of them lie in one partition.
        """
        self._compact()
        upto = int(np.searchsorted(self._rows[0], end << COLUMN_BITS))
        taken = [rows[:upto] for rows in self._rows]
        self._rows = [rows[upto:] for rows in self._rows]
        cell, place, group, kind, begin, last, calls, unlinked = taken
        column = cell & COLUMN_MASK
        goes_on = self._linking.mark_runs(begin >> 1, last, place, (column << _GROUP_BITS) | group)
        begun = np.where(place == _NOWHERE, unlinked, ~goes_on & (begin & 1 == 0))
        if self._by_type is not None:
            rows = np.flatnonzero((begun > 0) & (kind != UNKNOWN_TYPE))
            rows = rows[np.argsort(begin[rows], kind="stable")]
            begun = begun.astype(np.int64)
            begun[rows] = ~self._by_type.mark(begin[rows] >> 1, column[rows], kind[rows])
        at = (cell >> COLUMN_BITS) - first, column
        counts = np.zeros((2, end - first, areas), dtype=np.int64)
        for total, weight in zip(counts, (begun, calls), strict=True):
            np.add.at(total, at, weight)
        return counts[0], counts[1]

    def snapshot(self) -> dict[str, Any]:
        """Plain bytes, in order of cell, place and group."""
        self._compact()
        rows = {name: row.tobytes() for name, row in zip(_COLUMNS, self._rows, strict=True)}
        by_type = {} if self._by_type is None else {"by_type": self._by_type.snapshot()}
        return {**rows, "linking": self._linking.snapshot(), **by_type}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        calls = np.frombuffer(state["calls"], dtype=np.int64)
        unknown = np.full_like(calls, UNKNOWN_TYPE).tobytes()  # of a state that has no types
        self._rows = [np.frombuffer(state.get(name, unknown), dtype=np.int64) for name in _COLUMNS]
        self._linking.restore(state["linking"])
        if self._by_type is not None:
            self._by_type.restore(state["by_type"])
        self._loose, self._loose_size = [], 0

    def _compact(self) -> None:
        if not self._loose:
            return
        parts = [self._rows, *self._loose]
        cell, place, group, kind, first, last, calls, unlinked = (
            np.concatenate([part[number] for part in parts]) for number in range(len(_COLUMNS))
        )
        self._loose, self._loose_size = [], 0
        order = np.lexsort((kind, first, group, place, cell))
        keys = [key[order] for key in (cell, place, group)]
        new = np.ones(order.size, dtype=np.bool_)
        new[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
        starts = np.flatnonzero(new)
        self._rows = [
            *(key[starts] for key in keys),
            kind[order][starts],
            np.minimum.reduceat(first[order], starts),
            np.maximum.reduceat(last[order], starts),
            np.add.reduceat(calls[order], starts),
            np.add.reduceat(unlinked[order], starts),
        ]
