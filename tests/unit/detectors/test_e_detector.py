"""The e-detector over the seasonal baseline: surges of any length, quiet otherwise, small state."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from detectors import EDetector, SeasonalCount
from detectors.slot_counts import SlotCounts, slots_of
from tests.unit.detectors.city import PER_HOUR, START, WEEK, counts, means, observe

RATES = np.geomspace(0.1, 4.0, 30)
WEEKS = 10
MOST_BYTES = 2048


def create(**parameters):
    return EDetector(**parameters).create(window_ticks=PER_HOUR, ticks_per_hour=PER_HOUR)


@pytest.fixture(scope="module")
def learned():
    fresh = counts(means(WEEKS, RATES), 1)
    return fresh, observe(create(), fresh)


def test_it_expects_what_the_seasonal_baseline_expects(learned) -> None:
    fresh, verdicts = learned
    seasonal = SeasonalCount().create(window_ticks=PER_HOUR, ticks_per_hour=PER_HOUR)
    same = observe(seasonal, fresh)
    for name in ("expected", "dispersion", "ready", "history"):
        assert np.array_equal(getattr(verdicts, name), getattr(same, name)), name


def test_mistakes_are_rare_once_it_has_learned(learned) -> None:
    _, verdicts = learned
    scores = verdicts.score[4 * WEEK :]
    over = scores > 2.326  # a hundred slots, here half-hours
    begins = over[1:] & ~over[:-1]
    assert 0 < begins.sum() < scores.size / 100


@pytest.mark.parametrize("hours", [1, 2])
def test_a_surge_is_seen_whatever_its_length(learned, hours) -> None:
    fresh, verdicts = learned
    surge = fresh.copy()
    rows = slice(len(fresh) - hours * PER_HOUR, len(fresh))
    surge[rows, 5] += 6 // hours  # 6 or 12 half-hours' worth where 0.2 an hour are usual
    scores = observe(create(), surge).score
    assert scores[-1, 5] > 4
    assert np.array_equal(np.delete(scores, 5, axis=1), np.delete(verdicts.score, 5, axis=1))


def test_what_lies_before_its_reach_is_forgotten(learned) -> None:
    fresh, _ = learned
    surge = fresh.copy()
    surge[-2 * PER_HOUR - 2, 5] += 40
    surge[-2 * PER_HOUR - 1 :, 5] = 0
    scores = observe(create(reach_hours=2), surge).score[:, 5]
    assert scores[-2 * PER_HOUR - 2] > 8
    assert scores[-1] == 0.0
    assert observe(create(reach_hours=4), surge).score[-1, 5] > 4


def test_a_quiet_area_scores_nothing(learned) -> None:
    _, verdicts = learned
    assert (verdicts.score[:, RATES < 0.3] == 0).mean() > 0.9
    assert (verdicts.score >= 0).all()


def since(slots, length, first_tick, fresh):
    """What came since each start, at every tick: [starts, ticks, areas]."""
    parts = []
    for slot, rows in slots_of(first_tick, len(fresh), length):
        earlier = slots.earlier(slot, fresh.shape[1])
        parts.append(earlier[:, None] + slots.add(slot, fresh[rows])[None])
    return np.concatenate(parts, axis=1)


def test_slots_hold_what_came_since_each_start_whatever_the_cut() -> None:
    fresh = np.random.default_rng(3).poisson(2.0, size=(100, 4))
    whole = since(SlotCounts(5), 3, 7, fresh)
    for start, tick in ((0, 50), (2, 51), (4, 99)):
        begin = max(((7 + tick) // 3 - start) * 3 - 7, 0)
        assert np.array_equal(whole[start, tick], fresh[begin : tick + 1].sum(axis=0))
    cut, row = SlotCounts(5), 0
    for size in (1, 2, 30, 67):
        part = since(cut, 3, 7 + row, fresh[row : row + size])
        assert np.array_equal(part, whole[:, row : row + size])
        row += size


def test_slots_that_were_left_out_are_empty() -> None:
    slots = SlotCounts(4)
    since(slots, 3, 0, np.full((12, 2), 5))
    after = since(slots, 3, 17, np.ones((1, 2), dtype=np.int64))
    assert after[:, 0, 0].tolist() == [1, 1, 16, 31]


def test_an_area_costs_less_than_two_kibibytes() -> None:
    areas = 2000
    detector = EDetector().create(window_ticks=60, ticks_per_hour=60)
    fresh = counts(np.full((120, areas), 0.01), 4)
    detector.observe(START * 30, fresh, fresh)
    kept = sum(len(value) for value in detector.snapshot().values() if isinstance(value, bytes))
    assert kept < MOST_BYTES * areas


def test_parameters_are_checked() -> None:
    read = msgspec.convert({"model": "e-detector", "reach_hours": 3}, EDetector)
    assert (read.reach_hours, read.warm_up_days) == (3, 14)
    with pytest.raises(msgspec.ValidationError, match="reach_hours"):
        msgspec.convert({"model": "e-detector", "reach_hours": 9}, EDetector)
