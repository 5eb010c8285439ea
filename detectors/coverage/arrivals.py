"""How often calls come: an average over the last hour that forgets, per kind of call and area."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.seasonal_pool import exact_sum

__all__ = ["USUAL_MIN", "Arrivals", "expected_rate", "steady_rate", "with_prior"]

Floats = NDArray[np.float64]

_MINUTES: Final = 60.0
USUAL_MIN: Final = 24 * 60.0
"""Memory of what is usual: a day, so that every hour of it counts."""
_PRIOR_HOURS: Final = 5.0
_LEAST_HOURS: Final = 2.0
_NOTHING: Final = 1e-9
"""Calls an hour that are none: a feed may be away for years."""


class Arrivals:
    """Calls an hour, exponentially weighted over `memory_min` minutes of event time.

    kinds: rows of the table, such as the four levels. Every tick has the same length, so that the
    state depends on ticks and counts alone; areas join at the end with a rate of 0.
    """

    def __init__(self, kinds: int, *, tick_min: float, memory_min: float = 60.0) -> None:
        self._keep = float(np.exp(-tick_min / memory_min))
        self._weight = (1.0 - self._keep) * _MINUTES / tick_min
        self._rate = np.zeros((kinds, 0))
        self._tick: int | None = None

    @property
    def rate(self) -> Floats:
        """Calls an hour [kinds, areas]; read it, do not write it."""
        return self._rate

    def observe(self, tick: int, calls: NDArray[np.int64]) -> None:
        """Take in the calls [kinds, areas] of a tick; ticks left out since the last had none."""
        kinds, areas = calls.shape
        if areas > self._rate.shape[1]:
            joined = np.zeros((kinds, areas - self._rate.shape[1]))
            self._rate = np.concatenate([self._rate, joined], axis=1)
        # Tick by tick rather than by a power: the last bit must not depend on who left ticks out.
        for _ in range(0 if self._tick is None else tick - self._tick - 1):
            if not self._rate.any():
                break
            self._forget()
        self._tick = tick
        self._forget()
        self._rate += self._weight * calls

    def _forget(self) -> None:
        self._rate *= self._keep
        self._rate[self._rate < _NOTHING] = 0.0

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes; 8 bytes for each kind and area."""
        return {"tick": self._tick, "rate": self._rate.tobytes()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot of an `Arrivals` with the same parameters."""
        self._tick = state["tick"]
        kinds = self._rate.shape[0]
        self._rate = np.frombuffer(state["rate"], dtype=np.float64).reshape(kinds, -1).copy()


def with_prior(expected: Floats, population: Floats) -> Floats:
    """Expected calls an hour [areas]; new places have the rate by head of those that are known.

    expected: nan where nothing is known of an area yet. population: inhabitants, nan where not
    told; such an area stays unknown, and so do all where none is known.
    """
    peopled = population > 0
    known, young = peopled & ~np.isnan(expected), peopled & np.isnan(expected)
    heads = exact_sum(population[known])
    filled = expected.copy()
    if heads > 0:
        filled[young] = population[young] * (exact_sum(expected[known]) / heads)
    return filled


def expected_rate(recent: Floats, forecast: Floats | None, prior: float = 0.0) -> Floats:
    """Calls an hour to be ready for: the greatest of recent rate, seasonal forecast and prior.

    recent, forecast: [kinds, areas]; nan in the forecast is no opinion. prior: a lower bound for
    places without a history, calls an hour.
    """
    rate = np.maximum(recent, prior)
    return rate if forecast is None else np.fmax(rate, forecast)


def steady_rate(recent: Floats, usual: Floats, hours: float) -> Floats:
    """Calls an hour [kinds, areas] to come, where the calls that came are known to be open or over.

    recent, usual: averages that forget over an hour and over a day (`USUAL_MIN`), of which `hours`
    have been seen. The mean of the gamma distribution that five hours of the usual and the last
    hour leave (a conjugate prior for Poisson counts): two calls in an hour at a quiet place make
    two open calls, which are counted by themselves, and are no proof of two more every hour.
    """
    seen = -np.expm1(-max(hours, _LEAST_HOURS) * _MINUTES / USUAL_MIN)
    return np.asarray((recent + _PRIOR_HOURS * usual / seen) / (1.0 + _PRIOR_HOURS))
