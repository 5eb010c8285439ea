"""`watchfloor bench coverage`: what one tick of coverage costs, step by step."""

from __future__ import annotations

import time
from typing import Final

import numpy as np

from commands.bench.coverage_watch import watch_ticks
from commands.bench.lattice import counties, lattice
from commands.bench.report import Ratio, Report, figure
from detectors.coverage.load import DEFAULT_UNITS, mean_service, offered_load
from detectors.coverage.service import DEFAULT_SERVICE_MIN
from rules.coverage.model import CoverageModel
from rules.coverage.recent_moves import RecentMoves
from rules.coverage.unit_weights import UnitWeights
from rules.coverage.units_view import UnitsView
from streams.areas import AreaTree
from streams.unit_rows import KINDS, STATUSES

__all__ = ["measure_coverage"]

_GOAL_MS: Final = 1_000.0
_COUNTY: Final = 30
"""Stations of a county of the whole watch; the steps are measured with all in one."""
_KINDS: Final = ("patrol_car", "patrol_car", "motorcycle", "foot", "station_desk")
_STATUSES: Final = ("patrol", "patrol", "on_duty", "on_scene", "break")
_RATES: Final = np.array([0.01, 0.05, 0.4, 0.8])[:, None]
"""Calls an hour of the four levels in a usual area."""


class _Laps:
    """Processor milliseconds between calls, by name: a neighbour on the machine does not show."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}
        self._last = time.process_time()

    def end(self, name: str) -> None:
        now = time.process_time()
        self.took[name] = 1e3 * (now - self._last)
        self._last = now


def measure_coverage(*, areas: int, units: int, repeats: int) -> Report:
    """Milliseconds of each step of a tick over a lattice of invented areas, new units each time."""
    rng = np.random.default_rng(1)
    ids = [f"S{number}" for number in range(areas)]
    laps = _Laps()
    model = CoverageModel(AreaTree(list(lattice(ids))), ids)
    laps.end("areas and neighbours, once")
    ticks = [_tick(model, units, rng) for _ in range(repeats)]
    figures = [figure(name, "ms", [tick[name] for tick in ticks]) for name in ticks[0]]
    whole = figure("whole tick", "ms", [sum(tick.values()) for tick in ticks])
    whole_watch, held = watch_ticks(
        AreaTree(list(counties(ids, _COUNTY))), ids, units=units, ticks=repeats
    )
    note = f"in counties of {_COUNTY}; fixes and calls of a minute taken in, presence settled"
    watch = figure("tick of the whole watch", "ms", whole_watch, note)
    state = figure("state of the whole watch", "bytes a unit", [held / units])
    pairs = f"{model.near.giver.size:,} pairs within the time to arrive"
    once = figure("areas and neighbours, once", "ms", list(laps.took.values()), pairs)
    ratios = [
        Ratio("whole tick, ms", whole.median, _GOAL_MS, at_least=False),
        Ratio("tick of the whole watch, ms", watch.median, _GOAL_MS, at_least=False),
    ]
    setting: dict[str, str | int | float] = {"areas": areas, "units": units, "repeats": repeats}
    shown = [*figures, whole, once, watch, state]
    return Report("A tick of coverage, one core", setting, shown, ratios)


def _tick(model: CoverageModel, count: int, rng: np.random.Generator) -> dict[str, float]:
    size = len(model.areas.ids)
    view, rate = _view(count, model.areas.ids, rng), rng.gamma(0.5, 2.0, (4, size)) * _RATES
    open_calls = rng.poisson(0.6 * rate).astype(np.float64)
    service = np.array(list(DEFAULT_SERVICE_MIN.values()))
    units = np.array(list(DEFAULT_UNITS.values()))
    weights = UnitWeights()
    laps = _Laps()
    own, able, *_ = weights.supply(view, model.places(view.areas), size, model.limits)
    laps.end("strength")
    load = offered_load(rate, service, units, open_calls=open_calls)
    mean = mean_service(rate, service, units, 40.0)
    laps.end("load")
    demand = model.demand(load, mean, open_calls[0] > 0)
    laps.end("units needed")
    model.assess(demand, own)
    laps.end("gap")
    calls = rate.sum(axis=0)
    model.suggest(demand, own, able, calls, name=view.name, pause=RecentMoves().pause(0))
    laps.end("moves")
    return laps.took


def _view(count: int, areas: list[str], rng: np.random.Generator) -> UnitsView:
    nothing = np.zeros(count, np.bool_)
    kinds, statuses = (
        np.array([codes.index(word) for word in words], np.uint8)
        for codes, words in ((KINDS, _KINDS), (STATUSES, _STATUSES))
    )
    return UnitsView(
        tick=0,
        areas=areas,
        names=[f"U{row}" for row in range(count)],
        index=np.arange(count),
        area=rng.integers(0, len(areas), count).astype(np.int32),
        kind=rng.choice(kinds, count),
        status=rng.choice(statuses, count),
        officers=np.ones(count, np.uint8),
        auxiliaries=np.zeros(count, np.uint8),
        assigned=nothing,
        age=np.zeros(count, np.int64),
        freshness=np.zeros(count, np.uint8),
        shift_end=np.zeros(count, np.int64),
        leaving=nothing,
    )
