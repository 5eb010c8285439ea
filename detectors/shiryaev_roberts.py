"""A sum of likelihood ratios over the starts that a surge may have had, as standard deviations."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from detectors.negbin_tail import LEAST_DISPERSION
from detectors.normal_tail import deviations

__all__ = ["ALTERNATIVES", "Stretches", "surge_score"]

Singles = NDArray[np.float32]

ALTERNATIVES = (3.0, 5.0, 10.0)
"""Times the expected rate, each with the same weight: what a surge may be."""
_GROUP = 4
"""Starts that are bounded together before the few cells that matter are computed in full."""
_MARGIN = 0.99


class Stretches(Protocol):
    """What came since each start, and what was expected: starts from the latest to the earliest.

    Neither falls from start to start.
    """

    def __call__(
        self, starts: NDArray[np.int64], cells: NDArray[np.int64]
    ) -> tuple[Singles, Singles]:
        """(counts, means) of some starts in some cells, each [starts, cells]."""
        ...


def surge_score(
    stretches: Stretches,
    starts: int,
    cells: NDArray[np.int64],
    dispersion: Singles,
    floor: float,
) -> NDArray[np.float64]:
    """How odd it is that so much came since the likeliest starts; 0 up to `floor`.

    cells: numbers of the cells to be judged, the others would score 0: nothing came there, and
    floor >= starts. dispersion: phi of the counts, per cell judged.

    The statistic A is the sum over starts of the mean, over the alternatives, of the likelihood
    ratio of "a times the expected" to "as expected", for counts whose rate is multiplied by one
    gamma variable of variance phi (so that a stretch of mean M has the variance M + phi M^2):
    a^N ((1 + phi M) / (1 + phi a M))^(N + 1/phi). The result is the z with P(Z > z) = 1 / A. With
    means that are right, A passes a threshold by mistake no more often than once in that many
    starts in the long run (Shiryaev-Roberts e-detector; Shin, Ramdas, Rinaldo,
    arXiv 2203.03532), since leaving starts out only lowers the sum.

    Every cell is computed by itself: its value does not depend, even in the last bit, on others.
    """
    score = np.zeros(cells.size)
    size: Singles = np.reciprocal(np.maximum(dispersion, np.float32(LEAST_DISPERSION)))
    # A ratio grows with the count and falls with the mean: the largest count and the smallest
    # mean of a few starts bound all of them.
    first = np.arange(0, starts, _GROUP)
    last = np.minimum(first + _GROUP, starts) - 1
    weight = np.log(last - first + 1.0).astype(np.float32)[:, None]
    most, least = stretches(last, cells)[0], stretches(first, cells)[1]
    few = np.flatnonzero(_log_sum(most, least, size, weight) > np.log(_MARGIN * floor))
    if few.size:
        log_sum = _log_sum(*stretches(np.arange(starts), cells[few]), size[few], np.float32(0.0))
        over = log_sum > np.log(floor)
        score[few[over]] = deviations(-log_sum[over].astype(np.float64))
    return score


def _log_sum(
    counts: Singles, means: Singles, size: Singles, log_weight: Singles | np.float32
) -> Singles:
    """Log of the weighted sum over starts of the mean ratio over the alternatives: [cells]."""
    power = counts + size
    share = np.ascontiguousarray(means / size)
    usual = np.log(share + np.float32(1.0)) * power + log_weight
    logs = [
        usual
        + (counts * np.float32(np.log(times)))
        - power * np.log(share * np.float32(times) + np.float32(1.0))
        for times in ALTERNATIVES
    ]
    top = np.maximum.reduce([values.max(axis=0) for values in logs])
    total = np.zeros_like(top)
    for values in logs:
        # Row by row: numpy adds a single column in another order than many.
        for row in np.exp(values - top):
            total += row
    return np.asarray(top + np.log(total / np.float32(len(ALTERNATIVES))))
