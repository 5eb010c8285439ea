"""What a seasonal baseline must not learn (surges, gaps), and what it must (new levels, areas)."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import EDetector, SeasonalCount
from detectors.seasonal_pool import Pool
from tests.unit.detectors.city import DAY, PER_HOUR, START, WEEK, counts, means, observe

RATES = np.repeat([0.25, 1.0, 4.0], 20)
BUSY = RATES >= 1.0
SHIFTED = np.arange(RATES.size) % 4 == 0
WEEKS = 8


def create():
    return SeasonalCount().create(window_ticks=PER_HOUR, ticks_per_hour=PER_HOUR)


def expected_per_day(verdicts, day):
    """Expected events of one day, per area: windows of an hour that do not overlap."""
    return verdicts.expected[day * DAY + 1 : (day + 1) * DAY + 1 : PER_HOUR].sum(axis=0)


@pytest.fixture(scope="module")
def normal():
    """Mean per tick, counts, and verdicts of an undisturbed city."""
    mean = means(WEEKS, RATES)
    fresh = counts(mean, 1)
    return mean, fresh, observe(create(), fresh)


def changed(normal, days: range, factor: float):
    """The city with every fourth area at another level on some days; the rest is the same."""
    mean, fresh, _ = normal
    rows = slice(days.start * DAY, days.stop * DAY)
    other = fresh.copy()
    other[rows, SHIFTED] = counts(mean[rows] * factor, 2)[:, SHIFTED]
    return observe(create(), other)


def inflation(normal, verdicts, day: int, areas) -> float:
    """Expected events of a day in these areas, against the undisturbed city."""
    usual = expected_per_day(normal[2], day)[areas].sum()
    return float(expected_per_day(verdicts, day)[areas].sum() / usual)


@pytest.mark.parametrize("start", [35, 38])
def test_three_days_of_surge_do_not_lift_the_day_after(normal, start) -> None:
    surge = changed(normal, range(start, start + 3), 4.0)
    assert inflation(normal, surge, start + 3, SHIFTED & BUSY) == pytest.approx(1.0, abs=0.04)
    # In sparse areas, where 12 h hold three events, not every hour of a surge is seen as one.
    assert inflation(normal, surge, start + 3, SHIFTED & ~BUSY) < 1.3
    assert inflation(normal, surge, start + 3, ~SHIFTED) == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("factor", [4.0, 2.0, 0.5])
def test_a_level_that_lasts_is_learnt_within_seven_days(normal, factor) -> None:
    shifted = changed(normal, range(30, WEEKS * 7), factor)
    assert inflation(normal, shifted, 37, SHIFTED & BUSY) == pytest.approx(factor, rel=0.1)
    assert inflation(normal, shifted, 50, SHIFTED & BUSY) == pytest.approx(factor, rel=0.06)
    assert inflation(normal, shifted, 37, ~SHIFTED) == pytest.approx(1.0, abs=0.03)


def test_an_undisturbed_area_keeps_its_memory(normal) -> None:
    """No false alarm of the drift test: a memory of 28 days, not of six, behind the rates."""
    mean, _, verdicts = normal
    truth = mean.reshape(WEEKS * 7, DAY, -1).sum(axis=1)
    wrong = [expected_per_day(verdicts, d) / truth[d] - 1 for d in range(28, WEEKS * 7 - 1)]
    assert np.sqrt(np.mean(np.square(wrong), axis=0))[RATES == 4.0].mean() < 0.045


def test_a_silent_feed_teaches_nothing(normal) -> None:
    _, fresh, verdicts = normal
    cut = slice(35 * DAY, 38 * DAY)
    gap = fresh.copy()
    gap[cut] = 0
    detector = create()
    before = observe(detector, gap[: cut.start])
    during = observe(detector, gap[cut], START + cut.start)
    after = observe(detector, gap[cut.stop :], START + cut.stop)
    assert before.ready[-1].all()
    assert during.history[-1].max() <= before.history[-1].max() + 1
    ratio = after.expected[DAY : 2 * DAY].sum() / verdicts.expected[39 * DAY : 40 * DAY].sum()
    assert ratio == pytest.approx(1.0, abs=0.02)
    # And no alert when it comes back: as odd as any other day.
    assert after.score[:DAY].max() < 5


def test_a_silent_area_is_a_zero(normal) -> None:
    _, fresh, verdicts = normal
    quiet = fresh.copy()
    quiet[35 * DAY :, 5] = 0
    after = observe(create(), quiet)
    assert after.expected[-1, 5] < 0.5 * verdicts.expected[-1, 5]
    assert after.history[-1, 5] == verdicts.history[-1, 5]


def test_a_quiet_night_of_a_small_town_is_a_zero_too() -> None:
    mean = means(WEEKS, np.full(3, 0.3))
    fresh = counts(mean, 3)
    assert (fresh.reshape(-1, PER_HOUR, 3).sum(axis=(1, 2)) == 0).mean() > 0.3
    verdicts = observe(create(), fresh)
    truth = mean[-2 * WEEK :].sum() * PER_HOUR
    assert verdicts.expected[-2 * WEEK :].sum() / truth == pytest.approx(1.0, abs=0.12)


def test_a_new_area_begins_with_the_shape_of_all_and_is_not_ready(normal) -> None:
    mean, fresh, _ = normal
    born = 35 * DAY
    late = np.zeros((len(fresh), 1), dtype=np.int64)
    late[born:, 0] = counts(means(WEEKS, np.array([1.0])), 4)[born:, 0]
    detector = create()
    observe(detector, fresh[:born])
    verdicts = observe(detector, np.hstack([fresh, late])[born:], START + born)
    second_day = verdicts.expected[DAY + 1 : 2 * DAY + 1 : PER_HOUR, -1]
    truth = mean[born + DAY : born + 2 * DAY, 20].reshape(-1, PER_HOUR).sum(axis=1)
    assert np.corrcoef(second_day, truth)[0, 1] > 0.95
    assert not verdicts.ready[: 14 * DAY, -1].any()
    assert verdicts.ready[15 * DAY, -1]


def test_a_busy_area_is_not_taken_for_a_surge_at_birth() -> None:
    mean = means(3, np.r_[np.full(10, 0.2), 30.0])
    verdicts = observe(create(), counts(mean, 5))
    truth = mean[3 * DAY : 4 * DAY, -1].sum()
    assert expected_per_day(verdicts, 3)[-1] == pytest.approx(truth, rel=0.3)


@pytest.mark.parametrize("model", [SeasonalCount(), EDetector()], ids=["count", "e-detector"])
@pytest.mark.parametrize("weekday", [0, 3])
def test_the_first_week_of_a_busy_city_is_no_louder_than_the_others(model, weekday) -> None:
    begin = weekday * DAY
    fresh = counts(means(WEEKS + 1, np.geomspace(0.4, 2.5, 60)), 4)[begin:]
    detector = model.create(window_ticks=PER_HOUR, ticks_per_hour=PER_HOUR)
    over = observe(detector, fresh, START + begin).score >= 2.5
    begins = (over[1:] & ~over[:-1]).sum(axis=1)
    usual = begins[3 * WEEK :].sum() / (len(begins) / WEEK - 3)
    assert begins[:WEEK].sum() <= 1.3 * usual


def test_a_first_weekend_is_expected_to_be_like_the_days_before_it() -> None:
    pool = Pool(cells=168, memory=12.0, gap=15.0)
    for hour in range(5 * 24):
        pool.learn(hour, 150 if 8 <= hour % 24 < 20 else 50, 100.0)
    pool.renew(*np.full((2, 1), 100.0), *np.zeros((2, 1)))
    saturday = np.array([pool.factor(5 * 24 + hour) for hour in range(24)])
    assert saturday[10:18].mean() / saturday[:6].mean() == pytest.approx(3.0, rel=0.15)


def test_an_area_that_joins_late_is_judged_with_care() -> None:
    fresh = counts(means(4, np.full(20, 0.5)), 8)
    detector = create()
    observe(detector, fresh)
    joined = np.pad(fresh, ((0, 0), (0, 1)))
    joined[:, -1] = joined[:, 0]
    day = observe(detector, joined[:DAY], START + 4 * WEEK)
    assert day.dispersion[-1, -1] > 1.0
    assert day.dispersion[-1, 0] < 0.5
    week = observe(detector, joined[DAY : 2 * WEEK], START + 4 * WEEK + DAY)
    assert week.dispersion[-1, -1] < 0.5
