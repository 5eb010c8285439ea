"""From columns of units to strength: which count, which are free, and which could be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

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

__all__ = ["Supplied", "UnitColumns", "UnitWeights"]

_MINUTE_MS = 60_000.0


class UnitColumns(Protocol):
    """Units at one moment; row i of every column is one unit.

    area, kind, status: codes. freshness: 0 fresh, 1 stale, 2 lost.
    assigned: has an incident. leaving: its shift is over. shift_end: ms, 0 where not known.
    """

    @property
    def area(self) -> NDArray[Any]: ...  # noqa: D102 - told above
    @property
    def kind(self) -> NDArray[Any]: ...  # noqa: D102
    @property
    def status(self) -> NDArray[Any]: ...  # noqa: D102
    @property
    def freshness(self) -> NDArray[Any]: ...  # noqa: D102
    @property
    def assigned(self) -> NDArray[np.bool_]: ...  # noqa: D102
    @property
    def leaving(self) -> NDArray[np.bool_]: ...  # noqa: D102
    @property
    def shift_end(self) -> NDArray[np.int64]: ...  # noqa: D102


class Supplied(NamedTuple):
    """Strength of the areas, and the units as redeployment takes them."""

    own: Strength
    units: Units


class UnitWeights:
    """Weights by kind, status and freshness for the lists of codes that columns use.

    kinds, statuses: what each code means. counted: kinds that a rule counts, empty for all;
    free: statuses of a unit that waits for a call.
    """

    def __init__(
        self,
        kinds: Sequence[str],
        statuses: Sequence[str],
        *,
        counted: Sequence[str] = (),
        free: Sequence[str] = FREE,
    ) -> None:
        self._kind = table(kinds, KIND_WEIGHTS) * table(kinds, counted or kinds)
        self._mobile = table(kinds, MOBILE) > 0
        self._serving = table(statuses, [*SERVING, *free])
        self._free = table(statuses, free) > 0
        self._age = np.array([1.0, STALE, 0.0])

    def supply(
        self,
        rows: UnitColumns,
        place: NDArray[np.int64],
        areas: int,
        now_ms: int,
        limits: Limits,
    ) -> Supplied:
        """Strength of `areas` areas, and which units could be sent at this moment.

        place: index of the area that each area code stands for, -1 for one that is not judged.
        """
        counts = self._serving[rows.status] * self._age[rows.freshness] * ~rows.leaving
        weight = self._kind[rows.kind] * counts
        free = self._free[rows.status] & ~rows.assigned & (weight > 0)
        mobile = self._mobile[rows.kind]
        ends = np.where(rows.shift_end > 0, rows.shift_end.astype(np.float64), np.nan)
        left = (ends - now_ms) / _MINUTE_MS
        able = movable(free, mobile, rows.freshness > 0, left, limits)
        area = place[rows.area]
        return Supplied(add_up(area, weight, free, mobile, areas), Units(area, weight, able))
