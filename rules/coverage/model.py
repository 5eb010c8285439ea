"""One tick of coverage over the areas of a command: demand, assessment, and moves by their ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.coverage.gap import Assessment, Demand, assess
from detectors.coverage.redeployment import Limits, Plan, Units, suggest_moves
from detectors.coverage.requirement import Standard, required_units
from detectors.coverage.strength import Strength
from detectors.coverage.travel import Pairs, Roads, TravelModel, units_for_travel
from rules.coverage.area_table import area_table, neighbours
from rules.coverage.recent_moves import Pause
from streams.areas import AreaTree

__all__ = ["CoverageModel", "Suggestion"]

Floats = NDArray[np.float64]


class Suggestion(Struct, frozen=True):
    """A move for people to decide on. Gaps: units missing before all moves of the tick and after.

    row: of the unit in the columns that were judged. gain: more calls an hour that are covered.
    """

    row: int
    unit: str
    giver: str
    taker: str
    minutes: float
    gain: float
    giver_gap: tuple[float, float]
    taker_gap: tuple[float, float]


class CoverageModel:
    """Areas with their neighbours, and what must hold in them; keeps no state of its own.

    ids: the areas in the order of every column. What depends on the area file alone is worked
    out here once. roads: see `neighbours`. near: pairs whose giver, turnout
    included, arrives within the SLA of the taker. reach_min: minutes of driving for `within`.
    """

    def __init__(
        self,
        tree: AreaTree,
        ids: Sequence[str],
        *,
        travel: TravelModel | None = None,
        standard: Standard | None = None,
        limits: Limits | None = None,
        roads: Roads | None = None,
        reach_min: float = 0.0,
    ) -> None:
        self.limits = limits or Limits()
        self._travel = travel or TravelModel()
        self._standard = standard or Standard()
        self.areas = area_table(tree, ids)
        sla = np.asarray(self._travel.sla_min)[self.areas.place]
        reach = max(self.limits.minutes, reach_min, float(sla.max(initial=0.0)))
        self._roads = neighbours(self.areas, self._travel, limit_min=reach, roads=roads)
        self.near = self._roads.within(sla - self._travel.turnout_min)
        self._within: dict[float, Pairs] = {}

    def places(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Index of each area among those judged, -1 for one that is not."""
        known = {area_id: row for row, area_id in enumerate(self.areas.ids)}
        return np.array([known.get(area_id, -1) for area_id in ids], dtype=np.int64)

    def demand(self, load: Floats, service_min: float, urgent: NDArray[np.bool_]) -> Demand:
        """What areas need for a load in Erlang, calls of `service_min` minutes on average.

        urgent: whether a call of level I or II is open.
        """
        areas = self.areas
        travel = units_for_travel(load, areas.km2, areas.place, self._travel)
        least = np.maximum(areas.minimum, travel)
        need = required_units(load, service_min, least, self._standard)
        return Demand(load, need, areas.minimum, urgent)

    def within(self, minutes: float) -> Pairs:
        """The pairs whose giver drives no longer than so many minutes."""
        pairs = self._within.get(minutes)
        if pairs is None:
            pairs = self._within[minutes] = self._roads.where(self._roads.minutes <= minutes)
        return pairs

    def assess(self, demand: Demand, own: Strength, near: Pairs | None = None) -> Assessment:
        """Gap, coldness and help of every area. near: other pairs than the model's."""
        return assess(demand, own, self.near if near is None else near)

    def suggest(
        self,
        demand: Demand,
        own: Strength,
        units: Units,
        calls: Floats,
        *,
        name: Callable[[int], str],
        pause: Pause,
        limits: Limits | None = None,
        near: Pairs | None = None,
    ) -> list[Suggestion]:
        """Moves that help, always for people to decide on.

        calls: expected calls an hour by area. name: call sign of a row of `units`; of equal units
        the first by name goes, whatever the order of the rows. pause: what was moved lately, so
        that no move is repeated or turned round. limits: other ones than the model's.
        """
        named = [(name(row), row) for row in np.flatnonzero(units.movable).tolist()]
        rows = np.array([row for call, row in sorted(named) if call not in pause.units], np.int64)
        plan = suggest_moves(
            demand,
            own,
            Units(units.area[rows], units.weight[rows], units.movable[rows]),
            self.near if near is None else near,
            self._roads,
            calls=calls,
            gives=self._without(pause.takers),
            takes=self._without(pause.givers),
            limits=limits or self.limits,
        )
        return self._told(plan, rows, name)

    def _told(
        self, plan: Plan, rows: NDArray[np.int64], name: Callable[[int], str]
    ) -> list[Suggestion]:
        def gaps(area: int) -> tuple[float, float]:
            return round(float(plan.before.gap[area]), 2), round(float(plan.after.gap[area]), 2)

        ids = self.areas.ids
        return [
            Suggestion(
                row=int(rows[move.unit]),
                unit=name(int(rows[move.unit])),
                giver=ids[move.giver],
                taker=ids[move.taker],
                minutes=round(move.minutes, 1),
                gain=round(move.gain, 3),
                giver_gap=gaps(move.giver),
                taker_gap=gaps(move.taker),
            )
            for move in plan.moves
        ]

    def _without(self, resting: frozenset[str]) -> NDArray[np.bool_]:
        return np.array([area_id not in resting for area_id in self.areas.ids], dtype=np.bool_)
