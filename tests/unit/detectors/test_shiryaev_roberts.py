"""The e-detector's statistic: by its definition, cell by cell, and its promise when it is right."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.shiryaev_roberts import ALTERNATIVES, surge_score

special = pytest.importorskip("scipy.special")

STARTS = 12
FLOOR = 24.0


def cells(seed=1, size=3000, rate=0.15):
    """Counts and means of stretches from 12 starts, and dispersions."""
    rng = np.random.default_rng(seed)
    mean = rng.gamma(0.7, rate, size=(STARTS, size)).astype(np.float32)
    times = rng.choice([1.0, 4.0, 30.0], p=[0.7, 0.2, 0.1], size=size)
    counts = rng.poisson(mean * times).astype(np.float32)
    dispersion = rng.choice([0.0, 0.05, 0.4, 2.0], size=size).astype(np.float32)
    return counts.cumsum(axis=0), mean.cumsum(axis=0), dispersion


def score(counts, means, dispersion, floor=FLOOR):
    def stretches(starts, cells):
        return counts[np.ix_(starts, cells)], means[np.ix_(starts, cells)]

    return surge_score(stretches, len(counts), np.arange(counts.shape[1]), dispersion, floor)


def by_definition(counts, means, dispersion):
    """The same in double precision, without any bound."""
    n, m = counts.astype(float), means.astype(float)
    phi = np.maximum(dispersion.astype(float), 1e-3)
    logs = [
        n * np.log(a) + (n + 1 / phi) * (np.log1p(phi * m) - np.log1p(phi * a * m))
        for a in ALTERNATIVES
    ]
    log_sum = special.logsumexp(logs, axis=(0, 1)) - np.log(len(ALTERNATIVES))
    return np.where(log_sum > np.log(FLOOR), -special.ndtri_exp(-log_sum), 0.0)


def test_the_score_is_the_sum_over_all_starts_and_alternatives() -> None:
    counts, means, dispersion = cells()
    expected = by_definition(counts, means, dispersion)
    assert 0.05 < (expected > 0).mean() < 0.6
    assert score(counts, means, dispersion) == pytest.approx(expected, abs=2e-3)


def test_a_cell_does_not_depend_on_its_company() -> None:
    counts, means, dispersion = cells(size=200)
    together = score(counts, means, dispersion)
    turned = score(counts[:, ::-1], means[:, ::-1], dispersion[::-1])
    assert np.array_equal(together, turned[::-1])
    alone = [score(counts[:, [i]], means[:, [i]], dispersion[[i]])[0] for i in range(200)]
    assert np.array_equal(together, alone)


def test_more_events_are_odder_and_scores_do_not_end() -> None:
    counts = np.tile(np.arange(0, 30000, 7, dtype=np.float32), (STARTS, 1))
    means = np.full(counts.shape, 0.3, dtype=np.float32)
    for phi in (0.0, 0.3):
        scores = score(counts, means, np.full(counts.shape[1], phi, np.float32))
        assert np.isfinite(scores).all()
        assert (np.diff(scores) >= 0).all()
        assert (np.diff(scores[::100]) > 0).all()


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_alarms_are_as_rare_as_promised_where_the_mean_is_known(phi) -> None:
    """ARL >= A: from the start of watching to the first alarm at A = 100 or more."""
    rng = np.random.default_rng(2)
    areas, slots, rate, limit = 1500, 500, 0.3, 2.3263479
    # Overdispersion as the law has it: one gamma variable for a stretch; here, for two hours.
    clump = rng.gamma(1 / phi, phi, size=(slots // 12 + 1, areas)) if phi else np.ones((50, areas))
    fresh = rng.poisson(rate * clump.repeat(12, axis=0)[:slots])
    total = np.vstack([np.zeros((1, areas)), fresh.cumsum(axis=0)]).astype(np.float32)
    waiting = np.ones(areas, dtype=bool)
    waited = np.full(areas, slots)
    spread = np.full(areas, phi, np.float32)
    for end in range(1, slots + 1):
        starts = np.arange(end - 1, max(end - STARTS, 0) - 1, -1)
        means = np.repeat(((end - starts) * rate)[:, None], areas, axis=1).astype(np.float32)
        scores = score(total[end] - total[starts], means, spread, 2.0)
        fires = waiting & (scores >= limit)
        waited[fires] = end
        waiting &= ~fires
    # Those that still wait are counted as if they fired now, which makes the mean too small.
    assert waited.mean() > 100
