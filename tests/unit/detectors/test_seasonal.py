"""The seasonal baseline finds a city's rates and its week, and its scores mean what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from detectors.negbin_tail import negbin_score
from detectors.seasonal import SeasonalCount
from tests.unit.detectors.city import DAY, PER_HOUR, START, WEEK, counts, means, observe

RATES = np.geomspace(0.1, 8.0, 30)


def create(window=PER_HOUR, **parameters):
    return SeasonalCount(**parameters).create(window_ticks=window, ticks_per_hour=PER_HOUR)


@pytest.fixture(scope="module")
def learned():
    """Twelve weeks of the city: true means per tick, counts, verdicts."""
    mean = means(12, RATES)
    fresh = counts(mean, 1)
    return mean, fresh, observe(create(), fresh)


def test_the_expectation_comes_near_the_truth(learned) -> None:
    mean, _, verdicts = learned
    truth = mean[-WEEK:] + mean[-WEEK - 1 : -1]
    error = verdicts.expected[-WEEK:] / truth - 1
    assert abs(error.mean()) < 0.02
    assert np.abs(error[:, RATES > 1].mean(axis=0)).max() < 0.1
    # Each hour of the week, over all areas: the shape.
    by_hour = verdicts.expected[-WEEK:].sum(axis=1) / truth.sum(axis=1)
    assert np.abs(by_hour - 1).max() < 0.2


def test_scores_are_standard_deviations_on_both_sides(learned) -> None:
    mean, fresh, verdicts = learned
    rows = slice(-8 * WEEK + 1, None, PER_HOUR)  # windows that do not overlap
    window, truth = (v[rows] + v[rows.start - 1 : -1 : PER_HOUR] for v in (fresh, mean))
    best = negbin_score(window, truth, np.zeros_like(truth))
    scores = verdicts.score[rows]
    assert scores.mean() == pytest.approx(best.mean(), abs=0.02)
    assert scores.std() == pytest.approx(best.std(), rel=0.03)
    for limit in (2.0, 3.0):
        # What it does not know of the rates makes it careful, never bold.
        assert 0.5 < (scores > limit).mean() / (best > limit).mean() < 1.1


def test_ready_after_the_warm_up_and_history_in_hours(learned) -> None:
    _, _, verdicts = learned
    first = verdicts.ready.argmax(axis=0)
    assert (verdicts.history[first, np.arange(RATES.size)] == 14 * 24).all()
    assert not verdicts.ready[: 14 * DAY].any()
    assert verdicts.ready[-1].all()


def test_seven_where_one_is_expected() -> None:
    mean = np.full((6 * WEEK, 20), 1.2 / PER_HOUR)
    fresh = counts(mean, 3)
    fresh[-2:, 0] = 4, 3
    verdicts = observe(create(), fresh)
    assert verdicts.expected[-1, 0] == pytest.approx(1.2, abs=0.4)
    assert 2.9 < verdicts.score[-1, 0] < 4.5


def test_an_area_that_keeps_other_hours_gets_its_own_profile() -> None:
    mean = means(10, RATES)
    hour = np.arange(len(mean)) // PER_HOUR % 24
    mean[:, 20] = np.where((hour < 6) | (hour >= 22), 6.0, 0.3) / PER_HOUR  # a street of bars
    verdicts = observe(create(), counts(mean, 4))
    night = verdicts.expected[-WEEK:, 20][hour[-WEEK:] == 2].mean()
    noon = verdicts.expected[-WEEK:, 20][hour[-WEEK:] == 13].mean()
    assert night == pytest.approx(6.0, rel=0.25)
    assert noon < 1.0


def test_clumps_widen_what_is_normal() -> None:
    rng = np.random.default_rng(5)
    mean = np.full((10 * WEEK, 20), 1.0)
    shared = rng.gamma(2.0, 0.5, size=(10 * WEEK // PER_HOUR, 20)).repeat(PER_HOUR, axis=0)
    clumped = observe(create(), rng.poisson(mean * shared).astype(np.int64))
    even = observe(create(), counts(mean, 6))
    assert (even.score[5 * WEEK :] > 3).mean() < 0.002
    assert (clumped.score[5 * WEEK :] > 3).mean() < 0.004  # a Poisson law gives 0.03


@pytest.mark.parametrize("window", [1, 3, 5])
def test_a_window_expects_what_its_ticks_expect(window) -> None:
    mean = means(6, RATES)
    fresh = counts(mean, 7)
    verdicts = observe(create(window), fresh, window=window)
    truth = np.sum([mean[-WEEK - back : len(mean) - back] for back in range(window)], axis=0)
    ratio = verdicts.expected[-WEEK:].sum() / truth.sum()
    assert ratio == pytest.approx(1.0, abs=0.03)
    correlation = np.corrcoef(verdicts.expected[-WEEK:].sum(axis=1), truth.sum(axis=1))[0, 1]
    assert correlation > 0.985


def test_a_spike_is_not_in_its_own_expectation() -> None:
    fresh = counts(means(4, RATES), 8)
    spiky = fresh.copy()
    spiky[-6:-4, 10] += 30
    quiet, after = observe(create(), fresh), observe(create(), spiky)
    # The hour after the spike still holds part of it in its windows, and knows nothing of it.
    assert after.expected[-3, 10] == pytest.approx(quiet.expected[-3, 10], rel=0.01)
    assert after.score[-4, 10] > 5


def test_the_week_is_that_of_the_local_clock() -> None:
    zone = ZoneInfo("America/New_York")
    begin = datetime(2016, 2, 1, tzinfo=UTC)  # six weeks before clocks are put forward
    first = int(begin.timestamp()) // 3600 * PER_HOUR
    hours = np.array([
        (begin + timedelta(hours=h)).astimezone(zone).hour for h in range(8 * 168)
    ])  # fmt: skip
    open_hours = np.where((hours >= 8) & (hours < 12), 4.0, 0.5)
    mean = np.tile(open_hours.repeat(PER_HOUR)[:, None] / PER_HOUR, (1, 20))
    fresh = counts(mean, 9)
    local = observe(create(time_zone="America/New_York"), fresh, first)
    utc = observe(create(time_zone="UTC"), fresh, first)
    full_hours = slice(-WEEK + 1, None, PER_HOUR)

    def miss(verdicts):
        return np.abs(verdicts.expected[full_hours].mean(axis=1) - open_hours[-168:]).mean()

    assert miss(local) < 0.7 * miss(utc)


def test_hours_of_the_day_alone_serve_a_feed_without_weekends() -> None:
    mean = np.tile(means(1, RATES)[:DAY], (21, 1))
    fresh = counts(mean, 10)
    daily = observe(create(season="hour-of-day"), fresh)
    truth = mean[-DAY:] + mean[-DAY - 1 : -1]
    shape = daily.expected[-DAY:].sum(axis=1) / truth.sum(axis=1)
    assert np.abs(shape - 1).max() < 0.12


def test_parameters_are_checked() -> None:
    def read(**parameters):
        return msgspec.convert({"model": "seasonal-count", **parameters}, SeasonalCount)

    assert read(time_zone="Asia/Shanghai", forgetting_days=28).warm_up_days == 14
    with pytest.raises(msgspec.ValidationError, match=r'time_zone "Mars/Base" is not known: give'):
        read(time_zone="Mars/Base")
    with pytest.raises(msgspec.ValidationError, match="forgetting_days"):
        read(forgetting_days=1)


def test_the_first_tick_is_any_tick() -> None:
    fresh = counts(means(1, RATES), 11)
    verdicts = observe(create(), fresh, START + 1)
    assert np.isfinite(verdicts.score).all()
    assert np.isfinite(verdicts.expected).all()
