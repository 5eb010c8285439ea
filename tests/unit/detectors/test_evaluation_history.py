"""Counts on a grid: gaps are missing data, time is split by what was observed."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import Fixed
from detectors.evaluation.history import (
    History,
    history_of,
    judged,
    strays,
    stretches,
    typical_week,
)

HOUR = 2
DAY = 24 * HOUR


def steady(days, areas=3, per_tick=2):
    """Every tick of every day has events."""
    ticks = np.repeat(np.arange(days * DAY), per_tick)
    return ticks, np.arange(len(ticks)) % areas


def without_days(events, first, last):
    ticks, areas = events
    kept = (ticks < first * DAY) | (ticks >= last * DAY)
    return ticks[kept], areas[kept]


def test_counts_lie_at_their_tick_and_area():
    history = history_of(np.array([10, 10, 12]), np.array([0, 1, 1]), 2, HOUR)
    assert history.first_tick == 10
    assert history.counts.tolist() == [[1, 1], [0, 0], [0, 1]]


def test_a_block_of_days_without_any_event_is_a_gap():
    ticks, areas = without_days(steady(20), 5, 8)
    history = history_of(ticks, areas, 3, HOUR)
    assert stretches(~history.seen) == [(5 * DAY, 8 * DAY)]
    assert history.weeks(0, len(history.seen)) == pytest.approx(17 / 7)


def test_a_quiet_night_and_a_sparse_city_have_no_gap():
    night = without_days(steady(20), 5, 5.4)
    assert history_of(night[0], night[1], 3, HOUR).seen.all()
    sparse = np.arange(0, 60 * DAY, 2 * DAY)
    assert history_of(sparse, np.zeros_like(sparse), 1, HOUR).seen.all()


def test_a_long_gap_does_not_hide_itself_in_the_mean():
    ticks, areas = without_days(steady(400, per_tick=1), 2, 399)
    assert stretches(~history_of(ticks, areas, 3, HOUR).seen) == [(2 * DAY, 399 * DAY)]


def test_few_events_far_from_all_others_are_strays():
    ticks, _ = steady(30)
    far = np.array([-9000 * DAY, 9000 * DAY, 9000 * DAY + 1])
    assert np.flatnonzero(strays(np.sort(np.append(ticks, far)), HOUR)).tolist() == [
        0,
        len(ticks) + 1,
        len(ticks) + 2,
    ]
    assert not strays(ticks, HOUR).any()


def test_a_year_of_data_after_a_year_of_none_is_no_stray():
    ticks, _ = steady(400)
    far = np.concatenate([ticks, ticks + 800 * DAY])
    assert not strays(far, HOUR).any()


def test_the_split_is_by_observed_time_at_a_full_hour():
    ticks, areas = without_days(steady(20), 2, 10)
    history = history_of(ticks, areas, 3, HOUR)
    begin = history.split(0.5)
    assert (history.first_tick + begin) % HOUR == 0
    assert history.weeks(0, begin) == pytest.approx(6 / 7, abs=0.02)


def test_a_detector_sees_observed_ticks_only_with_their_windows():
    counts = np.ones((3 * DAY, 2), dtype=np.int16)
    seen = np.ones(3 * DAY, dtype=bool)
    seen[DAY : 2 * DAY] = False
    counts[~seen] = 0
    history = History(counts, seen, 7, HOUR)
    detector = Fixed().create(window_ticks=4, ticks_per_hour=HOUR)
    rows: list[int] = []
    scores: list[float] = []
    for row, verdicts, window in judged(detector, history, 4, 0, len(seen)):
        rows += range(row, row + len(verdicts.score))
        scores += verdicts.score[:, 0].tolist()
        assert np.array_equal(window, verdicts.score)
    assert rows == np.flatnonzero(seen).tolist()
    assert scores[:5] == [1, 2, 3, 4, 4]
    assert scores[DAY : DAY + 4] == [1, 2, 3, 4]


def test_a_run_that_begins_later_counts_the_events_before_it():
    history = History(np.ones((DAY, 1), dtype=np.int16), np.ones(DAY, dtype=bool), 0, HOUR)
    detector = Fixed().create(window_ticks=4, ticks_per_hour=HOUR)
    (first,) = judged(detector, history, 4, 10, DAY)
    assert first[1].score[0, 0] == 4


def test_the_typical_week_knows_rates_and_hours():
    weeks = 6
    hours = np.arange(weeks * 168)
    counts = np.where((hours % 24 >= 8)[:, None], [4, 2], 0).astype(np.int16)
    rates, shape = typical_week(History(counts, np.ones(len(counts), dtype=bool), 0, 1))
    assert rates == pytest.approx([4 * 16 / 24, 2 * 16 / 24])
    assert shape.mean() == pytest.approx(1)
    assert shape[12] == pytest.approx(24 / 16)
    assert shape[3] == 0
