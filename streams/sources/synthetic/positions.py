"""Unit positions of a simulated city: shifts, statuses, smooth patrols, ways to calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, Literal

import numpy as np
from msgspec import json

from streams.coordinates import wgs84_to_gcj02
from streams.records import UnitPosition
from streams.sources.synthetic.city import City
from streams.sources.synthetic.errands import Errands, Task
from streams.sources.synthetic.events import Events
from streams.sources.synthetic.incidents import Arrival
from streams.sources.synthetic.plan import LOCAL, Plan
from streams.sources.synthetic.roster import (
    DAY_S,
    SHIFT_S,
    Rounds,
    Unit,
    away_of,
    shift_zero,
    units_of,
)
from streams.sources.synthetic.truth import Truth

__all__ = ["position_stream"]

Status = Literal["on_duty", "patrol", "en_route", "on_scene", "busy_other", "break", "off"]

_STATUS_S: Final = 900  # a unit keeps a status for a quarter of an hour
_STATUSES: Final[tuple[Status, ...]] = (
    *("patrol",) * 55,
    *("on_duty",) * 20,
    *("en_route",) * 8,
    *("on_scene",) * 12,
    *("break",) * 5,
)
_IDLE: Final[dict[Status, Status]] = {"en_route": "patrol", "on_scene": "patrol"}
"""Where units are sent to calls, they are on their way to no others."""
_DELAY_S: Final = 2.0

_encode = json.Encoder().encode


def position_stream(
    plan: Plan, city: City, events: Events, truth: Truth, errands: Errands | None = None
) -> Iterator[list[Arrival]]:
    """Fixes of every unit on duty every `plan.fix_every` seconds, in order of arrival.

    A unit reports `off` once when its shift ends, or later when its last call does, and is silent
    until its next one. errands: to which calls units go; None where nobody sends them.
    """
    units = units_of(plan, city)
    away, truth.shortages = away_of(city, units, events)
    rounds = Rounds(city, units)
    gcj02 = np.array([unit.source == "pda" for unit in units])
    seconds = np.array([int(unit.phase * plan.fix_every) for unit in units])
    for tick in range(plan.start_s, plan.end_s, plan.fix_every):
        lon, lat = rounds.at(tick)
        tasks: dict[int, Task] = {}
        if errands is not None:
            tasks, lon, lat = errands.at(np.minimum(tick + seconds, plan.end_s - 1), lon, lat)
        map_lat, map_lon = wgs84_to_gcj02(lat, lon)
        lats = np.round(np.where(gcj02, map_lat, lat), 6).tolist()
        lons = np.round(np.where(gcj02, map_lon, lon), 6).tolist()
        fixes = []
        for row, unit in enumerate(units):
            task = tasks.get(row)
            status = _status(plan, unit, tick, away.get(unit.unit_id, ()), task)
            if errands is not None and (task is None or task.status is None):
                status = _IDLE.get(status, status) if status else None
            if status is not None:
                fixes.append(_fix(plan, city, unit, tick, status, (lats[row], lons[row]), task))
        truth.summary.positions += len(fixes)
        yield fixes


def _fix(
    plan: Plan,
    city: City,
    unit: Unit,
    tick: int,
    status: Status,
    at: tuple[float, float],
    task: Task | None,
) -> Arrival:
    second = min(tick + int(unit.phase * plan.fix_every), plan.end_s - 1)
    shift_end = second - (second - shift_zero(unit.shift)) % DAY_S + SHIFT_S
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
        incident_id=None if task is None else task.incident,
        shift_end=None if status == "off" else datetime.fromtimestamp(shift_end, LOCAL),
    )
    return Arrival(int((second + _DELAY_S) * 1000), unit.unit_id, _encode(record))


def _status(
    plan: Plan,
    unit: Unit,
    tick: int,
    away: Sequence[tuple[int, int]],
    task: Task | None,
) -> Status | None:
    if task is not None and task.status is not None:
        return task.status
    into = (tick - shift_zero(unit.shift)) % DAY_S
    if into >= SHIFT_S:
        over = into - SHIFT_S if task is None else min(into - SHIFT_S, task.ago_s)
        return "off" if over < plan.fix_every else None
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
