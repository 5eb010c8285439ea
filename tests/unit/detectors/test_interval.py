"""Intervals and tails of an expected count against scipy."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.interval import counts_interval, lower_tail, upper_tail

stats = pytest.importorskip("scipy.stats")

MEANS, DISPERSIONS = (
    v.ravel() for v in np.meshgrid(np.geomspace(0.01, 2000, 40), [1e-3, 0.05, 0.3, 1.0, 4.0])
)


def law(mean, dispersion):
    size = 1 / dispersion
    return stats.nbinom(size, 1 / (1 + mean / size))


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_ends_are_the_quantiles_of_scipy(share) -> None:
    low, high = counts_interval(MEANS, DISPERSIONS, share)
    known = law(MEANS, DISPERSIONS)
    assert np.array_equal(low, known.ppf((1 - share) / 2))
    assert np.array_equal(high, known.ppf((1 + share) / 2))


def test_it_takes_any_shape_and_a_law_without_spread() -> None:
    low, high = counts_interval(np.full((2, 3), 1.2), np.zeros((2, 3)))
    assert low.shape == (2, 3)
    assert (low == 0).all()
    assert (high == stats.poisson.ppf(0.95, 1.2)).all()


def test_the_upper_tail_counts_half_of_what_came() -> None:
    counts = np.random.default_rng(1).poisson(MEANS)
    known = law(MEANS, DISPERSIONS)
    expected = known.sf(counts) + 0.5 * known.pmf(counts)
    assert upper_tail(counts, MEANS, DISPERSIONS) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_the_lower_tail_is_exact_where_it_is_tiny() -> None:
    counts = np.zeros(MEANS.shape, dtype=np.int64)
    known = law(MEANS, DISPERSIONS)
    expected = 0.5 * known.pmf(counts)
    assert lower_tail(counts, MEANS, DISPERSIONS) == pytest.approx(expected, rel=1e-6)
