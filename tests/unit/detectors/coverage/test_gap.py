"""Strength, help and gap: weights, the worked examples, monotony and conservation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.coverage.gap import Demand, assess, shared_spare
from detectors.coverage.requirement import Standard, required_units
from detectors.coverage.strength import FREE, KIND_WEIGHTS, MOBILE, Strength, add_up, table
from detectors.coverage.travel import Pairs

ALONE = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def pairs(*both):
    giver, taker = np.array([*both, *((b, a) for a, b in both)], np.int64).T
    return Pairs(giver, taker, np.full(giver.size, 4.0))


def demand(*loads, minimum=0, urgent=()):
    load = np.array(loads, dtype=np.float64)
    least = np.full(load.size, minimum, np.int64)
    flags = np.isin(np.arange(load.size), urgent)
    return Demand(load, required_units(load, 40.0, least, Standard()), least, flags)


def cars(*total, free=None):
    own = np.array(total, dtype=np.float64)
    rest = own if free is None else np.array(free, dtype=np.float64)
    return Strength(own, rest, rest)


def test_units_weigh_by_kind_and_count_where_they_are():
    kinds = ["patrol_car", "motorcycle", "foot", "station_desk", "patrol_car", "patrol_car"]
    weight = table(kinds, KIND_WEIGHTS) * np.array([1, 1, 1, 1, 0.5, 1])
    free = table(["patrol", "on_scene", "on_duty", "on_duty", "patrol", "patrol"], FREE) > 0
    mobile = table(kinds, MOBILE) > 0
    own = add_up(np.array([0, 0, 0, 0, 1, -1]), weight, free, mobile, 3)
    assert own.total == pytest.approx([2.3, 0.5, 0.0])
    assert own.free == pytest.approx([1.5, 0.5, 0.0])
    assert own.mobile == pytest.approx([1.0, 0.5, 0.0])


def test_two_cars_more_clear_the_example_of_the_reference():
    load = demand(4.0)
    before, after = assess(load, cars(5), ALONE), assess(load, cars(7), ALONE)
    assert (before.gap[0], before.coldness[0]) == (2.0, 2)
    assert (after.gap[0], after.coldness[0]) == (0.0, 0)


@pytest.mark.parametrize(
    ("load", "own", "free", "urgent", "coldness"),
    [
        (4.0, 6, 2, False, 1),
        (6.0, 9, 3, False, 1),
        (1.0, 1.3, 0, False, 2),
        (1.0, 0, 0, False, 3),
        (2.0, 2, 0, False, 3),
        (1.0, 3, 0, False, 0),
        (1.0, 3, 0, True, 3),
        (0.02, 0, 0, False, 1),
        (0.0, 0, 0, False, 0),
    ],
)
def test_coldness_has_the_bands_of_the_reference(load, own, free, urgent, coldness):
    judged = assess(demand(load, urgent=[0] if urgent else []), cars(own, free=[free]), ALONE)
    assert judged.coldness[0] == coldness


def test_a_quiet_area_is_remote_while_a_free_unit_is_next_door():
    load = demand(0.02, 1.0)
    covered = assess(load, cars(0, 4), pairs((0, 1)))
    assert (covered.gap[0], covered.coldness[0], covered.remote[0]) == (0.0, 0, True)
    busy = assess(load, cars(0, 4, free=[0, 0]), pairs((0, 1)))
    assert (busy.gap[0], busy.remote[0]) == (1.0, False)
    assert assess(demand(0.02, 1.0, minimum=2), cars(0, 4), pairs((0, 1))).gap[0] > 0


def test_half_of_what_neighbours_can_spare_is_shared_once():
    lent, borrowed = shared_spare(
        np.array([4.0, 0.0, 0.0]), np.array([-4.0, 3.0, 1.0]), pairs((0, 1), (0, 2))
    )
    assert lent.tolist() == [2.0, 0.0, 0.0]
    assert borrowed.tolist() == [0.0, 1.0, 1.0]
    lent, borrowed = shared_spare(
        np.array([9.0, 9.0, 0.0]), np.array([-9.0, -9.0, 1.0]), pairs((0, 2), (1, 2))
    )
    assert lent.tolist() == [0.5, 0.5, 0.0]
    assert borrowed.tolist() == [0.0, 0.0, 1.0]


EDGES = [(a, b) for a in range(5) for b in range(a)]
cities = st.tuples(
    st.lists(st.sampled_from([0.0, 0.02, 0.3, 1.0, 2.5, 6.0]), min_size=5, max_size=5),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), min_size=5, max_size=5),
    st.lists(st.sampled_from(EDGES), min_size=1, max_size=10, unique=True),
    st.integers(0, 2),
    st.integers(0, 4),
)


def own_of(units):
    total = np.array([busy + free for busy, free in units]) / 10
    free = np.array([free for _, free in units]) / 10
    return Strength(total, free, free)


@given(cities)
def test_help_conserves_strength_and_makes_no_helper_lack_units(city):
    loads, units, edges, minimum, _ = city
    own, needs = own_of(units), demand(*loads, minimum=minimum)
    judged = assess(needs, own, pairs(*edges))
    assert judged.strength.sum() == pytest.approx(own.total.sum())
    lends = judged.strength < own.total - 1e-9
    assert (judged.strength[lends] >= needs.need[lends]).all()


@given(cities, st.booleans())
def test_more_units_never_raise_a_gap(city, free):
    loads, units, edges, minimum, where = city
    needs, near = demand(*loads, minimum=minimum), pairs(*edges)
    more = [*units]
    busy, waiting = units[where]
    more[where] = (busy, waiting + 10) if free else (busy + 10, waiting)
    before, after = (assess(needs, own_of(u), near) for u in (units, more))
    assert (after.gap <= before.gap + 1e-9).all()
    assert (after.coldness <= before.coldness).all()


@given(cities, st.floats(0.0, 3.0))
def test_more_calls_never_lower_a_gap(city, extra):
    loads, units, edges, minimum, where = city
    own, near = own_of(units), pairs(*edges)
    busier = [*loads]
    busier[where] += extra
    before, after = (assess(demand(*a, minimum=minimum), own, near) for a in (loads, busier))
    assert (after.gap >= before.gap - 1e-9).all()
    assert (after.coldness >= before.coldness).all()


def test_with_all_units_off_every_area_with_calls_is_ice():
    judged = assess(demand(0.5, 3.0, 1.0), cars(0, 0, 0), pairs((0, 1), (1, 2)))
    assert judged.coldness.tolist() == [3, 3, 3]
