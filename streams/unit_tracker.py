"""Fixes to changes that matter: checks each unit's fixes, locates them, drops what says nothing.

A fix says something when the unit's area, status, kind, strength, assignment or shift end changed,
or when it is its first in a minute of event time, by which staleness is judged. What a fix leads to
depends on the fixes before it, never on the cut of the chunks (records and checks: capability C13).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.clock import TICK_MS
from streams.unit_areas import UnitAreas
from streams.unit_fixes import Fixes
from streams.unit_memory import NEVER, UnitMemory
from streams.unit_rows import DTYPES, GONE, OFF, UnitRows

__all__ = ["Changes", "UnitTracker"]

_USABLE_M: Final = 500.0
"""Worse accuracy than this does not say in which area a unit is."""
_MOST_MPS: Final = 60.0
_STRIKES: Final = 5
"""After so many jumps in a row the fix before them was the false one."""
_METRES_PER_DEGREE: Final = 111_320.0
_ATTRIBUTES: Final = ("status", "kind", "officers", "auxiliaries", "flags", "shift_end")


class Changes(Struct, frozen=True):
    """What a chunk's fixes lead to. jumped: rows of the chunk's fixes to refuse.

    older: fixes from before one that the unit sent already. off: fixes of units off duty.
    """

    fixes: Fixes
    areas: UnitAreas
    row: NDArray[np.int64]
    partition: NDArray[np.int64]
    area: NDArray[np.int32]
    jumped: NDArray[np.intp]
    older: int
    off: int

    def rows_of(self, partition: int) -> UnitRows | None:
        """The changes that belong to one partition of the log; None where there are none."""
        mine = np.flatnonzero(self.partition == partition)
        if not mine.size:
            return None
        row, area = self.row[mine], self.area[mine]
        named, codes = np.unique(area[area != GONE], return_inverse=True)
        local = np.full(len(area), GONE, dtype=np.int32)
        local[area != GONE] = codes
        columns = {
            name: getattr(self.fixes, name)[row].astype(kind).tobytes()
            for name, kind in DTYPES.items()
            if name != "area"
        }
        return UnitRows(
            ids=[self.fixes.records[at].unit_id for at in row.tolist()],
            areas=[self.areas.ids[code] for code in named.tolist()],
            area=local.astype("<i4").tobytes(),
            **columns,
        )


class UnitTracker:
    """Memory of the units of one source partition; partitions: of the log."""

    def __init__(self, areas: UnitAreas, partitions: int) -> None:
        self._areas = areas
        self._partitions = partitions
        self._memory = UnitMemory()
        self._out: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]] = []

    def reduce(self, fixes: Fixes) -> Changes:
        """Take in the fixes of a chunk, in offset order."""
        units = self._memory.rows([fix.unit_id for fix in fixes.records])
        jumped: list[NDArray[np.intp]] = []
        older = 0
        self._out = []
        for at in _rounds(units):
            jumps, olds = self._round(fixes, at, units[at])
            jumped.append(jumps)
            older += olds
        rows, partitions, areas = _joined(self._out)
        order = np.lexsort((partitions, rows))
        return Changes(
            fixes=fixes,
            areas=self._areas,
            row=rows[order],
            partition=partitions[order],
            area=areas[order],
            jumped=np.sort(np.concatenate(jumped)) if jumped else np.zeros(0, dtype=np.intp),
            older=older,
            off=int((fixes.status == OFF).sum()),
        )

    def _round(
        self, fixes: Fixes, at: NDArray[np.intp], units: NDArray[np.int64]
    ) -> tuple[NDArray[np.intp], int]:
        """At most one fix of each unit: (rows that jumped, number of older ones)."""
        known = self._memory.table[units]
        time = fixes.time[at]
        older = time < known["time"]
        off = fixes.status[at] == OFF
        usable = ~older & ~off & (fixes.accuracy[at] <= _USABLE_M)
        jumped = usable & _too_far(known, fixes, at, time)
        jumped &= known["strikes"] < _STRIKES
        now = known.copy()
        now["strikes"] = np.where(jumped, known["strikes"] + 1, np.where(usable, 0, now["strikes"]))
        taken = ~older & ~jumped
        on = np.flatnonzero(taken & ~off)
        gone = np.flatnonzero(taken & off)
        for name in _ATTRIBUTES:
            now[name] = getattr(fixes, name)[at]
        now["time"], now["minute"] = time, time // TICK_MS
        self._locate(now, fixes, at, on, usable)
        for name in ("lat", "lon", "x", "y"):
            now[name][gone] = np.nan  # where somebody is off duty is nobody's business
        now["area"][gone], now["reach"][gone] = GONE, -1
        self._tell(known, now, at, on, gone)
        # A refused fix leaves nothing but its strike, an older one nothing at all.
        strikes, now[~taken] = now["strikes"][jumped], known[~taken]
        now["strikes"][jumped] = strikes
        self._memory.table[units] = now
        return at[jumped], int(older.sum())

    def _locate(
        self,
        now: NDArray[Any],
        fixes: Fixes,
        at: NDArray[np.intp],
        on: NDArray[np.intp],
        usable: NDArray[np.bool_],
    ) -> None:
        """Area of the units on duty: by point, else where they were, else at home."""
        areas = self._areas
        good = on[usable[on]]
        rows = at[good]
        lat, lon, doubtful = fixes.lat[rows], fixes.lon[rows], fixes.doubtful[rows]
        now["lat"][good], now["lon"][good] = lat, lon
        now["accuracy"][good], now["pointed"][good] = fixes.accuracy[rows], fixes.time[rows]
        if areas.drawn:
            metres = areas.metres(lat, lon)
            away = np.hypot(metres[:, 0] - now["x"][good], metres[:, 1] - now["y"][good])
            ask = np.flatnonzero(~(away < now["reach"][good]) | doubtful)
            found, reach = areas.place(lat[ask], lon[ask], doubtful[ask])
            asked = good[ask]
            now["area"][asked] = np.where(found < 0, now["area"][asked], found)
            now["x"][asked], now["y"][asked] = metres[ask, 0], metres[ask, 1]
            now["reach"][asked] = reach
            homeless = on[now["area"][on] == GONE]
        else:
            homeless = on
        if homeless.size:
            names = [fixes.records[row].home_area for row in at[homeless].tolist()]
            now["area"][homeless] = areas.homes(names)

    def _tell(
        self,
        known: NDArray[Any],
        now: NDArray[Any],
        at: NDArray[np.intp],
        on: NDArray[np.intp],
        gone: NDArray[np.intp],
    ) -> None:
        """Write the changes: to the partition of the unit's area, and to those that it left."""
        before, after = known[on], now[on]
        changed = before["minute"] != after["minute"]
        for name in ("area", *_ATTRIBUTES):
            changed |= before[name] != after[name]
        first = before["time"] == NEVER
        told = on[changed | first]
        mine = self._areas.partition(now["area"][told])
        self._emit(at[told], mine, now["area"][told])
        # What was never met may have been anywhere (a restart forgets), so everybody is told.
        for partition in range(self._partitions):
            moved = told[mine != partition]
            was = known["area"][moved]
            left = (known["time"][moved] == NEVER) | (
                (was != GONE) & (self._areas.partition(was) == partition)
            )
            over = (known["time"][gone] == NEVER) | (
                (known["area"][gone] != GONE)
                & (self._areas.partition(known["area"][gone]) == partition)
            )
            out = np.concatenate([at[moved[left]], at[gone[over]]])
            self._emit(out, np.full(len(out), partition), np.full(len(out), GONE, dtype=np.int32))

    def _emit(
        self, rows: NDArray[np.intp], partitions: NDArray[np.int64], areas: NDArray[np.int32]
    ) -> None:
        if rows.size:
            self._out.append((rows, partitions, areas))


def _rounds(units: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """Rows in rounds: in each round at most one of every unit, in the order that they came."""
    if not len(units):
        return []
    order = np.argsort(units, kind="stable")
    ordered = units[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    if len(starts) == len(units):
        return [np.arange(len(units))]
    lengths = np.diff(np.concatenate((starts, [len(units)])))
    rank = np.empty(len(units), dtype=np.int64)
    rank[order] = np.arange(len(units)) - np.repeat(starts, lengths)
    by_rank = np.argsort(rank, kind="stable")
    return np.split(by_rank, np.cumsum(np.bincount(rank))[:-1])


def _too_far(
    known: NDArray[Any], fixes: Fixes, at: NDArray[np.intp], time: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether a unit cannot have come here since its last fix, accuracies taken off."""
    lat, lon = fixes.lat[at], fixes.lon[at]
    north = lat - known["lat"]
    east = (lon - known["lon"] + 180.0) % 360.0 - 180.0
    east *= np.cos(np.radians((lat + known["lat"]) / 2))
    metres = np.hypot(north, east) * _METRES_PER_DEGREE
    metres -= fixes.accuracy[at] + known["accuracy"]
    # Who has no point yet is too far from nothing (NaN). Often times are whole seconds.
    seconds = np.maximum((time - known["pointed"]) / 1000, 1.0)
    return np.asarray(metres > _MOST_MPS * seconds, dtype=np.bool_)


def _joined(
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int32)
    rows, partitions, areas = zip(*parts, strict=True)
    return np.concatenate(rows), np.concatenate(partitions), np.concatenate(areas)
