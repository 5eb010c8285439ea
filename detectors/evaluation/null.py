"""A city whose model is right: Poisson counts with known means, to see if a promise is kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.evaluation.history import WEEK_HOURS, History

__all__ = ["invented_week", "simulated"]

Floats = NDArray[np.float64]

_RATE = 0.25
_SPREAD = 1.0
_SWING = 0.7
_PEAK_HOUR = 16
_CHUNK_HOURS = 168


def invented_week(areas: int, per_hour: int, seed: int) -> tuple[Floats, Floats]:
    """Means for a city without data: a quarter of an event an hour, log-normal over areas (s = 1).

    Gives events a tick [areas] and the shape of the week [168], as `typical_week` does.
    """
    rng = np.random.default_rng(seed)
    rates = _RATE * np.exp(rng.normal(-(_SPREAD**2) / 2, _SPREAD, areas)) / per_hour
    hours = np.arange(WEEK_HOURS)
    shape = np.exp(_SWING * np.cos(2 * np.pi * (hours - _PEAK_HOUR) / 24))
    return rates, shape / shape.mean()


def simulated(rates: Floats, shape: Floats, weeks: int, per_hour: int, seed: int) -> History:
    """Independent Poisson counts for whole weeks; mean: rate x shape of the hour of the week."""
    ticks = weeks * WEEK_HOURS * per_hour
    counts = np.empty((ticks, len(rates)), dtype=np.int16)
    hours = np.arange(ticks) // per_hour % WEEK_HOURS
    rng = np.random.default_rng(seed)
    for row in range(0, ticks, _CHUNK_HOURS * per_hour):
        part = slice(row, row + _CHUNK_HOURS * per_hour)
        counts[part] = rng.poisson(shape[hours[part], None] * rates)
    return History(counts, np.ones(ticks, dtype=np.bool_), 0, per_hour)
