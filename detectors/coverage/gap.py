"""The gap: units missing in each area after its neighbours' help, and how cold that is."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.coverage.columns import sum_by
from detectors.coverage.strength import Strength
from detectors.coverage.travel import Pairs

__all__ = ["Assessment", "Demand", "assess", "shared_spare"]

Floats = NDArray[np.float64]
Indexes = NDArray[np.int64]
Flags = NDArray[np.bool_]

_QUIET: Final = 0.1
"""Erlang: an area below it is served from next door as well as by a unit of its own."""
_LENT: Final = 0.5
"""Share of spare strength that neighbours may count on: a unit next door is worth half."""
_STALE_CAR: Final = 0.5
"""Free mobile strength that is at least one unit, be its fix stale."""
_ORANGE_GAP, _STRETCHED = 2.0, 0.75
_SLACK: Final = 1e-9


class Demand(NamedTuple):
    """Columns over areas. load: Erlang. need: n_req. minimum: minimum manning.

    urgent: whether a call of level I or II is open.
    """

    load: Floats
    need: Indexes
    minimum: Indexes
    urgent: Flags


class Assessment(NamedTuple):
    """Columns over areas.

    gap: units missing, need - own - borrowed; below 0 where units are to spare, lent ones too.
    strength: own - lent + borrowed; sums up to the sum of the own.
    coldness: 0 none, 1 a little, 2 cold, 3 ice. remote: quiet and served from next door.
    """

    gap: Floats
    strength: Floats
    coldness: NDArray[np.int8]
    remote: Flags


def assess(demand: Demand, own: Strength, near: Pairs) -> Assessment:
    """Judge all areas. near: the pairs whose giver reaches the taker within the taker's SLA.

    A quiet area with a free unit next door needs only its minimum manning. More units anywhere
    never raise a gap; more calls never lower one.
    """
    reached = np.zeros(demand.load.size, dtype=np.bool_)
    reached[near.taker[own.mobile[near.giver] >= _STALE_CAR]] = True
    relieved = reached & (demand.load <= _QUIET)
    need = np.where(relieved, demand.minimum, demand.need)
    spare = np.minimum(own.total - demand.need, own.mobile)
    lent, borrowed = shared_spare(spare, need - own.total, near)
    strength = own.total - lent + borrowed
    gap = need - own.total - borrowed
    cold = _coldness(demand, own, strength, gap)
    remote = relieved & (own.total < demand.need - _SLACK)
    return Assessment(gap, strength, cold, remote)


def shared_spare(spare: Floats, short: Floats, near: Pairs) -> tuple[Floats, Floats]:
    """(lent, borrowed) of each area; the sums are equal, so that no unit counts twice.

    Half of what an area can spare is offered in equal shares to those that are short and that it
    reaches; nobody takes more than it lacks. Shares that grew with the shortage would let an area
    grow warmer by a call that raises what it needs.
    """
    size = spare.size
    short = np.maximum(short, 0.0)
    offer = _LENT * np.maximum(spare, 0.0)
    asks = (short[near.taker] > _SLACK).astype(np.float64)
    askers = sum_by(near.giver, asks, size)
    given = asks * (offer / np.maximum(askers, 1.0))[near.giver]
    taken = sum_by(near.taker, given, size)
    part = np.minimum(np.divide(short, taken, out=np.zeros(size), where=taken > 0), 1.0)
    given *= part[near.taker]
    lent = sum_by(near.giver, given, size)
    return lent, sum_by(near.taker, given, size)


def _coldness(demand: Demand, own: Strength, strength: Floats, gap: Floats) -> NDArray[np.int8]:
    loaded = demand.load > _QUIET
    nobody = own.total <= _SLACK
    saturated = demand.load >= strength
    ice = (loaded & (nobody | saturated)) | (demand.urgent & (own.free <= _SLACK))
    cold = (gap >= _ORANGE_GAP - _SLACK) | (loaded & (demand.load > _STRETCHED * strength))
    return np.select([ice, cold, gap > _SLACK], [3, 2, 1], 0).astype(np.int8)
