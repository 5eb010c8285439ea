"""Moves of free units to areas that lack some: greedy, few, and harmful to nobody."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.coverage.expected import Coverage
from detectors.coverage.gap import Assessment, Demand, assess
from detectors.coverage.strength import Strength
from detectors.coverage.travel import Pairs
from detectors.seasonal_pool import exact_sum

__all__ = ["Limits", "Move", "Plan", "Units", "movable", "suggest_moves"]

Floats = NDArray[np.float64]
Indexes = NDArray[np.int64]
Flags = NDArray[np.bool_]

_COLD: Final = 2
_WORST: Final = 256
"""Areas that moves are looked for in a tick, the worst first; three of them can be helped."""
_TRIED: Final = 8
_SLACK: Final = 1e-9


class Limits(Struct, frozen=True, kw_only=True):
    """What suggestions keep.

    moves: in a tick. minutes: of driving. shift_min: minutes that must be left of a unit's shift.
    keep_free: free strength that stays with the giver. In covered calls an hour: unit_worth is
    the worth of a missing unit that arrives, minute_cost the cost of a minute of driving.
    """

    moves: int = 3
    minutes: float = 15.0
    shift_min: float = 60.0
    keep_free: float = 1.0
    unit_worth: float = 0.05
    minute_cost: float = 0.002


class Units(NamedTuple):
    """Columns over units: index of the area (-1 none), weight, and whether it may be moved now."""

    area: Indexes
    weight: Floats
    movable: Flags


class Move(NamedTuple):
    """Unit (row) from area `giver` to area `taker`; gain: more calls an hour that are covered."""

    unit: int
    giver: int
    taker: int
    minutes: float
    gain: float


class Plan(NamedTuple):
    """Moves in the order of choice, with the assessment before them and after all of them."""

    moves: list[Move]
    before: Assessment
    after: Assessment


def movable(
    free: Flags, mobile: Flags, stale: Flags, shift_left_min: Floats, limits: Limits
) -> Flags:
    """Units that may be moved: free, on wheels, seen lately, not near their shift's end.

    shift_left_min: minutes; nan where the end of the shift is not told, which hinders nothing.
    """
    return free & mobile & ~stale & ~(shift_left_min < limits.shift_min)


def suggest_moves(
    demand: Demand,
    own: Strength,
    units: Units,
    near: Pairs,
    roads: Pairs,
    *,
    calls: Floats,
    gives: Flags,
    takes: Flags,
    limits: Limits,
) -> Plan:
    """Up to `limits.moves` moves: the greatest gains in expected coverage and missing units first.

    near: pairs within the SLA, as for `assess`. roads: all pairs with their minutes, of which
    those up to `limits.minutes` are driven. calls: expected calls an hour [areas]. gives, takes:
    areas that may give or take now; whoever keeps them can forbid what was just done.

    A giver keeps what it needs, its minimum and `keep_free`; no area becomes cold by a move, and
    the units missing in all never grow more. Where units are seldom busy expected coverage
    hardly tells areas apart: then units missing decide, less the driving. Dynamic MEXCLP
    (Daskin 1983; Jagtenberg, Bhulai & van der Mei 2015).
    """
    before = state = assess(demand, own, near)
    roads = roads.where(roads.minutes <= limits.minutes)
    moves: list[Move] = []
    busy = exact_sum(demand.load) / max(exact_sum(own.total), _SLACK)
    coverage = Coverage(near, calls, busy)
    while len(moves) < limits.moves:
        taking = takes & ((state.gap >= 1.0 - _SLACK) | (state.coldness >= _COLD))
        spare = np.minimum(own.total - demand.need, own.free - limits.keep_free)
        lends = _heaviest(units, np.where(gives & ~taking, spare, 0.0))
        helped = _worst(taking, state, calls)
        pairs = roads.where(helped[roads.taker] & (lends[roads.giver] >= 0))
        gain = coverage.gains(own, pairs.giver, pairs.taker, units.weight[lends[pairs.giver]])
        relief = np.minimum(units.weight[lends[pairs.giver]], _lack(state, own)[pairs.taker])
        score = gain + limits.unit_worth * relief - limits.minute_cost * pairs.minutes
        for at in np.lexsort((pairs.giver, pairs.taker, -score))[:_TRIED].tolist():
            giver, taker = int(pairs.giver[at]), int(pairs.taker[at])
            unit = int(lends[giver])
            moved = _moved(own, giver, taker, float(units.weight[unit]))
            then = assess(demand, moved, near)
            if score[at] > 0 and _helps(state, then, taker):
                break
        else:
            break
        moves.append(Move(unit, giver, taker, float(pairs.minutes[at]), float(gain[at])))
        own, state, units = moved, then, _settled(units, unit, taker)
    return Plan(moves, before, state)


def _worst(taking: Flags, state: Assessment, calls: Floats) -> Flags:
    """The areas that are helped first: by coldness, then gap, then calls."""
    rows = np.flatnonzero(taking)
    if rows.size > _WORST:
        keys = (-calls[rows], -state.gap[rows], -state.coldness[rows])
        rows = rows[np.lexsort(keys)[:_WORST]]
    chosen = np.zeros(taking.size, dtype=np.bool_)
    chosen[rows] = True
    return chosen


def _heaviest(units: Units, spare: Floats) -> Indexes:
    """For each area the heaviest unit that it can spare, the first of equals; -1 for none."""
    able = units.movable & (units.area >= 0) & (units.weight > 0)
    rows = np.flatnonzero(able)
    rows = rows[units.weight[rows] <= spare[units.area[rows]] + _SLACK]
    order = rows[np.lexsort((rows, -units.weight[rows], units.area[rows]))]
    area, first = np.unique(units.area[order], return_index=True)
    lends = np.full(spare.size, -1, dtype=np.int64)
    lends[area] = order[first]
    return lends


def _moved(own: Strength, giver: int, taker: int, weight: float) -> Strength:
    columns = []
    for column in own:
        changed = column.copy()
        changed[giver] -= weight
        changed[taker] += weight
        columns.append(changed)
    return Strength(*columns)


def _settled(units: Units, unit: int, taker: int) -> Units:
    area, free = units.area.copy(), units.movable.copy()
    area[unit], free[unit] = taker, False
    return Units(area, units.weight, free)


def _lack(state: Assessment, own: Strength) -> Floats:
    """Units that an area lacks of its own, before help; a cold one can use any."""
    short = state.gap + state.strength - own.total
    return np.where(state.coldness >= _COLD, np.inf, np.maximum(short, 0.0))


def _helps(now: Assessment, then: Assessment, taker: int) -> bool:
    """Whether less is missing in all or the taker is less cold, and nobody becomes cold."""
    newly = (then.coldness >= _COLD) & (now.coldness < _COLD)
    fall = np.maximum(now.gap, 0.0).sum() - np.maximum(then.gap, 0.0).sum()
    warmer = fall >= -_SLACK and then.coldness[taker] < now.coldness[taker]
    return bool((fall > _SLACK or warmer) and not newly.any())
