"""Units at one moment, in columns: what the need of areas is held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.clock import TICK_MS
from streams.unit_rows import STATUSES

__all__ = ["FRESH", "LOST", "STALE", "UnitsView"]

FRESH, STALE, LOST = 0, 1, 2
_COLUMNS: Final = (
    "index", "area", "kind", "status", "officers", "auxiliaries", "assigned", "age", "freshness",
    "shift_end", "leaving",
)  # fmt: skip


class UnitsView(Struct, frozen=True):
    """n units that are here at the beginning of a tick; row i of every column is one unit.

    areas: ids, by the codes of `area`. age: whole ticks without a fix for certain. freshness:
    FRESH, STALE or LOST. kind, status: codes (streams/unit_rows). leaving: the shift's end is over.
    shift_end: ms, 0 where it is not known. index: row in `names`.
    """

    tick: int
    areas: list[str]
    names: Sequence[str]
    index: NDArray[np.int64]
    area: NDArray[np.int32]
    kind: NDArray[np.uint8]
    status: NDArray[np.uint8]
    officers: NDArray[np.uint8]
    auxiliaries: NDArray[np.uint8]
    assigned: NDArray[np.bool_]
    age: NDArray[np.int64]
    freshness: NDArray[np.uint8]
    shift_end: NDArray[np.int64]
    leaving: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        *,
        tick: int,
        areas: list[str],
        names: Sequence[str],
        index: NDArray[np.int64],
        rows: NDArray[Any],
        fresh: int,
        unknown_after: int,
    ) -> UnitsView:
        """The view of rows of the unit table. fresh, unknown_after: ages in ticks."""
        # A fix in the tick just over is 0 ticks old: nobody knows more than its minute.
        age = np.maximum(tick - 1 - rows["seen"].astype(np.int64), 0)
        end = rows["shift_end"]
        return cls(
            tick=tick,
            areas=areas,
            names=names,
            index=index,
            area=rows["area"],
            kind=rows["kind"],
            status=rows["status"],
            officers=rows["officers"],
            auxiliaries=rows["auxiliaries"],
            assigned=rows["assigned"],
            age=age,
            freshness=np.where(age >= unknown_after, LOST, np.where(age >= fresh, STALE, FRESH))
            .astype(np.uint8),
            shift_end=end,
            leaving=(end > 0) & (end <= tick * TICK_MS),
        )  # fmt: skip

    def take(self, rows: NDArray[np.int64]) -> UnitsView:
        """Some of the units."""
        columns = {name: getattr(self, name)[rows] for name in _COLUMNS}
        return UnitsView(tick=self.tick, areas=self.areas, names=self.names, **columns)

    def name(self, row: int) -> str:
        """Call sign of the unit in a row."""
        return self.names[int(self.index[row])]

    def by_status(self) -> dict[str, int]:
        """Number of units of each status; stale and lost ones apart, whatever they did last."""
        fresh = np.bincount(self.status[self.freshness == FRESH], minlength=len(STATUSES))
        told = {word: int(fresh[code]) for code, word in enumerate(STATUSES) if word != "off"}
        told["stale"] = int((self.freshness == STALE).sum())
        told["lost"] = int((self.freshness == LOST).sum())
        return told
