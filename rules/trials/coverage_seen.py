"""What coverage rules saw of one area: figures of judgements, and of late ones who was there."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from detectors.coverage.strength import KIND_WEIGHTS, MOBILE, SERVING
from rules.coverage.sight import Sight
from rules.coverage.units_view import LOST, STALE
from rules.limits import ticks_of
from streams.clock import TICK_MS, tick_of
from streams.unit_rows import KINDS, STATUSES

__all__ = ["CoverageSeen", "CoverageWitnessed", "NeighbourSeen", "UnitSeen"]

_NEAR: Final = 5
_COLD: Final = 2
_SLACK: Final = 1e-9


class UnitSeen(Struct, frozen=True):
    """A unit in the area: what it counts as, in cars, whether it waits for a call, and why."""

    unit: str
    kind: str
    status: str
    counts: float
    free: bool
    why: str


class NeighbourSeen(Struct, frozen=True):
    """A station that could lend a unit, the way in minutes, and why it does or does not.

    spare: strength above its own need.
    """

    area: str
    minutes: float
    spare: float
    unit: str | None
    why: str


class CoverageSeen(Struct, frozen=True, kw_only=True):
    """One judgement of an area. fired, held: 1 to 4 are levels IV to I, 0 is none.

    units and neighbours are told of the last judgements only.
    """

    tick: int
    strength: float
    free: float
    lost: int
    need: int
    minimum: int
    gap: float
    coldness: int
    load: float
    open_calls: int
    calls_hour: float
    fired: int
    held: int
    blind: bool
    hot: list[str]
    units: list[UnitSeen] = []
    neighbours: list[NeighbourSeen] = []

    @property
    def end_ms(self) -> int:
        """The end of the minute, the event time at which it is told."""
        return (self.tick + 1) * TICK_MS


class CoverageWitnessed:
    """Judgements of one area between two moments (ms), by rule; to be shown to a watch."""

    def __init__(self, area_id: str, first_ms: int, last_ms: int) -> None:
        self._area = area_id
        self._first, self._last = tick_of(first_ms), tick_of(last_ms) - 1
        self.seen: dict[str, list[CoverageSeen]] = {}

    def __call__(self, sight: Sight) -> None:
        """Take in one judgement of a command."""
        at = sight.ground.command.index.get(self._area)
        tick = sight.ground.tick
        if at is None or not self._first <= tick <= self._last:
            return
        look, rule = sight.look(at), sight.rungs.effective(at).rule
        asked = {r.fire.with_ for r in rule.levels.values() if r.fire.with_ is not None}
        seen = CoverageSeen(
            tick=tick,
            strength=round(float(look.supplied.own.total[at]), 2),
            free=round(float(sight.seen.free[at]), 2),
            lost=int(look.supplied.lost[at]),
            need=int(look.demand.need[at]),
            minimum=int(look.demand.minimum[at]),
            gap=round(float(look.found.gap[at]), 2),
            coldness=int(look.found.coldness[at]),
            load=round(float(look.demand.load[at]), 3),
            open_calls=int(look.open[at]),
            calls_hour=round(float(look.calls[at]), 2),
            fired=int(sight.fired[at]),
            held=int(sight.held[at]),
            blind=bool(sight.seen.blind[at]),
            hot=sorted(name for name in asked if sight.seen.hot(name)[at]),
        )
        if self._last - tick < max(1, ticks_of(rule.every)):
            units, near = _units(sight, at), _neighbours(sight, at)
            seen = msgspec.structs.replace(seen, units=units, neighbours=near)
        self.seen.setdefault(sight.entry.rule.id, []).append(seen)


def _units(sight: Sight, at: int) -> list[UnitSeen]:
    """Units of the area, by call sign."""
    look, supply = sight.look(at), sight.rungs.effective(at).rule.supply
    view, supplied = look.view, look.supplied
    found = []
    for row in np.flatnonzero(supplied.units.area == at).tolist():
        kind, status = KINDS[int(view.kind[row])], STATUSES[int(view.status[row])]
        counts, free = float(supplied.units.weight[row]), bool(supplied.waits[row])
        if supply.units and kind not in supply.units:
            why = "the rule does not count its kind"
        elif KIND_WEIGHTS[kind] == 0:
            why = "its kind serves no calls alone"
        elif view.leaving[row]:
            why = "its shift is over"
        elif view.freshness[row] == LOST:
            why = f"lost: no fix for {int(view.age[row])} min"
        elif status not in {*SERVING, *supply.status}:
            why = f"{status} serves no calls"
        elif view.freshness[row] == STALE:
            why = f"half: no fix for {int(view.age[row])} min"
        else:
            why = "waits for a call" if free else "is at a call"
        found.append(UnitSeen(view.name(row), kind, status, round(counts, 2), free, why))
    return sorted(found, key=lambda unit: unit.unit)


def _neighbours(sight: Sight, at: int) -> list[NeighbourSeen]:
    """The nearest stations that could lend a unit, with what is against it."""
    suggest = sight.entry.rule.suggest
    if suggest is None:
        return []
    look, model = sight.look(at), sight.ground.command.model
    roads = model.within(model.limits.minutes)
    mine = np.flatnonzero(roads.taker == at)
    mine = mine[np.argsort(roads.minutes[mine], kind="stable")[:_NEAR]]
    limits = msgspec.structs.replace(model.limits, keep_free=float(suggest.donor_keeps))
    moves = model.suggest(
        look.demand, look.supplied.own, look.supplied.units, look.calls,
        name=look.view.name, pause=sight.pause, limits=limits, near=look.near,
    )  # fmt: skip
    sent = {move.giver: move.unit for move in moves if move.taker == sight.ground.command.ids[at]}
    return [
        _neighbour(sight, at, int(roads.giver[pair]), float(roads.minutes[pair]), sent)
        for pair in mine.tolist()
    ]


def _neighbour(
    sight: Sight, at: int, giver: int, minutes: float, sent: dict[str, str]
) -> NeighbourSeen:
    look, suggest = sight.look(at), sight.entry.rule.suggest
    own, units, area = look.supplied.own, look.supplied.units, sight.ground.command.ids[giver]
    spare = float(own.total[giver] - look.demand.need[giver])
    keeps = 0 if suggest is None else suggest.donor_keeps
    here = (units.area == giver) & units.movable
    least = float(units.weight[here].min(initial=np.inf))
    if area in sent:
        why = "suggested"
    elif area in sight.pause.takers:
        why = "it was sent a unit lately itself"
    elif not here.any():
        drives = ", ".join(MOBILE[:3])
        why = f"nobody there is free, on wheels ({drives} ...) and long enough on duty"
    elif spare < least - _SLACK:
        why = "it needs all it has"
    elif own.free[giver] - keeps < least - _SLACK:
        why = f"it keeps {keeps} free (donor_keeps)"
    elif look.found.gap[at] < 1.0 - _SLACK and look.found.coldness[at] < _COLD:
        why = "it could, but no unit is missing here"
    else:
        why = "nobody is better off by a unit from there"
    return NeighbourSeen(area, round(minutes, 1), round(spare, 2), sent.get(area), why)
