"""One command at a tick: its areas with their calls and units, as every coverage rule asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.coverage.arrivals import expected_rate, steady_rate, with_prior
from detectors.coverage.columns import sum_by
from detectors.coverage.gap import Assessment, Demand
from detectors.coverage.load import DEFAULT_UNITS, mean_service, offered_load
from detectors.coverage.service import DEFAULT_SERVICE_MIN
from detectors.coverage.travel import Pairs
from rules.coverage.forecast import Forecast, Forecasts
from rules.coverage.model import CoverageModel
from rules.coverage.open_calls import OpenCalls
from rules.coverage.placing import Placing
from rules.coverage.unit_weights import Supplied, UnitWeights
from rules.coverage.units_by_command import UnitsByCommand
from rules.coverage.units_view import UnitsView
from rules.language.schema.coverage import CoverageDefaults, Supply
from rules.limits import ticks_of
from streams.areas import AreaTree

__all__ = ["Command", "Ground", "Look"]

Floats = NDArray[np.float64]

_UNITS: Final = np.array(list(DEFAULT_UNITS.values()))
_AHEAD_MIN: Final = 60
_USUAL: Final = list(DEFAULT_UNITS).index("III")
"""Level of calls that nobody graded."""
_HALF: Final = 0.5
"""A free unit next door is worth half of one of the area's own."""
_USUAL_MIN: Final = DEFAULT_SERVICE_MIN["III"]


class Look(NamedTuple):
    """What a rule sees of the areas of a command; `calls`: expected calls an hour, `open`: open.

    view: the units behind it. open is 0 where nobody closes calls. free: units that wait for a
    call, and half of those next door where the rule has a reach; near: who helps whom.
    """

    view: UnitsView
    supplied: Supplied
    demand: Demand
    found: Assessment
    calls: Floats
    open: NDArray[np.int64]
    free: Floats
    near: Pairs


class Command:
    """The stations of a command and their neighbours, worked out once.

    reach_min: minutes of driving up to which rules look.
    """

    def __init__(self, tree: AreaTree, ids: Sequence[str], reach_min: float = 0.0) -> None:
        self.model = CoverageModel(tree, ids, reach_min=reach_min)
        self.ids = list(ids)
        self.index = {area_id: at for at, area_id in enumerate(self.ids)}


class Ground(Struct, frozen=True):
    """A command at the end of a tick. name: its id; calls: by the categories that bind units.

    since: the tick from which on it had units. units: of all commands. placed: where the areas of
    the calls stand, whose ids are `ids`.
    """

    tick: int
    name: str
    since: int
    command: Command
    units: UnitsByCommand
    calls: dict[tuple[str, ...], OpenCalls]
    placed: Placing
    ids: list[str]
    forecasts: Forecasts

    def look(self, rule: CoverageDefaults, supply: Supply, zone: str = "UTC") -> Look:
        """What a rule sees that counts these units. zone: on whose clock its week runs."""
        position = rule.position
        view, place = self.units.of(
            self.name,
            self.command,
            fresh=ticks_of(position.fresh),
            unknown_after=ticks_of(position.unknown_after),
        )
        model, ids = self.command.model, self.command.ids
        weights = UnitWeights(counted=supply.units, free=supply.status)
        supplied = weights.supply(view, place, len(ids), model.limits)
        demand, calls, open_ = self._demand(rule, zone)
        free = supplied.free.astype(np.float64)
        near = model.near
        if supply.reach is not None:
            near = model.within(ticks_of(supply.reach))
            free += _HALF * sum_by(near.taker, free[near.giver], len(ids))
        found = model.assess(demand, supplied.own, near)
        return Look(view, supplied, demand, found, calls, open_, free, near)

    def _demand(
        self, rule: CoverageDefaults, zone: str
    ) -> tuple[Demand, Floats, NDArray[np.int64]]:
        """(demand, calls an hour, open calls) of the areas."""
        asked = rule.demand
        counted = self.calls[() if asked is None else tuple(asked.open)]
        ahead = _AHEAD_MIN if asked is None or asked.forecast is None else ticks_of(asked.forecast)
        size = len(self.command.ids)
        codes = self.placed.of(self.name, self.command, self.ids)
        place = codes, self.placed.row[codes]
        rate = _spread(counted.rate, place, size)
        open_ = _spread(counted.open(), place, size)
        # Where nobody closes calls nobody knows how many are open: then the usual number counts.
        told = bool(_spread(counted.told()[None], place, size).any())
        if told:
            usual = _spread(counted.usual, place, size)
            rate = steady_rate(rate, usual, (self.tick + 1 - self.since) / _AHEAD_MIN)
        forecast = self.forecasts.of(counted.prefixes, zone)
        if forecast is not None and asked is not None and asked.forecast is not None:
            recent = rate.sum(axis=0)
            # Calls that the week lets expect, and that the last hour did not bring, are usual ones.
            rate[_USUAL] += expected_rate(recent, self._seasonal(forecast, ahead)) - recent
        on_task = counted.service.minutes(self.name)
        load = offered_load(
            rate, on_task, _UNITS, open_calls=open_ if told else None, ahead_min=float(ahead)
        )
        urgent = _spread(counted.urgent()[None], place, size)[0] > 0
        service = mean_service(rate, on_task, _UNITS, _USUAL_MIN)
        known = open_.sum(axis=0).astype(np.int64) if told else np.zeros(size, dtype=np.int64)
        return self.command.model.demand(load, service, urgent), rate.sum(axis=0), known

    def _seasonal(self, forecast: Forecast, ahead: int) -> Floats:
        """Calls an hour of each area that the week lets expect; nan where nothing is known."""
        codes = self.placed.codes(self.name)
        rows = self.placed.row[codes]
        rate = forecast.rate(self.tick, self.name, codes.size, ahead)
        expected = np.full(len(self.command.ids), np.nan)
        expected[rows[rows >= 0]] = rate[rows >= 0]
        return with_prior(expected, self.command.model.areas.population)


def _spread(
    values: NDArray[np.float64] | NDArray[np.int64] | NDArray[np.bool_],
    place: tuple[NDArray[np.int64], NDArray[np.int64]],
    size: int,
) -> Floats:
    """Columns of all areas as those of a command; areas without a column have 0.

    place: columns of the command's areas, and their rows there.
    """
    columns, rows = place
    known = columns < values.shape[1]
    spread = np.zeros((values.shape[0], size))
    spread[:, rows[known]] = values[:, columns[known]]
    return spread
