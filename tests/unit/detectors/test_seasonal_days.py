"""Days unlike others: lost calls of some areas, holidays, and storms over the whole city."""

from __future__ import annotations

from datetime import date

import msgspec
import numpy as np
import pytest

from detectors.seasonal import SeasonalCount
from tests.unit.detectors.city import DAY, PER_HOUR, START, WEEK, counts, means, observe

RATES = np.repeat([0.5, 4.0], 15)
BUSY = RATES > 1
LOST = np.arange(RATES.size) % 3 == 0
WEEKS = 6


def create(**parameters):
    return SeasonalCount(**parameters).create(window_ticks=PER_HOUR, ticks_per_hour=PER_HOUR)


def day(verdicts, number):
    return verdicts.expected[number * DAY + 1 : (number + 1) * DAY + 1 : PER_HOUR].sum(axis=0)


@pytest.fixture(scope="module")
def normal():
    fresh = counts(means(WEEKS, RATES), 1)
    return fresh, observe(create(), fresh)


@pytest.mark.parametrize("hours", [9, 30, 60])
def test_lost_calls_of_some_areas_are_not_learned(normal, hours) -> None:
    fresh, usual = normal
    outage = fresh.copy()
    begin = 30 * DAY + 7 * PER_HOUR
    outage[begin : begin + hours * PER_HOUR, LOST] = 0
    verdicts = observe(create(), outage)
    after = 30 + -(-(hours + 7 + 6) // 24)
    ratio = day(verdicts, after) / day(usual, after)
    assert ratio[LOST & BUSY].mean() == pytest.approx(1.0, abs=0.02)
    assert ratio[~LOST].mean() == pytest.approx(1.0, abs=0.01)


def test_a_silence_that_lasts_is_learned(normal) -> None:
    fresh, usual = normal
    closed = fresh.copy()
    closed[28 * DAY :, LOST] = 0
    verdicts = observe(create(), closed)
    assert (day(verdicts, 36)[LOST & BUSY] < 0.2 * day(usual, 36)[LOST & BUSY]).all()


def test_special_days_are_sundays_and_teach_nothing() -> None:
    mean = means(WEEKS, RATES)
    weekend = np.arange(len(mean)) // DAY % 7 >= 5
    mean[weekend] *= 0.5
    mean[36 * DAY : 37 * DAY] *= 0.5  # a Tuesday
    fresh = counts(mean, 2)
    holiday = date.fromordinal(date(1970, 1, 1).toordinal() + START // DAY + 36)
    plain, special = observe(create(), fresh), observe(create(special_days=[holiday]), fresh)
    assert day(special, 36).sum() / day(special, 34).sum() == pytest.approx(1.0, abs=0.02)
    assert day(plain, 36).sum() / day(plain, 34).sum() > 1.6
    assert np.array_equal(special.expected[: 36 * DAY], plain.expected[: 36 * DAY])
    # Nothing of it is in the week that follows; without the entry it is.
    assert special.history[-1].max() == plain.history[-1].max() - 24
    assert day(plain, 40).sum() < day(special, 40).sum()


def test_days_are_like_the_weekday_that_a_calendar_says() -> None:
    fresh = counts(means(WEEKS, RATES), 2)
    tuesday = date.fromordinal(date(1970, 1, 1).toordinal() + START // DAY + 36)
    named, told, late = create(special_days=[tuesday]), create(), create()
    told.use_days(lambda day: 6 if day == tuesday else None)
    expected, got = observe(named, fresh), observe(told, fresh)
    assert np.array_equal(got.score, expected.score)
    assert told.snapshot() == named.snapshot()
    # A calendar may learn of a day while it lasts: the rest of it is like another one.
    half = 36 * DAY + DAY // 2
    observe(late, fresh[:half])
    late.use_days(lambda day: 2 if day == tuesday else None)
    rest = observe(late, fresh[half:], START + half)
    assert (
        rest.history[-1].max() == got.history[-1].max() + 11
    )  # the hour that was open is one of it
    plain = observe(create(), fresh)
    wednesday = slice(37 * DAY - DAY // 2, 37 * DAY)
    ratio = rest.expected[2 : DAY // 2] / plain.expected[wednesday][2:]
    assert ratio.mean() == pytest.approx(1.0, abs=0.05)
    assert not np.array_equal(rest.expected[: DAY // 2], plain.expected[wednesday])


def test_special_days_are_days_of_the_calendar() -> None:
    read = {"model": "seasonal-count", "special_days": ["2026-10-01"]}
    assert msgspec.convert(read, SeasonalCount).special_days == [date(2026, 10, 1)]
    with pytest.raises(msgspec.ValidationError, match="special_days"):
        msgspec.convert({**read, "special_days": ["2026-10-32"]}, SeasonalCount)


def test_while_the_whole_city_is_up_more_is_expected(normal) -> None:
    fresh, usual = normal
    storm = fresh.copy()
    rows = slice(35 * DAY, 35 * DAY + 12 * PER_HOUR)
    storm[rows] += counts(means(WEEKS, RATES)[rows] * 2, 3)
    alone, together = observe(create(), storm), observe(create(city_factor=True), storm)
    late = slice(rows.start + 6 * PER_HOUR, rows.stop)
    # Three times the usual, drawn a little to one.
    assert 2.2 < together.expected[late].sum() / alone.expected[late].sum() < 3.0
    assert (together.score[late] > 3).mean() < 0.1 * (alone.score[late] > 3).mean()
    # It passes with the storm.
    later = slice(rows.stop + 5 * PER_HOUR, rows.stop + WEEK // 2)
    assert together.expected[later].sum() / usual.expected[later].sum() < 1.06


def test_one_area_does_not_move_the_city_factor_that_judges_it(normal) -> None:
    fresh, _ = normal
    surge = fresh.copy()
    surge[-4 * PER_HOUR :, 29] += 60
    quiet, after = (observe(create(city_factor=True), f) for f in (fresh, surge))
    assert after.expected[-1, 29] == pytest.approx(quiet.expected[-1, 29], rel=2e-3)
    assert after.expected[-1, 0] > quiet.expected[-1, 0]
