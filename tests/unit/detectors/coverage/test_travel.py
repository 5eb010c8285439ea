"""Travel: the square-root law against random points, units for an SLA, and times between areas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.coverage.travel import (
    Pairs,
    StraightLine,
    TravelModel,
    place_of,
    travel_minutes,
    units_for_travel,
)

MODEL = TravelModel()


def test_the_law_is_the_mean_of_random_units_and_calls():
    rng = np.random.default_rng(4)
    units, calls = rng.random((400, 9, 2)), rng.random((400, 1, 2))
    apart = np.abs(units - calls)
    apart = np.minimum(apart, 1 - apart)  # a square without borders
    nearest = np.hypot(apart[..., 0], apart[..., 1]).min(axis=1).mean()
    straight = TravelModel(detour=1.0, speed_kmh=(60.0, 60.0, 60.0), turnout_min=0.0)
    law = travel_minutes(np.array([1.0]), np.array([9.0]), np.array([0]), straight)
    assert law[0] == pytest.approx(nearest, rel=0.06)


def test_minutes_by_place_and_where_nobody_or_nothing_is_known():
    minutes = travel_minutes(
        np.array([6.0, 60.0, 300.0, 0.0]),
        np.array([2.0, 2.0, 0.0, 1.0]),
        np.array([0, 1, 2, 0]),
        MODEL,
    )
    assert minutes[:2] == pytest.approx([3.456, 6.340], abs=0.001)
    assert np.isinf(minutes[2])
    assert np.isnan(minutes[3])


@given(st.floats(0.001, 20.0), st.floats(0.1, 3000.0), st.integers(0, 2))
def test_units_for_travel_are_the_least_that_arrive_in_time(load, km2, code):
    size, place = np.array([km2]), np.array([code])
    units = units_for_travel(np.array([load]), size, place, MODEL)

    def minutes(count):
        return travel_minutes(size, np.maximum(count - load, 0.0), place, MODEL)[0]

    sla = MODEL.sla_min[code]
    assert minutes(units) <= sla + 1e-6
    assert minutes(units - 1) > sla - 1e-6


def test_no_calls_or_no_size_ask_for_no_units():
    nothing = units_for_travel(
        np.array([0.0, 1.0, 1.0]), np.array([9.0, 0.0, np.nan]), np.array([0, 0, 0]), MODEL
    )
    assert nothing.tolist() == [0, 0, 0]


def test_a_place_is_known_by_its_inhabitants():
    population = np.array([15_000.0, 3_000.0, 2_000.0, np.nan, 5_000.0])
    assert place_of(population, np.array([10.0, 10.0, 10.0, 10.0, np.nan])).tolist() == [
        *(0, 1, 2),
        *(1, 1),
    ]


def test_pairs_are_kept_by_the_limit_of_the_one_who_is_driven_to():
    roads = StraightLine(
        np.array([60.0, 60.0]),
        np.array([179.95, -179.95]),
        np.array([0, 2]),
        MODEL,
    )
    apart = 0.1 * 0.5 * 111.195  # half a degree's worth at 60 degrees north, over the date line
    giver, taker = np.array([0, 1]), np.array([1, 0])
    pairs = Pairs(giver, taker, roads.minutes(giver, taker))
    assert pairs.minutes == pytest.approx(
        [apart * 1.3 / 50 * 60, apart * 1.3 / 27.5 * 60], rel=1e-4
    )
    near = pairs.within(np.array([10.0, 10.0, 10.0]))
    assert (near.giver.tolist(), near.taker.tolist()) == ([0], [1])


def test_a_model_of_travel_that_cannot_be_is_refused():
    for wrong in ({"detour": 0.9}, {"speed_kmh": (0.0, 1.0, 1.0)}, {"turnout_min": 5.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            TravelModel(**wrong)
