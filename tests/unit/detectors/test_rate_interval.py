"""Intervals of Poisson means against scipy's, and what they are for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from detectors.rate_interval import poisson_interval


@pytest.mark.parametrize("share", [0.9, 0.95])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 40, 999, 9_999, 10_000, 250_000])
def test_it_is_garwoods(count: int, share: float) -> None:
    rest = (1 - share) / 2
    low, high = poisson_interval(count, share)
    assert low == pytest.approx(stats.chi2.ppf(rest, 2 * count) / 2 if count else 0.0, rel=1e-6)
    assert high == pytest.approx(stats.chi2.ppf(1 - rest, 2 * count + 2) / 2, rel=1e-6)


def test_it_holds_the_mean_as_often_as_it_says() -> None:
    counts = np.random.default_rng(1).poisson(7.0, 4000).tolist()
    inside = [low <= 7.0 <= high for low, high in map(poisson_interval, counts)]
    assert np.mean(inside) >= 0.945
