"""The table of units behind unit presence: one row a unit, and how waiting rows go into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from streams.clock import TICK_MS
from streams.unit_rows import GONE

__all__ = ["ROW", "UnitTable", "latest", "take_in"]

_STATE: Final = [
    ("shift_end", "<i8"),
    ("area", "<i4"),
    ("status", "u1"),
    ("kind", "u1"),
    ("officers", "u1"),
    ("auxiliaries", "u1"),
    ("assigned", "?"),
]
ROW: Final = np.dtype([("unit", "<i4"), ("time", "<i8"), ("offset", "<i8"), *_STATE])
"""One change of one unit (its row in the table); time in ms, area GONE where it left."""
_TABLE: Final = np.dtype([*_STATE, ("seen", "<i4"), ("here", "?")])
_FIRST: Final = 256


def latest(rows: NDArray[Any]) -> NDArray[Any]:
    """The last row of each unit, by event time and then by offset."""
    ordered = rows[np.lexsort((rows["offset"], rows["time"], rows["unit"]))]
    unit = ordered["unit"]
    last = np.concatenate((unit[1:] != unit[:-1], np.ones(min(1, len(unit)), dtype=np.bool_)))
    return np.asarray(ordered[last])


def take_in(table: NDArray[Any], rows: NDArray[Any]) -> None:
    """Put rows of different units into the table, where it holds nothing newer.

    Time is kept to the minute. A fix that intake wrote once too often, as it does after a restart,
    so leaves the same state.
    """
    unit, minute = rows["unit"], rows["time"] // TICK_MS
    newer = ~table["here"][unit] | (minute >= table["seen"][unit])
    unit, rows = unit[newer], rows[newer]
    for name, _ in _STATE:
        table[name][unit] = rows[name]
    table["seen"][unit] = minute[newer]
    table["here"][unit] = rows["area"] != GONE


class UnitTable:
    """Rows by call sign; the rows of units that are gone are used again.

    A unit is known while it is here or has rows that wait. table: what rows that wait no longer
    made of it; newest: what all its rows make of it. hour: of event time, up to which lost units
    were forgotten.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.table: NDArray[Any] = np.zeros(_FIRST, dtype=_TABLE)
        self.newest: NDArray[Any] = np.zeros(_FIRST, dtype=_TABLE)
        self.hour = 0
        self._rows: dict[str, int] = {}
        self._free: list[int] = []
        self._waiting: NDArray[np.int32] = np.zeros(_FIRST, dtype=np.int32)
        self._ranks: tuple[list[str], NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, unit: str) -> int | None:
        """The row of a unit that is known."""
        return self._rows.get(unit)

    def rows(self, ids: Sequence[str], enters: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Row of each unit; one that is not known gets one if it enters, else -1."""
        known = self._rows
        found = [known.get(unit, -1) for unit in ids]
        for at in np.flatnonzero(np.array(found, dtype=np.int64) < 0).tolist():
            # It may have entered by an earlier row, and may so be one that leaves.
            row = known.get(ids[at], -1)
            found[at] = self._new(ids[at]) if row < 0 and enters[at] else row
        return np.array(found, dtype=np.int64)

    def wait(self, rows: NDArray[Any]) -> None:
        """Take in rows that wait: their units stay known, and are shown as these say."""
        np.add.at(self._waiting, rows["unit"], 1)
        take_in(self.newest, latest(rows))

    def done(self, rows: NDArray[Any]) -> None:
        """Rows wait no longer; units that are neither here nor waiting are no longer known."""
        units = rows["unit"]
        np.subtract.at(self._waiting, units, 1)
        unit = np.unique(units)
        self._drop(unit[~self.table["here"][unit] & (self._waiting[unit] == 0)])

    def forget(self, before: int) -> None:
        """Units that were not seen since this tick are here no more."""
        size = len(self.names)
        old = np.flatnonzero(self.table["here"][:size] & (self.table["seen"][:size] < before))
        self.table["here"][old] = False
        self._drop(old[self._waiting[old] == 0])

    def ranked(self) -> tuple[list[str], NDArray[np.int64]]:
        """Ids of known units, sorted, and the rank of every row among them."""
        if self._ranks is None:
            names = sorted(self._rows)
            rank = np.zeros(max(1, len(self.names)), dtype=np.int64)
            rank[[self._rows[name] for name in names]] = np.arange(len(names))
            self._ranks = (names, rank)
        return self._ranks

    def columns(self) -> NDArray[Any]:
        """The rows of known units in the order of their ids. Of who is only awaited, nothing."""
        names, rank = self.ranked()
        rows = np.zeros(len(names), dtype=_TABLE)
        known = np.array(list(self._rows.values()), dtype=np.int64)
        rows[rank[known]] = self.table[known]
        rows[~rows["here"]] = np.zeros(1, dtype=_TABLE)[0]
        return rows

    def restore(self, names: Sequence[str], columns: bytes) -> None:
        """Take over known units and their rows."""
        rows = np.frombuffer(columns, dtype=_TABLE)
        self.names = list(names)
        self._rows = {name: row for row, name in enumerate(names)}
        self._free, self._ranks = [], None
        self.table = np.zeros(max(_FIRST, 2 * len(rows)), dtype=_TABLE)
        self.table[: len(rows)] = rows
        self.newest = self.table.copy()
        self._waiting = np.zeros(len(self.table), dtype=np.int32)

    def _new(self, unit: str) -> int:
        self._ranks = None
        if self._free:
            row = self._free.pop()
            self.names[row] = unit
        else:
            row = len(self.names)
            self.names.append(unit)
            if row == len(self.table):
                self.table, self.newest, self._waiting = (
                    np.concatenate([column, np.zeros_like(column)])
                    for column in (self.table, self.newest, self._waiting)
                )
        self._rows[unit] = row
        return row

    def _drop(self, rows: NDArray[np.int64]) -> None:
        self._ranks = None if rows.size else self._ranks
        self.newest["here"][rows] = False
        for row in rows.tolist():
            del self._rows[self.names[row]]
            self.names[row] = ""
            self._free.append(row)
