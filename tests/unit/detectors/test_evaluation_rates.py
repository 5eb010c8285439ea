"""Rates with intervals: known answers, and intervals that grow when episodes cluster by day."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.evaluation.rates import (
    Observed,
    own_rates,
    own_rates_of,
    poisson_upper,
    rate_of,
    worst_days,
)

DAY = 24
WEEKS = 10


def observed(areas=2, seen=None):
    rows = WEEKS * 7 * DAY
    seen = np.ones(rows, dtype=bool) if seen is None else seen
    mask = np.ones(areas, dtype=bool)
    return Observed(np.arange(rows) // DAY, seen, 0, mask, seen.sum() / (7 * DAY))


def test_a_rate_is_episodes_over_weeks_of_all_areas():
    rows = np.arange(0, WEEKS * 7 * DAY, 7 * DAY)
    rate = rate_of(observed(), rows, np.zeros_like(rows))
    assert rate.value == pytest.approx(0.5)
    assert rate.low < 0.5 < rate.high
    assert rate.episodes == WEEKS


def test_areas_and_rows_outside_do_not_count():
    only = observed()._replace(areas=np.array([True, False]), begin=DAY)
    rate = rate_of(only, np.array([0, DAY, DAY]), np.array([0, 0, 1]))
    assert rate.episodes == 1
    assert only.area_weeks == WEEKS


def test_clusters_make_the_interval_wider():
    spread = np.arange(0, 70 * DAY, DAY)
    storm = np.full(70, 30 * DAY)
    alone = rate_of(observed(), spread, np.zeros_like(spread))
    together = rate_of(observed(), storm, np.zeros_like(storm))
    assert alone.value == together.value
    assert alone.high == alone.low
    assert together.high - together.low > 5


def test_gaps_are_no_days():
    seen = np.ones(WEEKS * 7 * DAY, dtype=bool)
    seen[10 * DAY : 60 * DAY] = False
    part = observed(seen=seen)
    assert len(part.by_day(np.array([5 * DAY, 65 * DAY]))) == 20


def test_own_rates_and_worst_days():
    rows = np.array([0, 0, 0, DAY, 5 * DAY])
    areas = np.array([0, 0, 0, 0, 1])
    assert own_rates_of(observed(), rows, areas) == pytest.approx([0.1, 0.4])
    low, high = own_rates(observed(), rows, areas)
    assert (low, high) == pytest.approx((0.13, 0.37))
    assert worst_days(observed(), rows, areas) == 1.0  # four of seventy days hold them all
    assert worst_days(observed(), rows[:0], areas[:0]) is None


@pytest.mark.parametrize(
    ("episodes", "bound"), [(0, 2.996), (1, 4.744), (10, 16.962), (200, 224.87)]
)
def test_the_upper_bound_is_that_of_the_chi_square(episodes, bound):
    assert poisson_upper(episodes) == pytest.approx(bound, rel=0.01)
