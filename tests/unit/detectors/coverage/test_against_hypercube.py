"""The approximations against the exact model of small cities: where they hold, and how well."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.coverage.expected import Coverage
from detectors.coverage.queueing import erlang_c
from detectors.coverage.strength import Strength
from detectors.coverage.travel import Pairs
from tests.unit.detectors.coverage.hypercube import hypercube

AREAS, SERVICE = 4, 40 / 60
NOBODY = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def nearest_first(home):
    """Areas in a row: whoever is next is sent first, in an order that ties do not sway."""
    ranks = np.arange(home.size) / 100
    return np.array([np.argsort(np.abs(home - area) + ranks) for area in range(AREAS)])


def solved(calls, home):
    return hypercube(calls, home, nearest_first(home), SERVICE)


def cities(seed, units, count):
    """(calls an hour by area, home of each unit, busy share) of random small cities."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        busy = rng.uniform(0.2, 0.7)
        calls = rng.dirichlet(np.full(AREAS, 4.0)) * busy * units / SERVICE
        yield calls, np.sort(rng.integers(0, AREAS, units)), busy


def test_waiting_and_workload_of_a_whole_city_are_those_of_erlang():
    for calls, home, busy in cities(1, 8, 5):
        exact = solved(calls, home)
        assert exact.waits == pytest.approx(erlang_c(busy * 8, 8.0), abs=1e-9)
        assert exact.workload.mean() == pytest.approx(busy, abs=1e-9)


def test_areas_that_help_each_other_wait_less_than_each_alone():
    """The model of one pool an area errs on the safe side where neighbours help."""
    home = np.repeat(np.arange(AREAS), 2)
    for busy in (0.3, 0.5, 0.7):
        exact = solved(np.full(AREAS, busy * 2 / SERVICE), home)
        alone = erlang_c(busy * 2, 2.0)
        assert exact.waits < alone
        assert exact.none_free == pytest.approx([busy**2] * AREAS, abs=0.11)
        assert exact.none_free.mean() == pytest.approx(alone, abs=0.03)


def test_travel_at_the_mean_of_free_units_is_the_mean_of_travel():
    """The law takes c - a units for free; a city that is not empty of them is within 14 %."""
    for calls, home, busy in cities(2, 8, 8):
        free = solved(calls, home).free[1:]
        mean = (free / np.sqrt(np.arange(1, 9))).sum() / free.sum()
        assert 1 / np.sqrt(8 * (1 - busy)) == pytest.approx(mean, rel=0.14)


def test_the_move_with_the_greatest_expected_gain_is_truly_a_good_one():
    agreement, shares = [], []
    for calls, home, busy in cities(3, 6, 12):
        units = np.bincount(home, minlength=AREAS).astype(np.float64)
        moves = [(a, b) for a in range(AREAS) for b in range(AREAS) if a != b and units[a]]
        giver, taker = np.array(moves).T
        own = Strength(units, units, units)
        gains = Coverage(NOBODY, calls, busy).gains(own, giver, taker, np.ones(giver.size))
        before = solved(calls, home).none_free @ calls
        true = []
        for gives, takes in moves:
            moved = home.copy()
            moved[np.flatnonzero(home == gives)[0]] = takes
            true.append(before - solved(calls, np.sort(moved)).none_free @ calls)
        agreement.append(np.corrcoef(gains, true)[0, 1])
        if gains.max() > 0 and max(true) > 0:
            shares.append(true[gains.argmax()] / max(true))
    assert min(agreement) > 0.85
    assert np.mean(shares) > 0.95
    assert min(shares) > 0.7
