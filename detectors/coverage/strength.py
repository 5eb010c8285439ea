"""Strength of an area: its units, each with the weight of its kind and of the age of its fix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.coverage.columns import sum_by

__all__ = ["FREE", "KIND_WEIGHTS", "MOBILE", "SERVING", "STALE", "Strength", "add_up", "table"]

Floats = NDArray[np.float64]
Indexes = NDArray[np.int64]
Flags = NDArray[np.bool_]

KIND_WEIGHTS: Final[dict[str, float]] = {
    "patrol_car": 1.0,
    "swat": 1.0,
    "motorcycle": 0.8,
    "traffic": 0.5,
    "foot": 0.5,
    "auxiliary": 0.0,
    "station_desk": 0.0,
    "drone": 0.0,
}
"""A car's worth. Traffic units take part of the calls; auxiliaries may not act alone."""
MOBILE: Final = ("patrol_car", "swat", "motorcycle", "traffic")
"""Kinds that can drive to another area; a foot patrol serves what lies within a kilometre."""
SERVING: Final = ("on_duty", "patrol", "en_route", "on_scene")
"""Statuses of units that serve calls or wait for one. Units on other business (busy_other), on a
break or off duty take none, so they are no strength although they may be on duty."""
FREE: Final = ("on_duty", "patrol")
STALE: Final = 0.5
"""Weight of a unit whose last fix is stale; a lost one weighs nothing."""
_GRAIN: Final = 1000.0


class Strength(NamedTuple):
    """Columns over areas, in cars: mobile <= free <= total.

    total: all that serve; free: those that wait for a call; mobile: the free ones on wheels.
    """

    total: Floats
    free: Floats
    mobile: Floats


def table(names: Sequence[str], of: dict[str, float] | Sequence[str]) -> Floats:
    """Weights by code: the row of each name in `of` (a weight), or 1.0 where it is listed."""
    if isinstance(of, dict):
        return np.array([of[name] for name in names])
    return np.array([float(name in of) for name in names])


def add_up(area: Indexes, weight: Floats, free: Flags, mobile: Flags, areas: int) -> Strength:
    """Strength of `areas` areas from columns of units.

    area: index, or -1 for a unit in no area, which counts nowhere. weight: of kind x age x
    whether it serves, taken to a thousandth, so that the order of the rows changes nothing. A
    unit counts in one area: nothing is lost or doubled when it moves.
    """
    inside = area >= 0
    area, weight = area[inside], np.rint(weight[inside] * _GRAIN)

    def total(where: Flags) -> Floats:
        return sum_by(area[where], weight[where], areas) / _GRAIN

    waits = free[inside]
    return Strength(total(np.ones_like(waits)), total(waits), total(waits & mobile[inside]))
