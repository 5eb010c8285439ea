"""Calibration: the asked rate is kept, areas are evened out, confirmed alerts teach nothing."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.calibration import Calibration
from detectors.calibration_curve import LEVELS, Curve, bins, nominal_rates

PER_DAY, REACH = 48, 4
PER_WEEK = 7 * PER_DAY


def fresh(rate: float = 1.0) -> Calibration:
    return Calibration(rate=rate, ticks_per_week=PER_WEEK, reach=REACH)


def normal(weeks: int, areas: int, seed: int):
    return np.random.default_rng(seed).standard_normal((weeks * PER_WEEK, areas))


def yes(score):
    return np.ones(score.shape, dtype=bool)


def episodes(over):
    """Starts of exceedances with none in the `REACH` ticks before, one cell after the other."""
    starts = np.zeros(over.shape, dtype=bool)
    for column in range(over.shape[1]):
        last = -(10**9)
        for row in np.flatnonzero(over[:, column]).tolist():
            starts[row, column] = row - last > REACH
            last = row
    return starts


def rates(calibration: Calibration, score):
    """Episodes per area-week of every area over the second half of the ticks."""
    over = score >= calibration.observe(0, score, yes(score))
    half = len(score) // 2
    return episodes(over)[half:].sum(axis=0) / ((len(score) - half) / PER_WEEK)


@pytest.mark.parametrize("rate", [3.0, 1.0, 0.1])
def test_the_asked_rate_is_kept_and_not_exceeded(rate: float) -> None:
    assert 0.8 * rate < rates(fresh(rate), normal(40, 200, 1)).mean() <= rate


@pytest.mark.parametrize("rate", [1.0, 0.1])
def test_a_score_with_a_heavy_tail_is_calibrated_too(rate: float) -> None:
    score = np.random.default_rng(2).standard_t(5, (40 * PER_WEEK, 200))
    assert 0.8 * rate < rates(fresh(rate), score).mean() <= rate


def test_before_anything_is_known_the_nominal_rate_holds_with_care() -> None:
    calibration = fresh(1.0)
    assert calibration.learning
    nominal = np.interp(-1.0, -nominal_rates(PER_WEEK), LEVELS)
    threshold = calibration.observe(0, np.zeros((1, 3)), yes(np.zeros((1, 3))))
    assert (threshold == threshold[0, 0]).all()
    assert nominal <= threshold[0, 0] < nominal + 0.5


def test_a_score_is_judged_before_its_day_is_learned() -> None:
    score = normal(2, 20, 3)
    loud = score.copy()
    loud[3 * PER_DAY :] += 4.0
    quiet = fresh().observe(0, score, yes(score))
    shaken = fresh().observe(0, loud, yes(loud))
    assert np.array_equal(quiet[: 4 * PER_DAY], shaken[: 4 * PER_DAY])
    assert (shaken[4 * PER_DAY :] > quiet[4 * PER_DAY :]).all()


def test_what_is_not_ready_teaches_nothing() -> None:
    score = normal(4, 20, 4)
    ready = yes(score)
    ready[:, 10:] = False
    loud = score.copy()
    loud[:, 10:] += 9.0
    left, right = fresh(), fresh()
    assert np.array_equal(left.observe(0, score, ready), right.observe(0, loud, ready))
    assert left.area_weeks == right.area_weeks < 10 * 4


def test_a_gap_is_no_observed_time_and_an_empty_hour_is() -> None:
    score = normal(2, 10, 5)
    whole, hours, days = fresh(), fresh(), fresh()
    whole.observe(0, score, yes(score))
    hours.observe(0, score[:40], yes(score[:40]))
    hours.observe(42, score[42:], yes(score[42:]))
    days.observe(0, score[:40], yes(score[:40]))
    days.observe(40 + 3 * PER_DAY, score[40 + 3 * PER_DAY :], yes(score[40 + 3 * PER_DAY :]))
    assert hours.area_weeks == pytest.approx(whole.area_weeks)
    assert days.area_weeks < whole.area_weeks - 3.0


def test_one_storm_of_the_whole_city_does_not_deafen_it() -> None:
    calm = normal(10, 60, 6)
    storm = calm.copy()
    storm[-3 * PER_DAY : -2 * PER_DAY] += 3.0
    before, after = fresh(0.1), fresh(0.1)
    calm_end = before.observe(0, calm, yes(calm))[-1].mean()
    storm_end = after.observe(0, storm, yes(storm))[-1].mean()
    assert calm_end <= storm_end < calm_end + 0.15


def test_areas_that_differ_are_evened_out_within_bounds() -> None:
    score = normal(40, 60, 7)
    score[:, :30] *= 1.15
    calibration = fresh()
    own = rates(calibration, score)
    plain = episodes(score >= 2.9)[len(score) // 2 :].sum(axis=0) / 20
    spread = own[:30].mean() / own[30:].mean()
    assert plain[:30].mean() / plain[30:].mean() > 2.2
    assert spread < 1.4
    last = calibration.observe(len(score), score[:1], yes(score[:1]))[0]
    assert last.max() - last.min() <= 1.0


def test_areas_that_differ_by_chance_alone_are_left_alone() -> None:
    score = normal(30, 100, 8)
    assert fresh().observe(0, score, yes(score))[-1].std() < 0.06


def test_confirmed_alerts_raise_no_threshold() -> None:
    calm = normal(8, 40, 9)
    hot = calm.copy()
    hot[2 * PER_WEEK :: PER_DAY, 0] = 6.0
    quiet, deaf, told = fresh(), fresh(), fresh()
    for day in range(8 * 7):
        rows = slice(day * PER_DAY, (day + 1) * PER_DAY)
        quiet.observe(rows.start, calm[rows], yes(calm[rows]))
        deaf.observe(rows.start, hot[rows], yes(hot[rows]))
        told.observe(rows.start, hot[rows], yes(hot[rows]))
        if day >= 14:
            told.confirm(0, rows.start, 6.0)
    after = [c.observe(8 * PER_WEEK, calm[:1], yes(calm[:1]))[0] for c in (quiet, deaf, told)]
    assert after[1][0] > after[0][0] + 0.2
    assert after[2] == pytest.approx(after[0], abs=0.06)


def test_what_is_confirmed_later_is_taken_out_then() -> None:
    score = normal(6, 40, 10)
    score[3 * PER_WEEK :: PER_DAY, 0] = 6.0
    plain, told = fresh(), fresh()
    for calibration in (plain, told):
        calibration.observe(0, score, yes(score))
    for tick in range(3 * PER_WEEK, 6 * PER_WEEK, PER_DAY):
        told.confirm(0, tick, 6.0)
    calm = np.zeros((PER_DAY + 1, 40))
    after = [c.observe(6 * PER_WEEK, calm, yes(calm))[-1] for c in (plain, told)]
    assert after[1][0] < after[0][0] - 0.1
    assert after[1][1:].mean() <= after[0][1:].mean()


def test_confirming_before_anything_was_observed_does_nothing() -> None:
    calibration = fresh()
    calibration.confirm(0, 5, 4.0)
    assert calibration.snapshot() == fresh().snapshot()


def test_bins_count_the_levels_that_a_score_reaches() -> None:
    score = np.array([[-9.0, 0.999, LEVELS[0], LEVELS[7], np.nextafter(LEVELS[7], 0), 99.0]])
    assert bins(score).tolist() == [[0, 0, 1, 8, 7, 255]]


def test_a_curve_of_normal_tails_is_read_and_drawn_out() -> None:
    """With the counts of 1000 area-weeks the rate of one in 10^5 is still near the truth."""
    rate = nominal_rates(2016)
    curve = Curve(rate, rate * 1000.0)
    for asked in (10.0, 1.0, 0.1, 0.001, 0.00001):
        truth = float(np.interp(-asked, -rate, LEVELS))
        assert curve.level(asked) == pytest.approx(truth, abs=0.12)
        assert curve.level(asked, 1.0) >= curve.level(asked)
        assert curve.rate(curve.level(asked)) == pytest.approx(asked, rel=1e-6)
    assert curve.slope(3.3) == pytest.approx(3.5, abs=0.3)
