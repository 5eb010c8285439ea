"""From the units of a partition to strength: which count, which are free, which could be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.coverage.redeployment import Limits, Units, movable
from detectors.coverage.strength import (
    FREE,
    KIND_WEIGHTS,
    MOBILE,
    SERVING,
    STALE,
    Strength,
    add_up,
    table,
)
from rules.coverage.units_view import FRESH, LOST, UnitsView
from streams.clock import TICK_MS
from streams.unit_rows import KINDS, STATUSES

__all__ = ["Supplied", "UnitWeights"]

_MINUTE_MS = 60_000.0


class Supplied(NamedTuple):
    """Strength of the areas, and the units as redeployment takes them.

    free, lost, counted: units by area, whatever they weigh: those that wait for a call, those not
    heard of for too long, and all that the rule counts. waits, drives: by unit, whether it waits
    for a call, and whether it is on wheels.
    """

    own: Strength
    units: Units
    free: NDArray[np.int64]
    lost: NDArray[np.int64]
    counted: NDArray[np.int64]
    waits: NDArray[np.bool_]
    drives: NDArray[np.bool_]


class UnitWeights:
    """Weights by kind, status and freshness.

    counted: kinds that a rule counts, empty for all; free: statuses of a unit that waits for a
    call, which serves then, whatever else it would be.
    """

    def __init__(self, *, counted: Sequence[str] = (), free: Sequence[str] = FREE) -> None:
        self._kind = table(KINDS, KIND_WEIGHTS) * table(KINDS, counted or KINDS)
        self._mobile = table(KINDS, MOBILE) > 0
        self._serving = table(STATUSES, [*SERVING, *free])
        self._free = table(STATUSES, free) > 0
        self._age = np.array([1.0, STALE, 0.0])  # by freshness: fresh, stale, lost

    def supply(
        self, view: UnitsView, place: NDArray[np.int64], areas: int, limits: Limits
    ) -> Supplied:
        """Strength of `areas` areas, and which units could be sent at the tick of the view.

        place: index of the area that each area code stands for, -1 for one that is not judged.
        """
        counts = self._serving[view.status] * self._age[view.freshness] * ~view.leaving
        weight = self._kind[view.kind] * counts
        free = self._free[view.status] & ~view.assigned & (weight > 0)
        mobile = self._mobile[view.kind]
        ends = np.where(view.shift_end > 0, view.shift_end.astype(np.float64), np.nan)
        left = (ends - view.tick * TICK_MS) / _MINUTE_MS
        able = movable(free, mobile, view.freshness != FRESH, left, limits)
        area = place[view.area]
        inside, kind = area >= 0, self._kind[view.kind] > 0
        free_units, lost, counted = (
            np.bincount(area[flags & inside], minlength=areas)
            for flags in (free, kind & (view.freshness == LOST), kind & ~view.leaving)
        )
        own = add_up(area, weight, free, mobile, areas)
        return Supplied(
            own, Units(area, weight, able), free_units, lost, counted, free, np.asarray(mobile)
        )
