"""Load and rates: Erlangs of calls and open calls, service times, arrivals that forget."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.coverage.arrivals import USUAL_MIN, Arrivals, expected_rate, steady_rate, with_prior
from detectors.coverage.load import mean_service, offered_load, stretched
from detectors.coverage.service import DEFAULT_SERVICE_MIN, ServiceTimes, bins_of

SERVICE = np.array([120.0, 90.0, 45.0, 25.0])
UNITS = np.array([4.0, 2.0, 1.0, 1.0])


def test_ten_noise_calls_are_not_ten_stabbings():
    rate = np.zeros((4, 2))
    rate[3, 0] = rate[1, 1] = 10.0
    noise, stabbings = offered_load(rate, SERVICE, UNITS)
    assert noise == pytest.approx(10 * 25 / 60)
    assert stabbings == pytest.approx(10 * 90 / 60 * 2)


def test_as_many_open_calls_as_expected_change_nothing():
    rate = np.array([[0.1], [0.2], [1.0], [3.0]])
    usual = rate * SERVICE[:, None] / 60
    plain = offered_load(rate, SERVICE, UNITS)
    assert offered_load(rate, SERVICE, UNITS, open_calls=usual) == pytest.approx(plain)


def test_open_calls_run_out_as_a_simulation_shows():
    rng = np.random.default_rng(3)
    ahead, service, hourly, now = 60.0, 45.0, 2.0, 6
    busy = []
    for _ in range(4000):
        came = rng.uniform(0, ahead, rng.poisson(hourly * ahead / 60))
        begins = np.r_[np.zeros(now), came]
        ends = begins + rng.exponential(service, begins.size)
        busy.append((np.minimum(ends, ahead) - begins).sum() / ahead)
    load = offered_load(
        np.array([[hourly]]),
        np.array([service]),
        np.array([1.0]),
        open_calls=np.array([[float(now)]]),
        ahead_min=ahead,
    )
    assert load[0] == pytest.approx(np.mean(busy), rel=0.03)


@given(st.floats(0, 20), st.floats(0, 5), st.integers(0, 30), st.integers(0, 5))
def test_more_calls_never_lower_the_load(rate, more, open_, opened):
    def load(hourly, now):
        return offered_load(
            np.full((4, 1), hourly), SERVICE, UNITS, open_calls=np.full((4, 1), float(now))
        )[0]

    assert load(rate, open_) <= load(rate + more, open_) + 1e-9
    assert load(rate, open_) <= load(rate, open_ + opened) + 1e-9


def test_the_mean_call_is_weighed_by_units_and_does_not_depend_on_the_order_of_areas():
    rate = np.random.default_rng(5).random((4, 50))
    mean = mean_service(rate, SERVICE, UNITS, 40.0)
    assert mean == mean_service(rate[:, ::-1], SERVICE, UNITS, 40.0)
    assert mean_service(np.array([[1.0], [0], [0], [1.0]]), SERVICE, UNITS, 40.0) == pytest.approx(
        (4 * 120 + 25) / 5
    )
    assert mean_service(np.zeros((4, 3)), SERVICE, UNITS, 40.0) == 40.0


def test_the_same_calls_with_fewer_officers_stretch_an_area():
    load = np.array([4.0, 4.0, 0.0])
    assert stretched(load, np.array([5.0, 4.0, 0.0])).tolist() == [False, True, False]


def test_a_rate_settles_at_the_calls_an_hour_and_forgets():
    arrivals = Arrivals(1, tick_min=5.0)
    for tick in range(200):
        arrivals.observe(tick, np.array([[1]]))
    assert arrivals.rate[0, 0] == pytest.approx(12.0)
    arrivals.observe(212, np.array([[0]]))
    assert arrivals.rate[0, 0] == pytest.approx(12.0 * np.exp(-13 * 5 / 60))


def test_ticks_left_out_are_ticks_without_calls_to_the_last_bit():
    one, other = Arrivals(2, tick_min=5.0), Arrivals(2, tick_min=5.0)
    calls = np.array([[3, 0], [1, 2]])
    for arrivals in (one, other):
        arrivals.observe(10, calls)
    for tick in range(11, 600):
        one.observe(tick, np.zeros((2, 2), np.int64))
    for arrivals in (one, other):
        arrivals.observe(600, calls)
        arrivals.observe(10**9, calls)
    assert one.snapshot() == other.snapshot()


def test_areas_join_and_a_snapshot_restores():
    arrivals = Arrivals(2, tick_min=5.0)
    arrivals.observe(1, np.array([[1], [2]]))
    arrivals.observe(2, np.array([[1, 5], [2, 0]]))
    again = Arrivals(2, tick_min=5.0)
    again.restore(arrivals.snapshot())
    for one in (arrivals, again):
        one.observe(3, np.array([[0, 1], [1, 0]]))
    assert again.snapshot() == arrivals.snapshot()
    assert again.rate.shape == (2, 2)


def test_what_is_expected_is_the_greatest_of_three():
    recent = np.array([[2.0, 0.1, 0.0]])
    forecast = np.array([[1.0, 0.5, np.nan]])
    assert expected_rate(recent, forecast, 0.02).tolist() == [[2.0, 0.5, 0.02]]
    assert expected_rate(recent, None, 0.2).tolist() == [[2.0, 0.2, 0.2]]


def test_two_calls_in_an_hour_at_a_quiet_place_are_no_proof_of_two_more():
    quiet, busy = np.array([[0.1]]), np.array([[2.0]])
    assert steady_rate(busy, quiet, 24 * 14)[0, 0] == pytest.approx((2 + 5 * 0.1) / 6, rel=1e-3)
    assert steady_rate(busy, busy, 24 * 14)[0, 0] == pytest.approx(2.0, rel=1e-3)


def test_what_is_usual_is_right_from_the_second_hour_on():
    usual = Arrivals(1, tick_min=1.0, memory_min=USUAL_MIN)
    for tick in range(180):
        usual.observe(tick, np.array([[1]]))
    assert steady_rate(np.array([[60.0]]), usual.rate, 3.0)[0, 0] == pytest.approx(60.0, rel=1e-3)


def observe(times, minutes):
    bins = bins_of(np.asarray(minutes, dtype=np.float64))
    times.observe(np.zeros_like(bins), bins, np.ones_like(bins))


def learned(minutes, defaults=(45.0,)):
    times = ServiceTimes(np.array(defaults))
    observe(times, minutes)
    return times


def test_service_times_begin_with_the_defaults_and_follow_what_is_seen():
    times = ServiceTimes(np.array(list(DEFAULT_SERVICE_MIN.values())))
    assert times.minutes().tolist() == [120.0, 90.0, 45.0, 25.0]
    drawn = np.random.default_rng(2).exponential(30.0, 5000)
    clipped = np.clip(drawn, *np.quantile(drawn, [0.05, 0.95])).mean()
    assert learned(drawn).minutes()[0] == pytest.approx(clipped, rel=0.03)


def test_a_call_that_nobody_closed_moves_the_mean_little():
    usual = [30.0] * 97
    assert learned([*usual, *[100_000.0] * 3]).minutes()[0] == pytest.approx(
        learned(usual).minutes()[0], rel=0.01
    )


def test_times_that_are_no_time_teach_nothing():
    assert learned([np.nan, 0.0, -5.0]).snapshot() == learned([]).snapshot()


@given(st.permutations([1.0, 4.0, 25.0, 60.0, 600.0, 3000.0]), st.integers(0, 6))
def test_neither_order_nor_the_cut_of_chunks_matters_to_service_times(minutes, cut):
    whole, parts = learned(minutes), learned(minutes[:cut])
    observe(parts, minutes[cut:])
    for times in (whole, parts):
        times.end_day()
        observe(times, [7.0])
    assert whole.snapshot() == parts.snapshot() == learned_anew(whole).snapshot()


def learned_anew(times):
    again = ServiceTimes(np.array([45.0]))
    again.restore(times.snapshot())
    assert again.minutes() == times.minutes()
    return again


def test_old_calls_are_forgotten_in_favour_of_new_ones():
    times = learned([20.0] * 500)
    for _ in range(120):
        times.end_day()
    observe(times, [80.0] * 200)
    assert times.minutes()[0] > 70.0


def test_a_new_place_has_the_rate_by_head_of_the_known_ones():
    expected = np.array([2.0, np.nan, 1.0, np.nan, 4.0])
    population = np.array([10_000.0, 5_000.0, 20_000.0, np.nan, np.nan])
    filled = with_prior(expected, population)
    assert filled[[0, 2, 4]].tolist() == [2.0, 1.0, 4.0]
    assert filled[1] == pytest.approx(5_000 * 3.0 / 30_000)
    assert np.isnan(filled[3])
    nobody = np.full(2, np.nan)
    assert np.isnan(with_prior(nobody, population[:2])).all()
