"""Units at one moment for tests: a view from a few words each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from rules.coverage.units_view import FRESH, UnitsView
from streams.clock import TICK_MS
from streams.unit_rows import KINDS, STATUSES

__all__ = ["HOUR_MS", "NOW_MS", "Unit", "view"]

HOUR_MS = 3_600_000
NOW_MS = 1_800_000_000_000 // TICK_MS * TICK_MS


class Unit(Struct, frozen=True, kw_only=True):
    """A car on patrol whose shift has two hours to go, unless told otherwise."""

    name: str = "U1"
    area: int = 0
    kind: str = "patrol_car"
    status: str = "patrol"
    freshness: int = FRESH
    assigned: bool = False
    leaving: bool = False
    shift_end: int = NOW_MS + 2 * HOUR_MS


def view(units: Sequence[Unit], areas: Sequence[str], now_ms: int = NOW_MS) -> UnitsView:
    """The units as columns."""

    def column(values: Sequence[Any], kind: type) -> Any:
        return np.array(values, dtype=kind)

    return UnitsView(
        tick=now_ms // TICK_MS,
        areas=list(areas),
        names=[one.name for one in units],
        index=np.arange(len(units)),
        area=column([one.area for one in units], np.int32),
        kind=column([KINDS.index(one.kind) for one in units], np.uint8),
        status=column([STATUSES.index(one.status) for one in units], np.uint8),
        officers=np.ones(len(units), np.uint8),
        auxiliaries=np.zeros(len(units), np.uint8),
        assigned=column([one.assigned for one in units], np.bool_),
        age=np.zeros(len(units), np.int64),
        freshness=column([one.freshness for one in units], np.uint8),
        shift_end=column([one.shift_end for one in units], np.int64),
        leaving=column([one.leaving for one in units], np.bool_),
    )
