"""How often a score passes a level: episodes per area-week for every level, and the way back."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEVELS", "Curve", "bins", "nominal_rates"]

Floats = NDArray[np.float64]

_BINS = 255
_LOWEST, _HIGHEST = 1.0, 40.0
LEVELS: Floats = _LOWEST * (_HIGHEST / _LOWEST) ** (np.arange(_BINS) / (_BINS - 1))
"""Levels of the score at which episodes are counted: finer than 0.05 up to 3.3, 0.08 at 5."""
_DEPTH: Floats = LEVELS * LEVELS / 2.0
"""Where a normal tail falls by e from one unit to the next: what is drawn out is drawn out here."""
_TAIL_EPISODES, _TAIL_LEAST = 60.0, 5.0
"""A tail is fitted to levels with fewer episodes than the first, as far as there are the second."""
_TAIL_PRIOR = 10.0
"""Episodes that the slope of a normal tail weighs."""


def bins(score: Floats) -> NDArray[np.uint8]:
    """How many of the levels each score reaches: 0 is below all of them."""
    reached = np.zeros(score.shape, dtype=np.uint8)
    high = np.flatnonzero(score >= _LOWEST)
    # Few scores are high: the search is for them alone.
    reached.ravel()[high] = np.searchsorted(LEVELS, score.ravel()[high], side="right")
    return reached


def nominal_rates(looks: float) -> Floats:
    """Episodes per area-week at each level, were each of `looks` a week a normal draw by itself."""
    return np.array([looks * 0.5 * math.erfc(level / math.sqrt(2.0)) for level in LEVELS])


class Curve:
    """Episodes per area-week at every level, from counts; the tail is fitted where they are few.

    episodes: effective number at each level (its Poisson variance is the number itself).
    rates: the mean, per area-week. Between two levels, and beyond those with 60 episodes, the
    logarithm of the rate is a line in the square of the level, as that of a normal tail nearly is;
    the slope beyond is the censored maximum likelihood of the episodes' heights.
    """

    def __init__(self, rates: Floats, episodes: Floats) -> None:
        # An episode at a level is one at every lower level, or melts there into a longer one.
        self._log = np.log(np.maximum(np.maximum.accumulate(rates[::-1])[::-1], 1e-300))
        number = np.maximum.accumulate(episodes[::-1])[::-1]
        last = max(int(np.searchsorted(-number, -_TAIL_EPISODES, side="right")) - 1, 0)
        depth = _DEPTH - _DEPTH[last]
        height = _mean_height(number, last)
        drawn = np.arange(_BINS) > last
        self._log[drawn] = (self._log[last] - depth / height)[drawn]
        at_last = 1.0 / max(number[last], 1.0)
        slope = 1.0 / (min(number[last], _TAIL_EPISODES) + _TAIL_PRIOR)
        self._error = np.sqrt(
            np.where(drawn, at_last + slope * (depth / height) ** 2, 1.0 / np.maximum(number, 1.0))
        )

    def rate(self, level: float) -> float:
        """Episodes per area-week at a level."""
        return float(np.exp(np.interp(level * level / 2.0, _DEPTH, self._log)))

    def level(self, rate: float, caution: float = 0.0) -> float:
        """The smallest level with at most this rate; `caution` in standard errors of the rate."""
        upper = np.maximum.accumulate((self._log + caution * self._error)[::-1])
        wanted = math.log(rate)
        depth = np.interp(wanted, upper, _DEPTH[::-1])
        return math.sqrt(2.0 * float(depth))

    def slope(self, level: float) -> float:
        """By how much the logarithm of the rate falls with one unit of the score, at a level."""
        step = 0.25
        fall = math.log(self.rate(level - step) / self.rate(level + step)) / (2.0 * step)
        return max(fall, 0.5)


def _mean_height(number: Floats, last: int) -> float:
    """Mean depth to which episodes reach beyond a level, drawn to 1, that of a normal tail."""
    end = max(int(np.searchsorted(-number, -_TAIL_LEAST, side="right")) - 1, last)
    between = (number[last:end] + number[last + 1 : end + 1]) / 2.0
    total = float((between * np.diff(_DEPTH[last : end + 1])).sum())
    return (total + _TAIL_PRIOR) / (float(number[last] - number[end]) + _TAIL_PRIOR)
