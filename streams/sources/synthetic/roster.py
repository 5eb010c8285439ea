"""The units of the simulated city: call signs, shifts, who is away when, where each patrols."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import numpy as np
from msgspec import Struct

from streams.sources.synthetic.city import City
from streams.sources.synthetic.events import Events
from streams.sources.synthetic.plan import LOCAL, Plan, generator
from streams.sources.synthetic.truth import Shortage

__all__ = ["DAY_S", "SHIFT_S", "Away", "Rounds", "Unit", "away_of", "shift_zero", "units_of"]

SHIFT_S: Final = 8 * 3600
DAY_S: Final = 3 * SHIFT_S
_TURN_S: Final = 5400.0  # one round of a patrol's loop: well below 60 m/s in any cell

Away = dict[str, list[tuple[int, int]]]
"""By call sign: when it is taken off (begin and end in seconds)."""


class Unit(Struct, frozen=True):
    """A call sign: its kind, its home, the shift that it works and the phase of its loop."""

    unit_id: str
    unit_type: Literal["patrol_car", "motorcycle", "foot", "station_desk"]
    source: Literal["vehicle_gps", "pda", "radio_350m"]
    officers: int
    station: int
    shift: int
    phase: float


_SOURCES: Final[dict[str, Literal["vehicle_gps", "pda", "radio_350m"]]] = {
    "patrol_car": "vehicle_gps",
    "motorcycle": "pda",
    "foot": "pda",
    "station_desk": "radio_350m",
}


class Rounds:
    """Where units are that have nothing else to do: each drives a loop through its own cell."""

    def __init__(self, city: City, units: list[Unit]) -> None:
        self._city = city
        self._cells = city.cell(np.array([unit.station for unit in units], dtype=np.int64))
        self._phases = np.array([unit.phase for unit in units])
        loose = [unit.unit_type != "station_desk" for unit in units]
        self._loose = np.array(loose, dtype=np.float64)

    def at(
        self, second: int | np.ndarray, rows: np.ndarray | slice = slice(None)
    ) -> tuple[np.ndarray, np.ndarray]:
        """(lon, lat) of the units of these rows; WGS-84."""
        phases, loose = self._phases[rows], self._loose[rows]
        turn = 2 * np.pi * (second / _TURN_S + phases)
        u = 0.5 + 0.33 * loose * np.sin(turn)
        v = 0.5 + 0.33 * loose * np.sin(2 * turn + phases)
        return self._city.at(self._cells[rows], u, v)


def units_of(plan: Plan, city: City) -> list[Unit]:
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
                    Unit(
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


def shift_zero(shift: int) -> int:
    """Some begin of this shift: 00:00, 08:00 or 16:00 local time of the epoch's day."""
    return shift * SHIFT_S - SHIFT_S  # local midnight lies 8 h before UTC's


def away_of(city: City, units: list[Unit], events: Events) -> tuple[Away, list[Shortage]]:
    """Who is taken off when, and the truth about it: all of an area's units but its desk."""
    away: Away = {}
    shortages = []
    for number, (station, begin, end) in enumerate(events.shortages, 1):
        gone = sorted(
            unit.unit_id
            for unit in units
            if unit.station == station and unit.unit_type != "station_desk"
        )
        for unit_id in gone:
            away.setdefault(unit_id, []).append((begin, end))
        shortages.append(
            Shortage(
                id=f"shortage-{number}",
                area=city.stations[station],
                start=datetime.fromtimestamp(begin, LOCAL),
                end=datetime.fromtimestamp(end, LOCAL),
                units=gone,
            )
        )
    return away, shortages
