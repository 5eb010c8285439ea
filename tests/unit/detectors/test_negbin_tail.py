"""The negative binomial tail against scipy, far out, on both sides, and cell by cell."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.negbin_tail import log_tails, negbin_score
from detectors.normal_tail import deviations

stats = pytest.importorskip("scipy.stats")
special = pytest.importorskip("scipy.special")


def grid(counts, means, dispersions):
    return [v.ravel() for v in np.meshgrid(counts, means, dispersions, indexing="ij")]


def reference(k, mean, phi, *, upper):
    size = 1 / phi
    law = stats.nbinom(size, 1 / (1 + mean / size))
    half = 0.5 * law.pmf(k)
    return np.where(upper, law.sf(k) + half, law.cdf(k - 1) + half)


@pytest.mark.parametrize(
    "counts",
    [np.arange(60), np.array([60, 100, 333, 1000, 5000, 20000])],
    ids=["few", "many"],
)
def test_tails_are_those_of_scipy(counts) -> None:
    k, mean, phi = grid(counts, np.geomspace(1e-3, 3000, 25), [1e-3, 0.02, 0.3, 1.0, 3.0, 10.0])
    log_tail, upper = log_tails(k, mean, phi)
    expected = reference(k, mean, phi, upper=upper)
    known = expected > 1e-250  # below it scipy's own tail loses digits
    assert known.mean() > 0.5
    assert np.abs(np.exp(log_tail[known]) / expected[known] - 1).max() < 1e-6


def test_it_is_always_the_smaller_tail() -> None:
    k, mean, phi = grid(np.arange(300), np.geomspace(1e-3, 300, 20), [1e-3, 0.3, 10.0])
    log_tail, upper = log_tails(k, mean, phi)
    assert log_tail.max() <= np.log(0.5) + 1e-9
    assert upper.any()
    assert not upper.all()


def test_a_score_by_hand() -> None:
    # Nearly Poisson with mean 1.2: P(X > 7) + P(X = 7) / 2 is about 1.6e-4 - a "7 where 1.2 are".
    score = negbin_score(np.array([7]), np.array([1.2]), np.array([1e-3]))[0]
    poisson = stats.poisson.sf(7, 1.2) + stats.poisson.pmf(7, 1.2) / 2
    assert score == pytest.approx(stats.norm.isf(poisson), abs=0.01)


def test_more_events_are_odder_and_a_larger_mean_makes_them_less_so() -> None:
    k = np.arange(4000)
    scores = negbin_score(k, np.full(k.size, 5.0), np.full(k.size, 0.2))
    assert (np.diff(scores) > 0).all()
    means = np.geomspace(0.01, 1000, 400)
    scores = negbin_score(np.full(400, 12), means, np.full(400, 0.2))
    assert (np.diff(scores) < 0).all()


def test_scores_are_finite_whatever_comes() -> None:
    k, mean, phi = grid([0, 1, 50, 10**6, 10**9], [0.0, 1e-9, 1.0, 1e6], [0.0, 0.3, 1e3])
    assert np.isfinite(negbin_score(k, mean, phi)).all()


def test_a_cell_does_not_depend_on_its_company() -> None:
    k, mean, phi = grid(np.arange(0, 400, 7), np.geomspace(1e-3, 500, 15), [1e-3, 0.3, 3.0])
    together = negbin_score(k, mean, phi)
    assert np.array_equal(together, negbin_score(k[::-1], mean[::-1], phi[::-1])[::-1])
    alone = [negbin_score(k[i : i + 1], mean[i : i + 1], phi[i : i + 1])[0] for i in range(k.size)]
    assert np.array_equal(together, alone)


def test_deviations_are_the_inverse_of_the_normal_tail() -> None:
    log_tail = -np.concatenate([np.linspace(0.11, 3, 200), np.geomspace(3, 1e6, 500)])
    assert deviations(log_tail) == pytest.approx(-special.ndtri_exp(log_tail), rel=1e-9, abs=1e-9)
