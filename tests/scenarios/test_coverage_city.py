"""A simulated city that loses its units station by station: cold spots are told, and moves help."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec import convert, json

from detectors.coverage.expected import uncovered
from rules.coverage.model import CoverageModel
from rules.coverage.recent_moves import RecentMoves
from rules.coverage.unit_weights import UnitWeights
from streams.areas import AreaTree
from streams.records import UnitPosition
from streams.sources.synthetic import Plan, Simulation
from tests.unit.rules.coverage.units import Unit, view

TICK_S, SERVICE_MIN = 300, 40.0
PLAN = convert(
    {"seed": 5, "hours": 8, "stations": 16, "shortages": 10, "rate": 300, "fix_every": TICK_S}, Plan
)


class City:
    """Last fixes of all units; a unit that was sent stands elsewhere until its shift ends."""

    def __init__(self, stations):
        self._stations = stations
        self._last: dict[str, UnitPosition] = {}
        self._sent: dict[str, tuple[float, int]] = {}

    def take_in(self, fixes):
        for arrival in fixes:
            fix = json.decode(arrival.line, type=UnitPosition)
            self._last[fix.unit_id] = fix
            if fix.status == "off":
                self._sent.pop(fix.unit_id, None)

    def send(self, unit, arrives, station):
        self._sent[unit] = (arrives, station)

    def view(self, now):
        units = [
            Unit(
                name=name,
                area=self._area(fix, now),
                kind=fix.unit_type,
                status=fix.status,
                shift_end=round(fix.shift_end.timestamp() * 1000) if fix.shift_end else 0,
            )
            for name, fix in sorted(self._last.items())
        ]
        return view(units, [*self._stations, "on its way"], now * 1000)

    def _area(self, fix, now):
        if fix.unit_id not in self._sent:
            return self._stations.index(fix.home_area)
        arrives, station = self._sent[fix.unit_id]
        return station if arrives <= now else len(self._stations)  # on its way


def played(*, follow):
    """(coldness [ticks, stations], uncovered calls, lost stations) with or without moves."""
    simulation = Simulation(PLAN)
    stations = simulation.city.stations
    model = CoverageModel(AreaTree(simulation.city.areas), stations)
    weights, recent, city = UnitWeights(), RecentMoves(), City(stations)
    calls = PLAN.rate / 24 * simulation.city.weights
    load = calls * SERVICE_MIN / 60
    demand = model.demand(load, SERVICE_MIN, np.zeros(len(stations), np.bool_))
    coldness, open_calls = [], 0.0
    for tick, fixes in enumerate(simulation.positions()):
        city.take_in(fixes)
        now = PLAN.start_s + tick * TICK_S
        units_now = city.view(now)
        place = model.places(units_now.areas)
        own, units, *_ = weights.supply(units_now, place, len(stations), model.limits)
        coldness.append(model.assess(demand, own).coldness)
        open_calls += uncovered(calls, own, model.near, load.sum() / own.total.sum()).sum()
        if not follow:
            continue
        for move in model.suggest(
            demand,
            own,
            units,
            calls,
            name=units_now.name,
            pause=recent.pause(now * 1000),
        ):
            recent.remember(now * 1000, move.unit, move.giver, move.taker)
            city.send(move.unit, now + move.minutes * 60, stations.index(move.taker))
    return np.array(coldness), open_calls, simulation.truth.shortages


@pytest.fixture(scope="module")
def alone():
    return played(follow=False)


def lost(shortages):
    """Stations without units, as flags [ticks, stations]."""
    stations = Simulation(PLAN).city.stations
    flags = np.zeros(((PLAN.end_s - PLAN.start_s) // TICK_S, len(stations)), np.bool_)
    for gone in shortages:
        begin, end = (
            int(-(-(moment.timestamp() - PLAN.start_s) // TICK_S))
            for moment in (gone.start, gone.end)
        )
        flags[begin:end, stations.index(gone.area)] = True
    return flags


def test_every_station_that_lost_its_units_is_cold_within_two_ticks_and_few_others_are(alone):
    coldness, _, shortages = alone
    gone = lost(shortages)
    cold = coldness >= 2
    second = np.zeros_like(gone)
    second[1:] = gone[1:] & gone[:-1]
    assert cold[second].mean() >= 0.95
    assert cold[~gone].mean() <= 0.05


def test_following_the_moves_cuts_uncovered_calls_by_a_third(alone):
    _, without, _ = alone
    coldness, following, _ = played(follow=True)
    assert following <= 0.7 * without
    assert (coldness >= 2).mean() < (alone[0] >= 2).mean() / 2
