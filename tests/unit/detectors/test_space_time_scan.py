"""The scan: the best zone by the likelihood ratio, against a search by hand, and its laws."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from detectors import SeasonalCount
from detectors.space_time_scan import SpaceTimeScan, scan

WINDOW, HOUR = 8, 6
NEAR = np.array([[0, 1, 2], [1, 0, 2], [2, 1, -1], [3, -1, -1]])


def by_hand(counts, means, near):
    """The best (ratio, length, size) of every area of one tick, zone by zone."""
    found = []
    for area in range(len(near)):
        best = (0.0, 0, 1)
        for size, length in itertools.product(range(1, near.shape[1] + 1), range(len(counts))):
            zone = [column for column in near[area, :size] if column >= 0]
            n, e = counts[length, zone].sum(), means[length, zone].sum()
            ratio = n * np.log(n / e) - (n - e) if n > e > 0 else 0.0
            if ratio > best[0] + 1e-12:
                best = (ratio, length, size)
        found.append(best)
    return found


def test_the_best_zone_is_that_of_a_search_by_hand() -> None:
    rng = np.random.default_rng(4)
    for _ in range(50):
        means = np.cumsum(rng.uniform(0.1, 2, (3, 1, 4)), axis=0)
        counts = np.cumsum(rng.poisson(1.2, (3, 1, 4)), axis=0)
        count, mean, ratio, length, size = scan(counts, means, NEAR)
        for area, (most, span, areas) in enumerate(by_hand(counts[:, 0], means[:, 0], NEAR)):
            assert ratio[0, area] == pytest.approx(most)
            assert (length[0, area], size[0, area]) == (span, areas)
            zone = [column for column in NEAR[area, :areas] if column >= 0]
            assert count[0, area] == counts[span, 0, zone].sum()
            assert mean[0, area] == pytest.approx(means[span, 0, zone].sum())


def _warm(areas: int = 4) -> tuple[SpaceTimeScan, int, np.ndarray]:
    """A scan that has seen three even weeks, its next tick, and the ticks its windows reach."""
    scanner = SpaceTimeScan(SeasonalCount(warm_up_days=7), window_ticks=WINDOW, ticks_per_hour=HOUR)
    ticks = 21 * 24 * HOUR
    fresh = np.random.default_rng(1).poisson(0.2, (ticks + WINDOW - 1, areas))
    scanner.observe(0, fresh[WINDOW - 1 :], fresh, NEAR[:areas], np.zeros(ticks, dtype=bool))
    return scanner, ticks, fresh[-(WINDOW - 1) :]


def test_a_cluster_across_a_border_stands_out_where_no_area_does() -> None:
    scanner, tick, before = _warm()
    fresh = np.zeros((WINDOW, 4), dtype=np.int64)
    fresh[-2:, :3] = [[2, 2, 1], [1, 2, 2]]
    found = scanner.observe(
        tick, fresh, np.vstack([before, fresh]), NEAR, np.ones(WINDOW, dtype=bool)
    )
    assert found.verdicts.ready.all()
    best = found.verdicts.score[-1]
    assert best[0] == best[1] > 4.5
    assert best[3] < 2
    assert (found.events[-1, 1], found.size[-1, 1], found.ticks[-1, 1]) == (10, 3, 2)
    assert found.verdicts.expected[-1, 1] == pytest.approx(0.2 * 3 * 2, rel=0.3)
    alone = scanner.observe(tick + WINDOW, fresh[-1:], fresh, NEAR[:, :1], np.ones(1, dtype=bool))
    assert alone.verdicts.score.max() < best[1] - 0.8


def test_cuts_snapshots_and_what_is_not_judged_change_nothing() -> None:
    fresh = np.random.default_rng(2).poisson(0.3, (90, 4))
    judged = (np.arange(90) + 1) % 3 == 0
    whole, tick, before = _warm()
    ticks = np.vstack([before, fresh])
    expected = whole.observe(tick, fresh, ticks, NEAR, judged)
    parts, _, _ = _warm()
    for first, end in itertools.pairwise([0, 1, 7, 50, 90]):
        other = SpaceTimeScan(
            SeasonalCount(warm_up_days=7), window_ticks=WINDOW, ticks_per_hour=HOUR
        )
        other.restore(parts.snapshot())
        parts = other
        rows = slice(first, end)
        got = parts.observe(
            tick + first, fresh[rows], ticks[first : end + WINDOW - 1], NEAR, judged[rows]
        )
        assert (got.events == expected.events[rows]).all()
        assert (got.verdicts.score == expected.verdicts.score[rows]).all()
    assert parts.snapshot() == whole.snapshot()
    assert not expected.verdicts.score[~judged].any()


def test_an_area_of_which_little_is_known_takes_no_part() -> None:
    scanner, tick, before = _warm()
    wide = np.pad(before, ((0, 0), (0, 1)))
    fresh = np.zeros((1, 5), dtype=np.int64)
    fresh[0, 4] = 50
    near = np.array([[0, 4, 1], [1, 0, 4], [2, 1, -1], [3, -1, -1], [4, 0, 1]])
    found = scanner.observe(tick, fresh, np.vstack([wide, fresh]), near, np.ones(1, dtype=bool))
    assert not found.verdicts.ready[0, 4]
    assert found.events.max() < 10
