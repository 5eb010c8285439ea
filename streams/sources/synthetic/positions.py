"""Unit positions of a simulated city: shifts, statuses, smooth patrols, injected shortages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal

import numpy as np
from msgspec import Struct, json

from streams.coordinates import wgs84_to_gcj02
from streams.records import UnitPosition
from streams.sources.synthetic.city import City
from streams.sources.synthetic.events import Events
from streams.sources.synthetic.incidents import Arrival
from streams.sources.synthetic.plan import LOCAL, Plan, generator
from streams.sources.synthetic.truth import Shortage, Truth

__all__ = ["position_stream"]

Status = Literal["on_duty", "patrol", "en_route", "on_scene", "busy_other", "break", "off"]

_SHIFT_S: Final = 8 * 3600
_STATUS_S: Final = 900  # a unit keeps a status for a quarter of an hour
_STATUSES: Final[tuple[Status, ...]] = (
    *("patrol",) * 55,
    *("on_duty",) * 20,
    *("en_route",) * 8,
    *("on_scene",) * 12,
    *("break",) * 5,
)
_TURN_S: Final = 5400.0  # one round of a patrol's loop: well below 60 m/s in any cell
_DELAY_S: Final = 2.0

_encode = json.Encoder().encode


class _Unit(Struct, frozen=True):
    """A call sign: its kind, its home, the shift that it works and the phase of its loop."""

    unit_id: str
    unit_type: Literal["patrol_car", "motorcycle", "foot", "station_desk"]
    source: Literal["vehicle_gps", "pda", "radio_350m"]
    officers: int
    station: int
    shift: int
    phase: float


def position_stream(
    plan: Plan, city: City, events: Events, truth: Truth
) -> Iterator[list[Arrival]]:
    """Fixes of every unit on duty every `plan.fix_every` seconds, in order of arrival.

    A unit reports `off` once when its shift ends and is silent until its next one.
    """
    units = _units(plan, city)
    away = _shortages(city, units, events, truth)
    places = np.array([unit.station for unit in units], dtype=np.int64)
    cells = city.cell(places)
    phases = np.array([unit.phase for unit in units])
    loose = np.array([unit.unit_type != "station_desk" for unit in units], dtype=np.float64)
    gcj02 = np.array([unit.source == "pda" for unit in units])
    for tick in range(plan.start_s, plan.end_s, plan.fix_every):
        turn = 2 * np.pi * (tick / _TURN_S + phases)
        u = 0.5 + 0.33 * loose * np.sin(turn)
        v = 0.5 + 0.33 * loose * np.sin(2 * turn + phases)
        lon, lat = city.at(cells, u, v)
        map_lat, map_lon = wgs84_to_gcj02(lat, lon)
        lats = np.round(np.where(gcj02, map_lat, lat), 6).tolist()
        lons = np.round(np.where(gcj02, map_lon, lon), 6).tolist()
        fixes = [
            _fix(plan, city, unit, tick, status, (lats[number], lons[number]))
            for number, unit in enumerate(units)
            if (status := _status(plan, unit, tick, away.get(unit.unit_id, ()))) is not None
        ]
        truth.summary.positions += len(fixes)
        yield fixes


def _fix(
    plan: Plan, city: City, unit: _Unit, tick: int, status: Status, at: tuple[float, float]
) -> Arrival:
    second = min(tick + int(unit.phase * plan.fix_every), plan.end_s - 1)
    shift_end = second - (second - _shift_zero(unit.shift)) % (3 * _SHIFT_S) + _SHIFT_S
    record = UnitPosition(
        schema="unit_position/1",
        unit_id=unit.unit_id,
        unit_type=unit.unit_type,
        source=unit.source,
        status=status,
        ts=datetime.fromtimestamp(second, LOCAL),
        lat=at[0],
        lon=at[1],
        coord_sys="gcj02" if unit.source == "pda" else "wgs84",
        accuracy_m=8.0,
        officers=unit.officers,
        home_area=city.stations[unit.station],
        shift_end=None if status == "off" else datetime.fromtimestamp(shift_end, LOCAL),
    )
    return Arrival(int((second + _DELAY_S) * 1000), unit.unit_id, _encode(record))


def _units(plan: Plan, city: City) -> list[_Unit]:
    """Three shifts of cars, motorcycles, foot patrols and a desk for every station.

    In order of phase: within one tick the fixes then come in order of time.
    """
    rng = generator(plan.seed, 20)
    units = []
    stations = [area for area in city.areas if area.kind == "station"]
    for number, area in enumerate(stations):
        cars = area.staffing.cars["day"] if area.staffing else 1
        kinds = ["patrol_car"] * (cars + 1) + ["motorcycle", "foot", "station_desk"]
        for shift in range(3):
            for order, kind in enumerate(kinds):
                units.append(
                    _Unit(
                        unit_id=f"U{area.area_id[4:10]}-{shift + 1}{order + 1}",
                        unit_type=kind,  # type: ignore[arg-type]
                        source=_SOURCES[kind],
                        officers=2 if kind == "patrol_car" else 1,
                        station=number,
                        shift=shift,
                        phase=float(rng.random()),
                    )
                )
    return sorted(units, key=lambda unit: (unit.phase, unit.unit_id))


_SOURCES: Final[dict[str, Literal["vehicle_gps", "pda", "radio_350m"]]] = {
    "patrol_car": "vehicle_gps",
    "motorcycle": "pda",
    "foot": "pda",
    "station_desk": "radio_350m",
}


def _shift_zero(shift: int) -> int:
    """Some begin of this shift: 00:00, 08:00 or 16:00 local time of the epoch's day."""
    return shift * _SHIFT_S - _SHIFT_S  # local midnight lies 8 h before UTC's


def _status(
    plan: Plan, unit: _Unit, tick: int, away: tuple[tuple[int, int], ...] | list[tuple[int, int]]
) -> Status | None:
    into = (tick - _shift_zero(unit.shift)) % (3 * _SHIFT_S)
    if into >= _SHIFT_S:
        return "off" if into < _SHIFT_S + plan.fix_every else None
    if any(begin <= tick < end for begin, end in away):
        return "busy_other"
    if unit.unit_type == "station_desk":
        return "on_duty"
    # A cheap, well spread choice that needs no state: the same for every way the time is cut.
    drawn = _spread(int(unit.phase * 1e9) + tick // _STATUS_S * 2_654_435_761) % len(_STATUSES)
    return _STATUSES[drawn]


def _spread(number: int) -> int:
    """Spread a number over 32 bits (Knuth's multiplicative hash with a fold)."""
    mixed = (number ^ (number >> 16)) * 0x45D9F3B & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 16)) * 0x45D9F3B & 0xFFFFFFFF
    return mixed ^ (mixed >> 16)


def _shortages(
    city: City, units: list[_Unit], events: Events, truth: Truth
) -> dict[str, list[tuple[int, int]]]:
    """Which units are away when: all of an area's units but its desk."""
    away: dict[str, list[tuple[int, int]]] = {}
    for number, (station, begin, end) in enumerate(events.shortages, 1):
        gone = sorted(
            unit.unit_id
            for unit in units
            if unit.station == station and unit.unit_type != "station_desk"
        )
        for unit_id in gone:
            away.setdefault(unit_id, []).append((begin, end))
        truth.shortages.append(
            Shortage(
                id=f"shortage-{number}",
                area=city.stations[station],
                start=datetime.fromtimestamp(begin, LOCAL),
                end=datetime.fromtimestamp(end, LOCAL),
                units=gone,
            )
        )
    return away
