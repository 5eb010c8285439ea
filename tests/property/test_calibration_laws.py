"""The laws of calibration: cuts and restores change nothing, more asked is a lower threshold."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.calibration import Calibration

PER_WEEK, REACH, TICKS, AREAS = 7 * 24, 4, 400, 6


def fresh(rate: float = 1.0) -> Calibration:
    return Calibration(rate=rate, ticks_per_week=PER_WEEK, reach=REACH)


def city(seed: int):
    chance = np.random.default_rng(seed)
    score = chance.standard_normal((TICKS, AREAS)) * 1.3 + chance.normal(0, 0.3, AREAS)
    return score, chance.random((TICKS, AREAS)) < np.linspace(0, 2, TICKS)[:, None]


seeds = st.integers(0, 10_000)
cuts = st.lists(st.integers(0, TICKS), max_size=12).map(lambda c: sorted({0, *c, TICKS}))


@settings(max_examples=60, deadline=None)
@given(seeds, cuts, st.booleans())
def test_cuts_and_restores_change_nothing(seed: int, at: list[int], restored: bool) -> None:
    score, ready = city(seed)
    whole, part = fresh(), fresh()
    thresholds = whole.observe(100, score, ready)
    for start, end in pairwise(at):
        if restored:
            packed = msgspec.msgpack.encode(part.snapshot())
            part = fresh()
            part.restore(msgspec.msgpack.decode(packed))
        got = part.observe(100 + start, score[start:end], ready[start:end])
        assert np.array_equal(got, thresholds[start:end])
    assert msgspec.msgpack.encode(part.snapshot()) == msgspec.msgpack.encode(whole.snapshot())


@settings(max_examples=40, deadline=None)
@given(seeds, st.lists(st.floats(0.001, 20.0), min_size=2, max_size=4))
def test_more_asked_is_never_a_higher_threshold(seed: int, asked: list[float]) -> None:
    score, ready = city(seed)
    found = [fresh(rate).observe(0, score, ready) for rate in sorted(asked)]
    for less, more in pairwise(found):
        assert (more <= less + 1e-9).all()


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_the_order_of_areas_does_not_matter(seed: int) -> None:
    score, ready = city(seed)
    straight = fresh().observe(0, score, ready)
    assert np.array_equal(straight[:, ::-1], fresh().observe(0, score[:, ::-1], ready[:, ::-1]))


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(1, TICKS - 1))
def test_an_area_may_be_there_before_it_is_heard_of(seed: int, joins: int) -> None:
    score, ready = city(seed)
    ready[:joins, -1] = False
    whole, later = fresh(), fresh()
    thresholds = whole.observe(0, score, ready)
    later.observe(0, score[:joins, :-1], ready[:joins, :-1])
    joined = later.observe(joins, score[joins:], ready[joins:])
    assert np.array_equal(joined, thresholds[joins:])


def test_state_grows_with_areas_and_not_with_time() -> None:
    def size(calibration: Calibration) -> int:
        return sum(len(v) for v in calibration.snapshot().values() if isinstance(v, bytes))

    def of(areas: int, weeks: int) -> int:
        score = np.random.default_rng(1).standard_normal((weeks * PER_WEEK, areas)) * 3
        calibration = fresh()
        calibration.observe(0, score, np.ones(score.shape, dtype=bool))
        return size(calibration)

    assert of(10, 1) == of(10, 12)
    assert (of(110, 1) - of(10, 1)) / 100 <= 48 + REACH
