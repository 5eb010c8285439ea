"""The key reference of coverage as values: waiting by Erlang, units needed, travel, weights."""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct

from detectors.coverage.load import DEFAULT_UNITS
from detectors.coverage.queueing import erlang_c, wait_beyond
from detectors.coverage.redeployment import Limits
from detectors.coverage.requirement import Standard, required_units
from detectors.coverage.service import DEFAULT_SERVICE_MIN
from detectors.coverage.strength import KIND_WEIGHTS
from detectors.coverage.travel import PLACES, TravelModel, travel_minutes, units_for_travel
from rules.coverage.area_checks import AreaRemark, remarks_on_areas, stations_of
from rules.coverage.area_table import area_table
from streams.areas import AreaTree

__all__ = ["AreaNeed", "KeyReference", "areas_table", "key_reference", "remarks_of"]

_LOADS: Final = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0)
_WAITED: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_SPARE: Final = 3
"""The Erlang table goes from the least units that are not saturated to so many more."""


class Need(Struct, frozen=True):
    """Units needed for a load; busy, waits, waits_long: share busy, P(wait), P(wait > t) then."""

    load: float
    units: int
    busy: float
    waits: float
    waits_long: float


class Waiting(Struct, frozen=True):
    """Erlang C at one load and number of units."""

    load: float
    units: int
    waits: float
    waits_long: float


class Travel(Struct, frozen=True):
    """What holds at a place. km2_a_free_unit: area in which one arrives within the SLA."""

    place: str
    sla_min: float
    speed_kmh: float
    km2_a_free_unit: float


class Class(Struct, frozen=True):
    """Minutes on task and units of a call of a level, until calls have been seen to close."""

    level: str
    service_min: float
    units: float


class KeyReference(Struct, frozen=True):
    """All that units needed are read from. `service_min`: minutes that a call binds a unit."""

    service_min: float
    standard: Standard
    travel_model: TravelModel
    limits: Limits
    needed: list[Need]
    waiting: list[Waiting]
    travel: list[Travel]
    levels: list[Class]
    weights: dict[str, float]


class AreaNeed(Struct, frozen=True):
    """A station: what is known, and the units that it needs with a quiet load of 0.1 Erlang.

    km2: None where unknown. travel_min: mean minutes with one free unit.
    """

    area: str
    place: str
    km2: float | None
    min_units: int
    travel_min: float | None
    units: int


def key_reference(service_min: float) -> KeyReference:
    """The tables for a mean service time, with the shipped standard, travel model and weights."""
    standard, model = Standard(), TravelModel()
    return KeyReference(
        service_min,
        standard,
        model,
        Limits(),
        _needed(service_min, standard),
        _waiting(service_min, standard),
        _travel(model),
        [Class(level, DEFAULT_SERVICE_MIN[level], DEFAULT_UNITS[level]) for level in DEFAULT_UNITS],
        KIND_WEIGHTS,
    )


def areas_table(tree: AreaTree, service_min: float) -> list[AreaNeed]:
    """Each station with what it needs before any call of the day."""
    ids = [area.area_id for area in stations_of(tree)]
    table, model = area_table(tree, ids), TravelModel()
    quiet = np.full(len(ids), _LOADS[0])
    least = np.maximum(table.minimum, units_for_travel(quiet, table.km2, table.place, model))
    need = required_units(quiet, service_min, least, Standard())
    minutes = travel_minutes(table.km2, np.ones(len(ids)), table.place, model)
    return [
        AreaNeed(
            area=area_id,
            place=PLACES[table.place[row]],
            km2=_known(table.km2[row]),
            min_units=int(table.minimum[row]),
            travel_min=_known(minutes[row]),
            units=int(need[row]),
        )
        for row, area_id in enumerate(ids)
    ]


def remarks_of(tree: AreaTree) -> list[AreaRemark]:
    """Gaps of the area file, with the shipped travel model."""
    return remarks_on_areas(tree, TravelModel(), Limits().minutes)


def _needed(service_min: float, standard: Standard) -> list[Need]:
    load = np.array(_LOADS)
    units = required_units(load, service_min, np.zeros(load.size, np.int64), standard)
    waits = erlang_c(load, units)
    long = wait_beyond(load, units, standard.wait_min, service_min)
    return [
        Need(float(a), int(c), round(float(a / c), 4), round(float(p), 4), round(float(q), 4))
        for a, c, p, q in zip(load, units, waits, long, strict=True)
    ]


def _waiting(service_min: float, standard: Standard) -> list[Waiting]:
    first = np.floor(_WAITED).astype(np.int64) + 1
    load = np.repeat(_WAITED, _SPARE + 1)
    units = (first[:, None] + np.arange(_SPARE + 1)).ravel()
    waits = erlang_c(load, units)
    long = wait_beyond(load, units, standard.wait_min, service_min)
    return [
        Waiting(float(a), int(c), round(float(p), 4), round(float(q), 4))
        for a, c, p, q in zip(load, units, waits, long, strict=True)
    ]


def _travel(model: TravelModel) -> list[Travel]:
    place = np.arange(len(PLACES))
    one = travel_minutes(np.ones(place.size), np.ones(place.size), place, model)
    reach = ((np.array(model.sla_min) - model.turnout_min) / (one - model.turnout_min)) ** 2
    return [
        Travel(name, model.sla_min[row], model.speed_kmh[row], round(float(reach[row]), 1))
        for row, name in enumerate(PLACES)
    ]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 2)
