"""Erlang's formulas: values from tables, fractional units, and the laws that planners rely on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from detectors.coverage.queueing import erlang_b, erlang_c, wait_beyond

loads = st.floats(0.0, 40.0)
strengths = st.floats(0.0, 60.0)


@pytest.mark.parametrize(
    ("load", "units", "waits"),
    [
        (4, 5, 0.554),
        (4, 6, 0.285),
        (4, 7, 0.135),
        (4, 8, 0.059),
        (1, 2, 0.333),
        (1, 3, 0.091),
        (8, 12, 0.140),
    ],
)
def test_the_probability_of_waiting_is_that_of_the_tables(load, units, waits):
    assert erlang_c(load, units) == pytest.approx(waits, abs=0.001)


def test_blocking_is_the_textbook_sum_for_whole_units():
    def summed(a, c):
        terms = np.cumprod([1.0, *(a / k for k in range(1, c + 1))])
        return terms[-1] / terms.sum()

    cases = [(0.02, 1), (0.5, 3), (4.0, 5), (20.0, 12), (30.0, 45)]
    load, units = np.array(cases).T
    assert erlang_b(load, units) == pytest.approx([summed(a, int(c)) for a, c in cases], abs=1e-12)


def test_fractional_units_stay_near_the_continuous_erlang_function():
    load, units = np.meshgrid(np.geomspace(0.001, 50, 40), np.arange(0.05, 20, 0.05))
    log_top = units * np.log(load) - load - special.gammaln(units + 1)
    exact = np.exp(log_top) / special.gammaincc(units + 1, load)
    apart = np.abs(erlang_b(load, units) - exact)
    assert apart.max() < 0.041
    assert apart[units > 1].max() < 0.007


def test_where_load_reaches_the_units_every_call_waits():
    assert erlang_c([3.0, 4.0, 0.1, 0.0], [3.0, 3.5, 0.0, 0.0]).tolist() == [1.0] * 4
    assert wait_beyond(5.0, 5.0, 30.0, 40.0) == 1.0
    assert erlang_c(0.0, 1.0) == 0.0


def test_waiting_beyond_a_time_falls_by_the_exponential_law():
    half = wait_beyond(4.0, 6.0, 5.0, 40.0)
    assert half == pytest.approx(0.28476 * np.exp(-2 * 5 / 40), abs=1e-4)


@given(loads, strengths, st.floats(0.0, 5.0), st.floats(0.0, 5.0))
def test_more_units_never_wait_longer_and_more_calls_never_shorter(load, units, more, extra):
    waits = wait_beyond(load, [units, units + more], 5.0, 40.0)
    assert waits[1] <= waits[0] + 1e-12
    waits = wait_beyond([load, load + extra], units, 5.0, 40.0)
    assert waits[0] <= waits[1] + 1e-12
    assert ((waits >= 0) & (waits <= 1)).all()


@given(st.lists(st.tuples(loads, strengths), min_size=1, max_size=20))
def test_an_area_does_not_depend_on_its_company(cells):
    load, units = np.array(cells).T
    alone = [float(erlang_c(a, c)) for a, c in cells]
    assert erlang_c(load, units).tolist() == alone
