"""Unit presence of one partition of the log: where each unit is and what it does, by event time.

The latest fix of a unit wins, by event time and then by offset. State at a tick is made of the
fixes before it, whatever had arrived by then: rows wait until event time has passed their tick.
Only the state is kept, in columns, never a track (fresh 5 min, lost 15 min; capability C13).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from rules.coverage.unit_table import ROW, UnitTable, latest, take_in
from rules.coverage.units_view import UnitsView
from streams.clock import TICK_MS, tick_of
from streams.unit_rows import ASSIGNED, GONE, UnitRows

__all__ = ["FRESH_TICKS", "LOST_TICKS", "Presence"]

FRESH_TICKS: Final = 5
LOST_TICKS: Final = 15
_FORGET_TICKS: Final = 24 * 60
_HOUR_TICKS: Final = 60
_WAITING_MOST: Final = 65_536
_WAITING_EACH: Final = 8
"""Rows that may wait: so many, or so many a unit; of more, only the last one of each unit stays."""


class Presence:
    """Units of the commands of one partition. Memory goes with units, not with fixes."""

    def __init__(self) -> None:
        self._units = UnitTable()
        self._areas: dict[str, int] = {}
        self._waiting: dict[int, list[NDArray[Any]]] = {}
        self._count = 0
        self._sealed = 0  # ticks before this one take no rows
        self._settled = 0  # ticks before this one are in the table

    @property
    def sealed(self) -> int:
        """The first tick that still takes rows; 0 before any watermark."""
        return self._sealed

    def earliest(self) -> int | None:
        """The first tick that rows wait for; None where none do."""
        return min(self._waiting, default=None)

    def __len__(self) -> int:
        """Units known: here, or with rows that wait."""
        return len(self._units)

    def apply(self, units: UnitRows, applied: int) -> int:
        """Take in the rows above the applied source offset; how many there were."""
        offset = units.column("offset")
        keep = np.flatnonzero(offset > applied)
        area = self._area_codes(units, keep)
        index = self._units.rows([units.ids[at] for at in keep.tolist()], area != GONE)
        met = np.flatnonzero(index >= 0)  # who was never here cannot leave
        rows = np.zeros(met.size, dtype=ROW)
        at = keep[met]
        rows["unit"], rows["area"] = index[met], area[met]
        rows["offset"], rows["time"] = offset[at], units.column("time")[at]
        for name in ("shift_end", "status", "kind", "officers", "auxiliaries"):
            rows[name] = units.column(name)[at]
        rows["assigned"] = (units.column("flags")[at] & ASSIGNED) > 0
        self._units.wait(rows)
        self._wait(rows)
        return int(keep.size)

    def seal(self, upto_ms: int | None) -> None:
        """Event time has passed this moment: the ticks before it take no more rows."""
        if upto_ms is not None:
            self._sealed = max(self._sealed, tick_of(upto_ms))

    def settle(self, tick: int | None = None) -> None:
        """Bring the state to a sealed tick: all rows before it are in. None: to the last sealed."""
        tick = self._sealed if tick is None else min(tick, self._sealed)
        for due in sorted(due for due in self._waiting if due < tick):
            self._forget(due)
            rows = np.concatenate(self._waiting.pop(due))
            self._count -= len(rows)
            take_in(self._units.table, latest(rows))
            self._units.done(rows)
        self._forget(tick)
        self._settled = max(self._settled, tick)

    def places(self) -> list[str]:
        """Areas with units at the settled tick."""
        table = self._units.table
        met = np.bincount(table["area"][table["here"]], minlength=len(self._areas))
        return [area for area, units in zip(self._areas, met.tolist(), strict=True) if units]

    def stands(self, units: Sequence[str]) -> list[tuple[str, str]]:
        """Those of the units that are here at the settled tick, with the area of each."""
        areas, table = list(self._areas), self._units.table
        rows = [(unit, self._units.row(unit)) for unit in units]
        return [
            (unit, areas[int(table["area"][row])])
            for unit, row in rows
            if row is not None and table["here"][row]
        ]

    def view(
        self,
        *,
        fresh: int = FRESH_TICKS,
        unknown_after: int = LOST_TICKS,
        elsewhere: Sequence[tuple[str, str]] = (),
    ) -> UnitsView:
        """Units here at the settled tick: what judgements of that tick rest on.

        fresh, unknown_after: ticks without a fix after which a unit is stale, and lost. elsewhere:
        units, and areas that they count in although they stand in others.
        """
        codes = [self._areas.setdefault(area, len(self._areas)) for _, area in elsewhere]
        view = self._view(self._units.table, self._settled, fresh, unknown_after)
        if not codes:
            return view
        area = view.area.copy()
        for (unit, _), code in zip(elsewhere, codes, strict=True):
            row = self._units.row(unit)
            at = -1 if row is None else int(np.searchsorted(view.index, row))
            if 0 <= at < view.index.size and view.index[at] == row:
                area[at] = code
        return structs.replace(view, area=area)

    def latest(
        self, tick: int, *, fresh: int = FRESH_TICKS, unknown_after: int = LOST_TICKS
    ) -> UnitsView:
        """Units as their newest fixes show them, at a tick by somebody's clock: for the map."""
        return self._view(self._units.newest, tick, fresh, unknown_after)

    def snapshot(self) -> dict[str, Any]:
        """Plain values for the state; equal states give equal ones."""
        names, rank = self._units.ranked()
        waiting = {}
        for due, parts in sorted(self._waiting.items()):
            rows = np.concatenate(parts)
            rows["unit"] = rank[rows["unit"]]
            order = np.lexsort((rows["area"], rows["offset"], rows["time"], rows["unit"]))
            waiting[due] = rows[order].tobytes()
        return {
            "units": names,
            "table": self._units.columns().tobytes(),
            "areas": list(self._areas),
            "waiting": waiting,
            "sealed": self._sealed,
            "settled": self._settled,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._units.restore(state["units"], state["table"])
        self._areas = {area_id: code for code, area_id in enumerate(state["areas"])}
        self._waiting = {
            due: [np.frombuffer(rows, dtype=ROW).copy()] for due, rows in state["waiting"].items()
        }
        self._sealed, self._settled = state["sealed"], state["settled"]
        self._units.hour = self._settled // _HOUR_TICKS
        self._count = 0
        for parts in self._waiting.values():
            self._units.wait(parts[0])
            self._count += len(parts[0])

    def _area_codes(self, units: UnitRows, keep: NDArray[np.intp]) -> NDArray[np.int32]:
        """The batch's areas in our own codes, which do not depend on how rows were cut."""
        codes = units.column("area")[keep]
        ours = np.full(len(units.areas) + 1, GONE, dtype=np.int32)
        for code in dict.fromkeys(codes.tolist()):
            if code != GONE:
                ours[code] = self._areas.setdefault(units.areas[code], len(self._areas))
        found: NDArray[np.int32] = ours[codes]
        return found

    def _wait(self, rows: NDArray[Any]) -> None:
        # A row of a tick that is over counts from the next one: it may still be a unit's newest.
        due = np.maximum(rows["time"] // TICK_MS, self._sealed)
        for tick in np.unique(due).tolist():
            self._waiting.setdefault(tick, []).append(rows[due == tick])
        self._count += len(rows)
        if self._count > max(_WAITING_MOST, _WAITING_EACH * len(self._units)):
            self._thin()

    def _thin(self) -> None:
        """Keep the last waiting row of each unit: what bounds memory while event time stands."""
        everything = np.concatenate([part for parts in self._waiting.values() for part in parts])
        kept = latest(everything)
        self._waiting, self._count = {}, 0
        self._units.wait(kept)
        self._units.done(everything)
        due = np.maximum(kept["time"] // TICK_MS, self._sealed)
        for tick in np.unique(due).tolist():
            self._waiting[tick] = [kept[due == tick]]
        self._count = len(kept)

    def _forget(self, tick: int) -> None:
        """Units lost for a day are forgotten, at full hours of event time."""
        hour = tick // _HOUR_TICKS
        if hour > self._units.hour:
            self._units.forget(hour * _HOUR_TICKS - _FORGET_TICKS)
            self._units.hour = hour

    def _view(self, table: NDArray[Any], tick: int, fresh: int, unknown_after: int) -> UnitsView:
        here = np.flatnonzero(table["here"])
        return UnitsView.of(
            tick=tick,
            areas=list(self._areas),
            names=self._units.names,
            index=here,
            rows=table[here],
            fresh=fresh,
            unknown_after=unknown_after,
        )
