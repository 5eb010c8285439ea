"""What an expectation lets one await: the usual range of a count, and how rare a larger one is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.negbin_tail import at_most, log_tails

__all__ = ["counts_interval", "lower_tail", "upper_tail"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def counts_interval(mean: Floats, dispersion: Floats, share: float = 0.9) -> tuple[Counts, Counts]:
    """(low, high): the quantiles of a negative binomial count that hold `share` between them.

    The count has the mean m and variance m + dispersion m^2. Either end leaves out at most half
    of what is not in `share`; arrays of one shape, of any size.

    >>> counts_interval(np.array([1.2]), np.array([0.0]))
    (array([0]), array([3]))
    """
    rest = (1.0 - share) / 2.0
    return _quantile(rest, mean, dispersion), _quantile(1.0 - rest, mean, dispersion)


def upper_tail(counts: Counts, mean: Floats, dispersion: Floats) -> Floats:
    """P(X > k) + P(X = k) / 2 of such a count (mid-p, Lancaster 1961); arrays of one shape."""
    log_tail, upper = log_tails(counts, mean, dispersion)
    tail = np.exp(log_tail)
    return np.where(upper, tail, 1.0 - tail)


def lower_tail(counts: Counts, mean: Floats, dispersion: Floats) -> Floats:
    """P(X < k) + P(X = k) / 2 of such a count; exact where it is tiny, too."""
    log_tail, upper = log_tails(counts, mean, dispersion)
    tail = np.exp(log_tail)
    return np.where(upper, 1.0 - tail, tail)


def _quantile(share: float, mean: Floats, dispersion: Floats) -> Counts:
    """The least k with P(X <= k) >= share, by bisection below Cantelli's bound of it."""
    deviation = np.sqrt(mean + dispersion * mean * mean)
    low = np.full(mean.shape, -1, dtype=np.int64)
    high: Counts = np.ceil(mean + deviation * np.sqrt(share / (1.0 - share))).astype(np.int64)
    while (high - low > 1).any():
        middle = (low + high) // 2
        enough = at_most(middle, mean, dispersion) >= share
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high
