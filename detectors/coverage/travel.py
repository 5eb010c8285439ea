"""How long a unit drives: the square-root law inside an area, and minutes between areas."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

__all__ = [
    "DEGREE_KM",
    "PLACES",
    "Pairs",
    "Place",
    "Roads",
    "StraightLine",
    "TravelModel",
    "place_of",
    "travel_minutes",
    "units_for_travel",
]

Floats = NDArray[np.float64]
Indexes = NDArray[np.int64]
Place = Literal["urban", "suburban", "rural"]

PLACES: Final[tuple[Place, ...]] = ("urban", "suburban", "rural")
"""What `place` codes mean: 0, 1, 2."""
_DENSE, _SETTLED = 1500.0, 300.0
"""Inhabitants a km2 of an urban centre and of an urban cluster (UN and EU degree of urbanisation).
"""
DEGREE_KM: Final = 111.195
"""A degree of a great circle of the Earth's mean radius, 6,371.0 km."""
_NEAREST: Final = 0.5
"""Mean distance to the nearest of n random points in an area A is 0.5 sqrt(A / n)."""
_SLACK: Final = 1e-9


class TravelModel(Struct, frozen=True, kw_only=True):
    """Speeds in km/h and times to arrive in minutes by place (urban, suburban, rural).

    Defaults: 5 and 10 minutes are the provincial 110 rules for town and outskirts; for the
    country they say "as soon as possible", where 20 is the immediate grade of UK forces.
    detour: way on roads over the straight line. turnout_min: from dispatch to wheels turning.
    """

    speed_kmh: tuple[float, float, float] = (27.5, 40.0, 50.0)
    sla_min: tuple[float, float, float] = (5.0, 10.0, 20.0)
    detour: float = 1.3
    turnout_min: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no unit can do. Raises ValueError."""
        if min(self.speed_kmh) <= 0 or self.detour < 1:
            raise ValueError("speed_kmh must be above 0 and detour at least 1")
        if not 0 <= self.turnout_min < min(self.sla_min):
            raise ValueError("turnout_min must be at least 0 and below every sla_min")


class Roads(Protocol):
    """Driving times between areas: the place where a road engine can be plugged in."""

    def minutes(self, giver: Indexes, taker: Indexes) -> Floats:
        """Minutes from areas `giver` to areas `taker` (index columns of one length)."""
        ...


class StraightLine:
    """`Roads` without roads: straight lines times the detour, at the speed of the place driven to.

    lat, lon: centres of the areas, WGS-84 degrees. place: codes of PLACES.
    """

    def __init__(self, lat: Floats, lon: Floats, place: Indexes, model: TravelModel) -> None:
        self._lat, self._lon = lat, lon
        self._per_km = _per_km(place, model)

    def minutes(self, giver: Indexes, taker: Indexes) -> Floats:
        """See `Roads.minutes`; nan where a centre is unknown (nan)."""
        middle = np.radians((self._lat[giver] + self._lat[taker]) / 2)
        turned = (self._lon[giver] - self._lon[taker] + 180.0) % 360.0 - 180.0
        apart = np.hypot(turned * np.cos(middle), self._lat[giver] - self._lat[taker])
        return np.asarray(apart * DEGREE_KM * self._per_km[taker])


class Pairs(NamedTuple):
    """Areas that can help each other: `giver` drives `minutes` to `taker`; columns, any order."""

    giver: Indexes
    taker: Indexes
    minutes: Floats

    def within(self, limit_min: Floats) -> Pairs:
        """Those that need no more than the limit of the taker ([areas], minutes)."""
        return self.where(self.minutes <= limit_min[self.taker])

    def where(self, keep: NDArray[np.bool_]) -> Pairs:
        """Those that are flagged."""
        return Pairs(self.giver[keep], self.taker[keep], self.minutes[keep])


def place_of(population: Floats, area_km2: Floats) -> Indexes:
    """Codes of PLACES by inhabitants a km2; suburban, the middle, where one of them is unknown.

    nan or 0 stand for unknown.
    """
    known = (population > 0) & (area_km2 > 0)
    density = np.divide(population, area_km2, out=np.full(known.shape, _SETTLED), where=known)
    return np.asarray(np.select([density >= _DENSE, density >= _SETTLED], [0, 1], 2))


def travel_minutes(area_km2: Floats, free: Floats, place: Indexes, model: TravelModel) -> Floats:
    """Mean minutes until the nearest of `free` units of an area arrives; inf where none is free.

    The square-root law (Larson 1972; Kolesar & Blum 1973), for straight lines times the detour:
    0.5 x 1.3 = 0.65 is the 0.63 of right-angled streets. nan where the area's size is unknown.
    """
    size = np.where(area_km2 > 0, area_km2, np.nan)
    with np.errstate(divide="ignore"):
        apart = _NEAREST * np.sqrt(size / np.maximum(free, 0.0))
    return np.asarray(model.turnout_min + apart * _per_km(place, model))


def units_for_travel(load: Floats, area_km2: Floats, place: Indexes, model: TravelModel) -> Indexes:
    """Least units with a mean travel within the SLA, when `load` of them are busy on average.

    0 where the size is unknown or no call is expected.
    """
    rest = np.asarray(model.sla_min)[place] - model.turnout_min
    free = np.where(area_km2 > 0, area_km2, 0.0) * (_NEAREST * _per_km(place, model) / rest) ** 2
    needed = np.ceil(load + free - _SLACK)
    return np.where((load > 0) & (free > 0), needed, 0.0).astype(np.int64)


def _per_km(place: Indexes, model: TravelModel) -> Floats:
    return np.asarray(60.0 * model.detour / np.asarray(model.speed_kmh)[place])
