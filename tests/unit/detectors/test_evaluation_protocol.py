"""A detector through the protocol: known answers of simple ones on counts that we know."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import Fixed, RollingMean
from detectors.evaluation.history import History
from detectors.evaluation.learning import learnt
from detectors.evaluation.null import invented_week, simulated
from detectors.evaluation.protocol import Plan, measure
from detectors.evaluation.surges import Kind, draw

HOUR = 6
WEEK = 168 * HOUR
AREAS = 6


def city(weeks=12, rate=0.5, seed=1):
    rates = np.full(AREAS, rate / HOUR)
    return simulated(rates, np.ones(168), weeks, HOUR, seed)


def plan(history, *, begin, surges=(), rates=(1.0,)):
    return Plan(
        window=HOUR, begin=begin, surges=surges, rates=rates, areas=np.ones(AREAS, dtype=bool)
    )


def make(config):
    return lambda: config.create(window_ticks=HOUR, ticks_per_hour=HOUR)


def test_episodes_of_the_hold_out_are_those_of_its_counts():
    history = city()
    begin = 8 * WEEK
    history.counts[begin - HOUR : begin] = 0
    history.counts[begin + 100 : begin + 102, 2] = 30
    measured = measure(make(Fixed()), history, plan(history, begin=begin))
    rows, areas = measured.hold.starts(29)
    assert rows.tolist() == [begin + 100]
    assert areas.tolist() == [2]
    assert measured.train.count(29) == 0
    assert measured.train_weeks == pytest.approx(6)
    assert measured.early_weeks == pytest.approx(2)


def test_an_episode_that_began_before_the_hold_out_is_none_of_it():
    history = city()
    begin = 8 * WEEK
    history.counts[begin - 1, 0] = 30
    measured = measure(make(Fixed()), history, plan(history, begin=begin))
    assert measured.hold.count(29) == 0
    assert measured.train.count(29) == 1


def test_areas_that_are_not_measured_have_no_episodes():
    history = city()
    history.counts[9 * WEEK, 3] = 30
    areas = np.arange(AREAS) != 3
    wanted = Plan(window=HOUR, begin=8 * WEEK, surges=[], rates=[1.0], areas=areas)
    assert measure(make(Fixed()), history, wanted).hold.count(29) == 0


def test_large_surges_are_seen_by_a_detector_that_learns_with_them():
    history = city()
    begin = 8 * WEEK
    surges = [draw(history, begin, [Kind("+40/1h", 40, 1.0, 1)], seed) for seed in (1, 2)]
    measured = measure(make(RollingMean()), history, plan(history, begin=begin, surges=surges))
    level = measured.hold.level_for(0)
    assert level is not None
    for scores in measured.surges:
        seen = scores.detected(level, scores.of_kind(0))
        assert seen.hits == seen.of > 20
        assert 0 < (seen.delay or 0) < 40


def test_recalibrated_thresholds_come_near_to_what_was_asked():
    history = city(weeks=30)
    begin = 20 * WEEK
    config = RollingMean(hours=168)
    measured = measure(make(config), history, plan(history, begin=begin, rates=(1.0, 0.1)))
    assert set(measured.calibrated) == {1.0, 0.1}
    alarms = measured.calibrated[1.0]
    assert (alarms.rows >= begin).all()
    assert 0.3 < len(alarms.rows) / (AREAS * 10) < 2


def test_a_run_is_repeatable():
    history = city(weeks=8)
    one, other = (
        measure(make(RollingMean()), history, plan(history, begin=5 * WEEK)) for _ in range(2)
    )
    assert np.array_equal(one.hold.high, other.hold.high)
    assert one.expected == other.expected


def test_a_plain_mean_takes_in_what_a_surge_of_three_days_adds():
    history = city(weeks=14, rate=3.0)
    begin = 8 * WEEK
    config = RollingMean(hours=168)
    measured = measure(make(config), history, plan(history, begin=begin))
    changes = learnt(make(config), history, HOUR, begin, measured, (1, 2, 3))
    assert changes is not None
    # Three of the seven days that it means over were four times as busy: 1 + 3 x 3 / 7, and a
    # little less for the hours of the first day that it had let go.
    assert changes.inflation() == pytest.approx(9 / 7, abs=0.12)
    assert changes.taken_for_level() == (18, 18)
    assert changes.followed(np.ones(AREAS, dtype=bool)) == pytest.approx(2.0, abs=0.15)


def test_what_expects_nothing_learns_nothing_that_could_be_seen():
    history = city(weeks=12)
    measured = measure(make(Fixed()), history, plan(history, begin=8 * WEEK))
    assert learnt(make(Fixed()), history, HOUR, 8 * WEEK, measured, (1,)) is None


def test_a_short_hold_out_says_nothing_of_learning():
    history = city(weeks=8)
    measured = measure(make(RollingMean()), history, plan(history, begin=6 * WEEK))
    assert learnt(make(RollingMean()), history, HOUR, 6 * WEEK, measured, (1,)) is None


def test_gaps_are_left_out_everywhere():
    history = city(weeks=16)
    seen = np.ones(16 * WEEK, dtype=bool)
    seen[4 * WEEK : 5 * WEEK] = False
    seen[10 * WEEK : 11 * WEEK] = False
    gapped = History(np.where(seen[:, None], history.counts, 0), seen, 0, HOUR)
    begin = gapped.split(0.6)
    measured = measure(make(RollingMean()), gapped, plan(gapped, begin=begin))
    assert measured.early_weeks + measured.train_weeks == pytest.approx(14 * 0.6, abs=0.01)
    assert seen[measured.hold.row].all()
    changes = learnt(make(RollingMean()), gapped, HOUR, begin, measured, (1, 2, 3, 4))
    assert changes is not None
    assert np.isnan(changes.after_surge).any()
    assert changes.inflation() is not None


def test_an_invented_city_has_the_means_it_says():
    rates, shape = invented_week(2000, HOUR, 3)
    assert rates.mean() * HOUR == pytest.approx(0.25, rel=0.15)
    assert shape.mean() == pytest.approx(1)
    counts = simulated(rates[:50], shape, 30, HOUR, 5).counts
    assert counts.mean(axis=0) == pytest.approx(rates[:50], rel=0.4)
    assert counts.mean() == pytest.approx(rates[:50].mean(), rel=0.02)
