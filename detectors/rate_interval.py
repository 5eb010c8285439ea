"""How well a count tells a rate: the exact interval of a Poisson mean."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np

__all__ = ["poisson_interval"]

_LARGE = 10_000
"""From here on Wilson and Hilferty's approximation is right to seven digits."""
_STEPS = 60


@lru_cache(maxsize=4096)
def poisson_interval(count: int, share: float = 0.95) -> tuple[float, float]:
    """(low, high): the means for which a count so small, or so large, is no surprise.

    Either end leaves out half of what is not in `share` (Garwood 1936). Divided by the time that
    was observed it is the interval of a rate.

    >>> [round(end, 3) for end in poisson_interval(5)]
    [1.623, 11.668]
    """
    rest = (1.0 - share) / 2.0
    z = NormalDist().inv_cdf(1.0 - rest)
    low, high = _approximate(count, -z), _approximate(count + 1, z)
    if count >= _LARGE:
        return low, high
    # P(N >= count) grows with the mean, P(N <= count) falls with it.
    exact_low = _solve(count - 1, 1.0 - rest, low) if count else 0.0
    return exact_low, _solve(count, rest, high)


def _approximate(k: int, z: float) -> float:
    """Wilson and Hilferty 1931: the cube root of a gamma variable is nearly normal."""
    if k == 0:
        return 0.0
    return float(k * max(1.0 - 1.0 / (9.0 * k) + z / (3.0 * k**0.5), 0.0) ** 3)


def _solve(count: int, wanted: float, near: float) -> float:
    """The mean with P(N <= count) = wanted, by bisection around a value near it."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, count + 1)))])
    powers = np.arange(count + 1)
    low, high = 0.0, 2.0 * near + 10.0
    for _ in range(_STEPS):
        mean = (low + high) / 2.0
        at_most = float(np.exp(powers * np.log(mean) - mean - logs).sum())
        low, high = (mean, high) if at_most > wanted else (low, mean)
    return (low + high) / 2.0
