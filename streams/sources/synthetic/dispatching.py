"""Who goes to which call of the simulated city: the unit that is there first, and until when."""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct

from streams.categories import INFORMATION
from streams.coordinates import gcj02_to_wgs84
from streams.records import Level
from streams.sources.synthetic.channels import Channels
from streams.sources.synthetic.city import City
from streams.sources.synthetic.columns import CRITICAL, DECOY, REPEAT, Columns, call_id
from streams.sources.synthetic.events import Injected
from streams.sources.synthetic.plan import Plan, generator
from streams.sources.synthetic.rhythm import Rhythm
from streams.sources.synthetic.roster import DAY_S, SHIFT_S, Away, Rounds, Unit, shift_zero
from streams.sources.synthetic.tables import table
from streams.sources.synthetic.texts import TextBook

__all__ = ["Dispatching", "Errand", "Service"]

_NEAR: Final = 12
"""Stations whose units may be sent, the nearest ones: a call so costs as much in a large city."""
_LAST_S: Final = 900  # a unit goes to no new call in the last quarter of an hour of its shift
_KM_PER_DEGREE: Final = 111.32
_SEAT_S: Final = (120, 600)
"""How long the seat itself needs for a call to which nobody goes."""
_NEVER: Final = np.iinfo(np.int64).max // 4

Point = tuple[float, float]


class Errand(Struct, frozen=True):
    """One unit's way to one call and back. unit: its row; times in seconds; points (lon, lat)."""

    unit: int
    incident: str
    leave_s: int
    arrive_s: int
    end_s: int
    back_s: int
    begin: Point
    place: Point


class Service(Struct, frozen=True):
    """When a call was dealt with (seconds). A call without units has only its end, and no level."""

    closed_s: int
    level: Level | None = None
    dispatched_s: int | None = None
    contact_s: int | None = None
    arrived_s: int | None = None
    units: tuple[str, ...] = ()


class Dispatching:
    """Sends units to the calls of one block after the other; its state is who is busy until when.

    Calls are served as they come: each gets the units that can be there first, also when they
    have to end another call before. A unit that will be taken off finishes what it has begun.
    """

    def __init__(
        self, plan: Plan, city: City, book: TextBook, units: list[Unit], away: Away
    ) -> None:
        self._plan, self._book, self._units = plan, book, units
        self._rounds = Rounds(city, units)
        self._gcj02 = Channels().gcj02
        self._categories = Rhythm().categories
        data = table("service")
        self._levels = data["levels"]
        self._three = frozenset(data["level_three"])
        self._detour, self._turnout = float(data["detour"]), int(data["turnout_s"])
        kinds = [unit.unit_type for unit in units]
        self._metres_s = np.array([data["speed"].get(kind, 0) / 3.6 for kind in kinds])
        self._zero = np.array([shift_zero(unit.shift) for unit in units])
        self._away = {row: away[unit.unit_id] for row, unit in enumerate(units)
                      if unit.unit_id in away}  # fmt: skip
        self._candidates = _candidates(city, units)
        self._free = np.zeros(len(units), np.int64)  # when each has ended what it was sent to
        self._back = np.zeros(len(units), np.int64)
        self._last: list[Errand | None] = [None] * len(units)

    def block(
        self, index: int, begin_s: int, columns: Columns, calls: list[Injected]
    ) -> tuple[list[Service], list[Errand]]:
        """What becomes of each row of a block, and the errands of its units in order of call."""
        rng = generator(self._plan.seed, 30, index)
        n = columns.time.size
        handled = rng.integers(20, 80, n)
        contact = rng.integers(8, 40, n)
        slow = np.exp(0.2 * rng.standard_normal(n))
        effort = rng.gamma(2.0, 0.5, n)
        seat = rng.integers(*_SEAT_S, n)
        lat, lon = self._places(columns)
        time = columns.time.tolist()
        services: list[Service] = []
        errands: list[Errand] = []
        for row in range(n):
            level = self._level(columns, row, calls)
            if level is None:
                services.append(Service(time[row] + int(seat[row])))
                continue
            asked = self._levels[level]
            sent = self._send(
                call_id(begin_s, row),
                int(columns.station[row]),
                time[row] + int(handled[row]),
                (float(lon[row]), float(lat[row])),
                units=int(asked["units"]),
                slow=float(slow[row]),
                task_s=int(asked["minutes"] * 60 * effort[row]),
            )
            errands += sent
            first = min(sent, key=lambda errand: errand.arrive_s)
            dispatched = min(errand.leave_s for errand in sent)
            services.append(
                Service(
                    first.end_s,
                    level,
                    dispatched,
                    min(dispatched + int(contact[row]), first.arrive_s),
                    first.arrive_s,
                    tuple(sorted(self._units[errand.unit].unit_id for errand in sent)),
                )
            )
        # A second call ends with the first; one that comes later still, by itself.
        for row in np.flatnonzero(columns.parent >= 0).tolist():
            end = services[int(columns.parent[row])].closed_s
            services[row] = Service(max(end, services[row].closed_s))
        return services, errands

    def _level(self, columns: Columns, row: int, calls: list[Injected]) -> Level | None:
        """What the call is graded by whoever works it; None where no unit goes."""
        kind = int(columns.kind[row])
        if kind in {DECOY, REPEAT}:
            return None
        if kind == CRITICAL:
            call = calls[int(columns.call[row])]
            return self._book.grade(
                call.critical, int(columns.contact[row]), int(columns.text[row])
            )
        category = self._categories[int(columns.category[row])]
        if category.startswith(INFORMATION):
            return None
        return "III" if category in self._three else "IV"

    def _send(
        self,
        incident: str,
        station: int,
        at_s: int,
        place: Point,
        *,
        units: int,
        slow: float,
        task_s: int,
    ) -> list[Errand]:
        """The errands of those who are there first; everybody leaves when the call is closed."""
        rows = self._candidates[station]
        ready = self._ready(rows, at_s)
        lon, lat = self._stand(rows, ready)
        way_s = self._way(rows, lon, lat, place, slow)
        for at, row in enumerate(rows.tolist()):
            if row in self._away:
                ready[at] = self._kept(row, int(ready[at]), int(way_s[at]) + task_s)
        there = ready + way_s
        chosen = np.argsort(there, kind="stable")[:units].tolist()
        end = max(int(there[chosen].min()) + task_s, int(there[chosen].max()) + 120)
        found = []
        for at in chosen:
            row, leave = int(rows[at]), int(ready[at])
            home = self._rounds.at(end, rows[at : at + 1])
            way = self._way(rows[at : at + 1], *home, place, 1.0)
            errand = Errand(
                row, incident, leave, int(there[at]), end, end + int(way[0]),
                (float(lon[at]), float(lat[at])), place,
            )  # fmt: skip
            self._free[row], self._back[row], self._last[row] = end, errand.back_s, errand
            found.append(errand)
        return found

    def _ready(self, rows: np.ndarray, at_s: int) -> np.ndarray:
        """When each unit can leave: on duty, and done with what it does."""
        ready = np.maximum(self._free[rows], at_s)
        into = (ready - self._zero[rows]) % DAY_S
        return np.asarray(np.where(into >= SHIFT_S - _LAST_S, ready + DAY_S - into, ready))

    def _kept(self, row: int, ready: int, needs: int) -> int:
        """The same for a unit that is taken off at times: it begins nothing it cannot end."""
        for begin, end in sorted(self._away[row]):
            if ready < end and ready + needs > begin:
                ready = int(self._ready(np.array([row]), end)[0])
        return ready

    def _stand(self, rows: np.ndarray, at_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(lon, lat) of units at a moment of each at which they are free."""
        lon, lat = self._rounds.at(at_s, rows)
        for at in np.flatnonzero(at_s < self._back[rows]).tolist():
            errand = self._last[int(rows[at])]
            if errand is not None:
                share = (int(at_s[at]) - errand.end_s) / max(1, errand.back_s - errand.end_s)
                lon[at] = errand.place[0] + (lon[at] - errand.place[0]) * share
                lat[at] = errand.place[1] + (lat[at] - errand.place[1]) * share
        return lon, lat

    def _way(
        self, rows: np.ndarray, lon: np.ndarray, lat: np.ndarray, place: Point, slow: float
    ) -> np.ndarray:
        """Seconds from points to a place, whole ones; never for who does not drive."""
        narrow = np.cos(np.radians(place[1]))
        km = np.hypot((lon - place[0]) * narrow, lat - place[1]) * _KM_PER_DEGREE
        speed = self._metres_s[rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            seconds = self._turnout + slow * self._detour * 1000 * km / speed
        return np.where(speed > 0, seconds, _NEVER).astype(np.int64)

    def _places(self, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
        lat, lon = gcj02_to_wgs84(columns.lat, columns.lon)
        shifted = self._gcj02[columns.channel]
        return np.where(shifted, lat, columns.lat), np.where(shifted, lon, columns.lon)


def _candidates(city: City, units: list[Unit]) -> list[np.ndarray]:
    """Rows of the units that may go to calls of each station: its own, and the wheels nearby."""
    every = np.arange(len(city.stations))
    half = np.full(every.size, 0.5)
    lon, lat = city.at(city.cell(every), half, half)
    narrow = np.cos(np.radians(lat.mean()))
    home = np.array([unit.station for unit in units])
    wheels = np.array([unit.unit_type in {"patrol_car", "motorcycle"} for unit in units])
    walks = np.array([unit.unit_type == "foot" for unit in units])
    of_station = [np.flatnonzero((home == at) & wheels) for at in every.tolist()]
    own = [np.flatnonzero((home == at) & walks) for at in every.tolist()]
    found = []
    for at in every.tolist():
        apart = np.hypot((lon - lon[at]) * narrow, lat - lat[at])
        near = np.argsort(apart, kind="stable")[:_NEAR].tolist()
        found.append(np.sort(np.concatenate([own[at], *(of_station[other] for other in near)])))
    return found
