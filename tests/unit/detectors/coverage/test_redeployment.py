"""Moves: whom they help, what givers keep, and that gains are what coverage really gains."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.coverage.expected import Coverage, uncovered
from detectors.coverage.gap import Demand
from detectors.coverage.redeployment import Limits, Units, movable, suggest_moves
from detectors.coverage.requirement import Standard, required_units
from detectors.coverage.strength import add_up
from detectors.coverage.travel import Pairs

NOBODY = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
LIMITS = Limits()


def pairs(edges, minutes):
    giver, taker = np.array([*edges, *((b, a) for a, b in edges)], np.int64).reshape(-1, 2).T
    return Pairs(giver, taker, np.array([*minutes, *minutes], dtype=np.float64))


def plan(
    loads,
    units,
    roads,
    *,
    near=NOBODY,
    minimum=1,
    gives=None,
    takes=None,
    urgent=None,
    limits=LIMITS,
):
    """`units`: (area, weight, free, may be moved) each."""
    load = np.array(loads, dtype=np.float64)
    least = np.full(load.size, minimum, np.int64)
    need = required_units(load, 40.0, least, Standard())
    demand = Demand(load, need, least, np.array(urgent or [False] * load.size))
    area, weight, free, able = (np.array(column) for column in zip(*units, strict=True))
    all_ = np.ones(load.size, np.bool_)
    own = add_up(area, weight.astype(np.float64), free, free, load.size)
    found = suggest_moves(
        demand,
        own,
        Units(area, weight.astype(np.float64), free & able),
        near,
        roads,
        calls=load * 1.5,
        gives=all_ if gives is None else np.array(gives),
        takes=all_ if takes is None else np.array(takes),
        limits=limits,
    )
    return found, demand, own


def cars(*counts):
    return [(area, 1.0, True, True) for area, count in enumerate(counts) for _ in range(count)]


def test_a_neighbour_with_spare_units_gives_some_and_not_more():
    found, _, _ = plan([1.0, 1.0], cars(1, 6), pairs([(0, 1)], [6.0]))
    assert [(move.giver, move.taker) for move in found.moves] == [(1, 0), (1, 0)]
    assert (found.before.gap.tolist(), found.after.gap.tolist()) == ([2.0, -3.0], [0.0, -1.0])
    assert all(move.gain > 0 for move in found.moves)


def test_a_giver_keeps_what_it_needs_its_minimum_and_a_free_unit():
    one = pairs([(0, 1)], [6.0])
    assert not plan([1.0, 1.0], cars(1, 3), one)[0].moves
    assert not plan([1.0, 0.1], cars(1, 4), one, minimum=4)[0].moves
    busy = [*cars(1), *[(1, 1.0, False, True)] * 5, (1, 1.0, True, True)]
    assert not plan([1.0, 1.0], busy, one)[0].moves


def test_far_ones_and_those_who_may_not_are_left_alone():
    far, one = pairs([(0, 1)], [15.1]), pairs([(0, 1)], [6.0])
    assert not plan([1.0, 1.0], cars(1, 6), far)[0].moves
    assert not plan([1.0, 1.0], cars(1, 6), one, gives=[True, False])[0].moves
    assert not plan([1.0, 1.0], cars(1, 6), one, takes=[False, True])[0].moves
    bound = [(area, weight, free, False) for area, weight, free, _ in cars(1, 6)]
    assert not plan([1.0, 1.0], bound, one)[0].moves


def test_of_two_givers_the_nearer_one_is_taken_and_few_moves_are_made():
    roads = pairs([(0, 1), (0, 2)], [12.0, 4.0])
    found, _, _ = plan([1.0, 1.0, 1.0], cars(1, 5, 5), roads)
    assert [move.giver for move in found.moves] == [2, 1], "who has given one has less to spare"
    found, _, _ = plan([6.0, 1.0], cars(2, 20), pairs([(0, 1)], [5.0]))
    assert len(found.moves) == LIMITS.moves


def test_a_cold_area_is_helped_though_its_neighbours_could_answer_for_it():
    load = [1.0, 1.0, 0.3, 0.3]
    near = pairs([(0, 1), (0, 2), (0, 3)], [4.0, 4.0, 4.0])
    found, _, _ = plan(load, cars(0, 8, 8, 8), near, near=near)
    assert (found.before.coldness[0], found.after.coldness[0]) == (3, 0)
    assert all(move.taker == 0 for move in found.moves)
    dear = Limits(minute_cost=0.02)
    assert not plan(load, cars(0, 8, 8, 8), near, near=near, limits=dear)[0].moves


def test_where_no_unit_is_free_for_a_grave_call_one_is_sent():
    units = [*[(0, 1.0, False, True)] * 3, *cars(0, 6)]
    demand = [1.0, 1.0]
    roads = pairs([(0, 1)], [6.0])
    assert not plan(demand, units, roads)[0].moves
    found, _, _ = plan(demand, units, roads, urgent=[True, False])
    assert [(move.giver, move.taker) for move in found.moves] == [(1, 0)]
    assert (found.before.coldness[0], found.after.coldness[0]) == (3, 0)


def test_a_unit_is_movable_while_it_is_free_on_wheels_seen_and_far_from_its_end():
    flags = movable(
        free=np.array([True, False, True, True, True, True]),
        mobile=np.array([True, True, False, True, True, True]),
        stale=np.array([False, False, False, True, False, False]),
        shift_left_min=np.array([61.0, 300, 300, 300, 59.0, np.nan]),
        limits=LIMITS,
    )
    assert flags.tolist() == [True, False, False, False, False, True]


EDGES = [(a, b) for a in range(6) for b in range(a)]
cities = st.tuples(
    st.lists(st.sampled_from([0.02, 0.3, 1.0, 2.5]), min_size=6, max_size=6),
    st.lists(
        st.tuples(
            st.integers(0, 5), st.sampled_from([1.0, 0.8, 0.4]), st.booleans(), st.booleans()
        ),
        min_size=1,
        max_size=40,
    ),
    st.lists(st.sampled_from(EDGES), min_size=1, max_size=15, unique=True),
    st.integers(0, 2),
)


@given(cities, st.data())
def test_givers_stay_safe_nobody_becomes_cold_and_strength_is_conserved(city, data):
    loads, units, edges, minimum = city
    minutes = data.draw(
        st.lists(st.floats(1.0, 20.0), min_size=len(edges), max_size=len(edges)), "minutes"
    )
    roads = pairs(edges, minutes)
    near = roads.within(np.full(6, 6.0))
    found, demand, own = plan(loads, units, roads, near=near, minimum=minimum)
    total, free = own.total.copy(), own.free.copy()
    area = [unit[0] for unit in units]
    for move in found.moves:
        weight = units[move.unit][1]
        assert area[move.unit] == move.giver
        assert units[move.unit][2:] == (True, True)
        assert move.minutes <= LIMITS.minutes
        for column in (total, free):
            column[move.giver] -= weight
            column[move.taker] += weight
    for giver in {move.giver for move in found.moves}:
        assert total[giver] >= demand.need[giver] - 1e-9
        assert total[giver] >= minimum - 1e-9
        assert free[giver] >= LIMITS.keep_free - 1e-9
    assert not {move.giver for move in found.moves} & {move.taker for move in found.moves}
    assert len({move.unit for move in found.moves}) == len(found.moves) <= LIMITS.moves
    assert not ((found.after.coldness >= 2) & (found.before.coldness < 2)).any()
    missing = [np.maximum(judged.gap, 0).sum() for judged in (found.before, found.after)]
    assert missing[1] <= missing[0]
    assert found.after.strength.sum() == pytest.approx(own.total.sum())


@given(cities, st.integers(0, 5), st.integers(0, 5), st.floats(0.05, 0.95))
def test_a_gain_is_the_fall_of_uncovered_calls(city, giver, taker, busy):
    loads, units, edges, _ = city
    calls = np.array(loads)
    near = pairs(edges, [4.0] * len(edges))
    area, weight = np.array([unit[0] for unit in units]), np.array([unit[1] for unit in units])
    free = np.ones(area.size, np.bool_)
    own = add_up(area, weight, free, free, 6)
    ends = np.array([giver]), np.array([taker])
    gain = Coverage(near, calls, busy).gains(own, *ends, np.array([0.8]))[0]
    moved = own._replace(
        **{
            name: getattr(own, name) + 0.8 * (np.arange(6) == taker) - 0.8 * (np.arange(6) == giver)
            for name in ("free", "mobile")
        }
    )
    fall = uncovered(calls, own, near, busy).sum() - uncovered(calls, moved, near, busy).sum()
    assert gain == pytest.approx(fall, abs=1e-9)
