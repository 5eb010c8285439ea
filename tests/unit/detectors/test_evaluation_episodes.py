"""Episodes at all levels at once: known answers, and the same as counting level by level."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from detectors.evaluation.episodes import RisesCollector

QUIET = 3


def collected(score, quiet=QUIET, floor=-np.inf, cuts=()):
    collector = RisesCollector(quiet, floor)
    edges = [0, *cuts, len(score)]
    for a, b in pairwise(edges):
        collector.add(a, score[a:b])
    return collector.rises()


def counted(score, level, quiet=QUIET):
    """Exceedances with none in the quiet time before, one by one."""
    above = score > level
    return sum(
        bool(above[t, a]) and not above[max(0, t - quiet) : t, a].any()
        for t in range(len(score))
        for a in range(score.shape[1])
    )


def test_an_episode_needs_quiet_time_before_it():
    score = np.array([[0, 5, 0, 0, 5, 0, 0, 0, 5]], dtype=float).T
    rises = collected(score)
    assert rises.count(4.0) == 2
    assert rises.starts(4.0)[0].tolist() == [1, 8]
    assert rises.count(5.0) == 0


def test_a_level_is_exceeded_not_reached():
    rises = collected(np.array([[0.0], [3.0]]))
    assert (rises.count(2.9), rises.count(3.0)) == (1, 0)


@pytest.mark.parametrize("quiet", [1, 2, 3, 5, 24])
def test_every_level_has_the_episodes_that_counting_finds(quiet):
    score = np.random.default_rng(3).normal(size=(200, 4))
    rises = collected(score, quiet)
    for level in (-1.0, 0.0, 0.7, 1.5, 2.5):
        assert rises.count(level) == counted(score, level, quiet)


def test_cuts_change_nothing():
    score = np.random.default_rng(4).normal(size=(120, 3))
    whole, parts = collected(score), collected(score, cuts=(1, 2, 40, 41, 100))
    for one, other in zip(whole, parts, strict=True):
        assert np.array_equal(one, other)


def test_a_floor_changes_no_level_above_it():
    score = np.random.default_rng(5).normal(size=(300, 3))
    whole, floored = collected(score), collected(score, floor=0.5)
    assert len(floored.row) < len(whole.row)
    for level in (0.5, 1.0, 2.0):
        assert floored.count(level) == whole.count(level)


def test_a_jump_in_rows_is_quiet_time():
    collector = RisesCollector(QUIET)
    collector.add(0, np.array([[5.0]]))
    collector.add(2, np.array([[5.0]]))
    assert collector.rises().count(4.0) == 2


def test_rows_that_are_not_kept_still_come_before():
    collector = RisesCollector(QUIET)
    collector.add(0, np.array([[5.0]]), keep=False)
    collector.add(1, np.array([[4.0], [6.0]]))
    assert collector.rises().starts(3.0)[0].tolist() == []
    assert collector.rises().starts(5.5)[0].tolist() == [2]


def test_the_level_for_a_number_is_the_lowest_that_never_has_more():
    score = np.random.default_rng(6).normal(size=(500, 2))
    rises = collected(score)
    for most in (1, 3, 20, 40):
        level = rises.level_for(most)
        assert level is not None
        assert rises.count(level) <= most
        higher = level + np.linspace(0, 3, 400)
        assert all(rises.count(value) <= most for value in higher)
        assert any(rises.count(value) > most for value in level - np.linspace(1e-9, 0.05, 50))


def test_a_score_that_saturates_has_no_level_for_few_episodes():
    score = np.tile([1.0, 0.0, 0.0, 0.0, 0.0], 20)[:, None]
    rises = collected(score)
    assert rises.level_for(5) is None
    assert rises.level_for(20) is not None


def test_less_than_one_episode_is_none_at_all():
    score = np.random.default_rng(6).normal(size=(500, 2))
    assert collected(score).level_for(0.5) == score.max()


def test_a_score_that_never_rises_has_a_level():
    rises = collected(np.zeros((50, 2)), floor=0.0)
    assert rises.level_for(1) == 0.0
    assert rises.count(0.0) == 0


def test_areas_can_be_left_out():
    rises = collected(np.array([[1.0, 2.0]]))
    assert rises.within(np.array([False, True])).count(0.0) == 1
