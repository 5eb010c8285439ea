"""What whoever knows everything says of a simulated city's strength: the truth for cold spots.

Perfect information about the present, none about the future: where each unit is and what it does,
which calls are open, the true rates of calls and mean times on task. The standard of what a station
needs is the engine's own, so that what differs is what the engine does not know.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct, json
from numpy.typing import NDArray

from detectors.coverage.load import DEFAULT_UNITS, offered_load
from rules.coverage.model import CoverageModel
from rules.coverage.unit_weights import UnitWeights
from rules.coverage.units_view import UnitsView
from streams.areas import AreaTree
from streams.coordinates import to_wgs84
from streams.records import UnitPosition
from streams.sources.synthetic import Plan, Simulation
from streams.unit_rows import KINDS, STATUSES

__all__ = ["Truth", "perfect"]

_LEVELS: Final = tuple(DEFAULT_UNITS)
_UNITS: Final = np.array(list(DEFAULT_UNITS.values()))
_AHEAD_S: Final = 3600
_USUAL_MIN: Final = 45.0


class Truth(Struct, frozen=True):
    """Coldness and gap [minutes, stations], as they were at the end of each minute."""

    stations: list[str]
    coldness: NDArray[np.int8]
    gap: NDArray[np.float64]


class _Calls:
    """All calls to which units go: columns in order of time."""

    def __init__(self, simulation: Simulation) -> None:
        stations = simulation.city.stations
        rows = [
            (at, service.closed_s, stations.index(area), _LEVELS.index(service.level or "IV"))
            for at, area, service in simulation.worked()
        ]
        self.at, self.closed, self.station, self.level = np.array(sorted(rows)).T
        self._plan, self._shares = simulation.plan, simulation.city.weights
        minutes, number = (self.closed - self.at) / 60, np.bincount(self.level, minlength=4)
        taken = np.bincount(self.level, minutes, len(_LEVELS))
        self.service = np.where(number > 0, taken / np.maximum(number, 1), _USUAL_MIN)

    def rate(self, now: int) -> NDArray[np.float64]:
        """True calls an hour [levels, stations]: those of the city in this hour, by shares."""
        begin = now - (now - self._plan.start_s) % _AHEAD_S
        mine = (self.at >= begin) & (self.at < begin + _AHEAD_S)
        return np.outer(np.bincount(self.level[mine], minlength=len(_LEVELS)), self._shares)

    def load(self, now: int) -> NDArray[np.float64]:
        """Units busy on average over the next hour, by station."""
        open_ = self.open(now)
        calls = np.zeros((len(_LEVELS), self._shares.size))
        np.add.at(calls, (self.level[open_], self.station[open_]), 1)
        return offered_load(self.rate(now), self.service, _UNITS, open_calls=calls)

    def open(self, now: int) -> NDArray[np.bool_]:
        return np.asarray((self.at < now) & (self.closed > now))

    def urgent(self, now: int) -> NDArray[np.bool_]:
        """Whether a call of level I or II is open, by station."""
        grave = self.open(now) & (self.level < 2)
        return np.isin(np.arange(self._shares.size), self.station[grave])


def perfect(plan: Plan) -> Truth:
    """The truth about a plan with closings and a round of fixes a minute."""
    simulation = Simulation(plan)
    stations, tree = simulation.city.stations, AreaTree(simulation.city.areas)
    model, weights, calls = CoverageModel(tree, stations), UnitWeights(), _Calls(simulation)
    last: dict[str, UnitPosition] = {}
    coldness, gap = [], []
    for minute, fixes in enumerate(simulation.positions(), 1):
        for arrival in fixes:
            fix = json.decode(arrival.line, type=UnitPosition)
            last[fix.unit_id] = fix
        now = plan.start_s + minute * 60
        here = [fix for fix in last.values() if fix.status != "off"]
        everywhere = np.arange(len(stations))
        view = _view(here, tree, stations, now)
        own = weights.supply(view, everywhere, len(stations), model.limits).own
        rate, on_task = calls.rate(now), calls.service
        asked = rate.sum(axis=1) * _UNITS
        mean = float(asked @ on_task / asked.sum()) if asked.any() else float(on_task[2])
        found = model.assess(model.demand(calls.load(now), mean, calls.urgent(now)), own)
        coldness.append(found.coldness)
        gap.append(found.gap)
    return Truth(stations, np.array(coldness), np.array(gap))


def _view(here: list[UnitPosition], tree: AreaTree, stations: list[str], now: int) -> UnitsView:
    points = [to_wgs84(np.array([fix.lat]), np.array([fix.lon]), fix.coord_sys)[:2] for fix in here]
    lat, lon = (np.concatenate(column) for column in zip(*points, strict=True))
    index = {area: at for at, area in enumerate(stations)}
    nothing = np.zeros(len(here), dtype=np.uint8)
    ends = [fix.shift_end for fix in here]
    return UnitsView(
        tick=now // 60,
        areas=stations,
        names=[fix.unit_id for fix in here],
        index=np.arange(len(here)),
        area=np.array([index.get(area or "", -1) for area in tree.locate(lat, lon)], np.int32),
        kind=np.array([KINDS.index(fix.unit_type) for fix in here], np.uint8),
        status=np.array([STATUSES.index(fix.status) for fix in here], np.uint8),
        officers=nothing,
        auxiliaries=nothing,
        assigned=np.array([fix.incident_id is not None for fix in here], np.bool_),
        age=nothing.astype(np.int64),
        freshness=nothing,
        shift_end=np.array([round(end.timestamp() * 1000) if end else 0 for end in ends], np.int64),
        leaving=np.array([end is not None and end.timestamp() <= now for end in ends], np.bool_),
    )
