"""Numbers of episodes as rates per area and week, with intervals that know that storms cluster."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

__all__ = [
    "Observed",
    "Rate",
    "own_rates",
    "own_rates_of",
    "poisson_upper",
    "rate_of",
    "worst_days",
]

_DRAWS = 2000
_WORST = 0.05
_Z = 1.6448536269514722
"""The normal quantile of a one-sided 95 % bound."""


class Rate(Struct, frozen=True):
    """Episodes per area and week, with a 95 % interval from a bootstrap over days."""

    value: float
    low: float
    high: float
    episodes: int


class Observed(NamedTuple):
    """What a rate is over: rows of the observed time, its days, its areas.

    days: day of every row [ticks of the whole history]. begin: first row that counts. areas:
    [areas], which ones count. weeks: observed weeks of one area.
    """

    days: NDArray[np.int64]
    seen: NDArray[np.bool_]
    begin: int
    areas: NDArray[np.bool_]
    weeks: float

    @property
    def area_weeks(self) -> float:
        """Weeks of all areas together."""
        return self.weeks * float(self.areas.sum())

    def counted(self, rows: NDArray[np.int64], areas: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these episodes count: [episodes]."""
        return np.asarray((rows >= self.begin) & self.areas[areas])

    def by_day(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Episodes on every day that was observed: [days]."""
        observed = np.unique(self.days[self.begin :][self.seen[self.begin :]])
        return np.bincount(np.searchsorted(observed, self.days[rows]), minlength=len(observed))


def rate_of(observed: Observed, rows: NDArray[np.int64], areas: NDArray[np.int64]) -> Rate:
    """The rate of episodes that begin at these rows in these areas.

    Days are drawn anew, whole: episodes of one day are not independent of each other.
    """
    rows = rows[observed.counted(rows, areas)]
    days = observed.by_day(rows)
    size = max(observed.area_weeks, 1e-12)
    rng = np.random.default_rng(len(days))
    draws = days[rng.integers(0, len(days), (_DRAWS, len(days)))].sum(axis=1) / size
    low, high = np.quantile(draws, (0.025, 0.975))
    return Rate(len(rows) / size, float(low), float(high), len(rows))


def own_rates_of(
    observed: Observed, rows: NDArray[np.int64], areas: NDArray[np.int64]
) -> list[float]:
    """Episodes a week of every area that is measured, in rising order."""
    mine = areas[observed.counted(rows, areas)]
    counts = np.bincount(mine, minlength=len(observed.areas))[observed.areas]
    rates: list[float] = np.sort(counts / max(observed.weeks, 1e-12)).tolist()
    return rates


def own_rates(
    observed: Observed, rows: NDArray[np.int64], areas: NDArray[np.int64]
) -> tuple[float, float]:
    """10th and 90th of 100 areas by their own rate of episodes."""
    low, high = np.quantile(own_rates_of(observed, rows, areas), (0.1, 0.9))
    return float(low), float(high)


def worst_days(
    observed: Observed, rows: NDArray[np.int64], areas: NDArray[np.int64]
) -> float | None:
    """Share of the episodes that lies on the worst 5 % of days; None where there are none."""
    days = np.sort(observed.by_day(rows[observed.counted(rows, areas)]))[::-1]
    total = int(days.sum())
    return float(days[: math.ceil(_WORST * len(days))].sum()) / total if total else None


def poisson_upper(episodes: int) -> float:
    """Upper 95 % bound (one-sided) of a Poisson mean, by Wilson and Hilferty's approximation.

    Within 0.5 % of the exact bound from one event on.
    """
    k = episodes + 1.0
    return k * (1.0 - 1.0 / (9.0 * k) + _Z / (3.0 * math.sqrt(k))) ** 3
