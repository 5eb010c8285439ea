"""Offered load in Erlang: how many units the calls of an area keep busy on average."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.seasonal_pool import exact_sum

__all__ = ["DEFAULT_UNITS", "mean_service", "offered_load", "stretched"]

Floats = NDArray[np.float64]

DEFAULT_UNITS: Final[dict[str, float]] = {"I": 4.0, "II": 2.0, "III": 1.0, "IV": 1.0}
"""Units that a call of a level binds."""
_MINUTES: Final = 60.0


def offered_load(
    rate: Floats,
    service_min: Floats,
    units: Floats,
    *,
    open_calls: Floats | None = None,
    ahead_min: float = 60.0,
) -> Floats:
    """Units busy on average over the next `ahead_min` minutes, per area [areas], in Erlang.

    rate: calls an hour [kinds, areas]; service_min, units: minutes on task and units a call
    [kinds]; open_calls: calls now open [kinds, areas], or None where closing is not told: then
    it is the plain a = sum of rate x time x units. With n open calls it is the mean of

        m(t) = n exp(-t / S) + rate S (1 - exp(-t / S))

    over t up to `ahead_min`: what runs comes to an end, what comes in is added (the M/M/inf
    queue from a known state; Eick, Massey & Whitt 1993). Unlike the greater of both it is not
    biased upwards, since open calls are rate x S on average.
    """
    hours = service_min[:, None] / _MINUTES
    busy = rate * hours
    if open_calls is not None:
        share = hours * _MINUTES / ahead_min
        still = share * -np.expm1(-1.0 / share)
        busy = busy + (open_calls - busy) * still
    return np.asarray(units @ busy)


def mean_service(rate: Floats, service_min: Floats, units: Floats, default_min: float) -> float:
    """Minutes on task of a unit's mean call over all areas; the default where none is expected.

    One figure for all areas, for `required_units`: see there.
    """
    calls = np.array([exact_sum(row) for row in rate]) * units
    total = float(calls.sum())
    return float(calls @ service_min) / total if total > 0 else default_min


def stretched(load: Floats, strength: Floats, share: float = 0.85) -> NDArray[np.bool_]:
    """Where load is above a share of strength: the same calls, fewer officers, an earlier alert.

    The second branch of a threshold by strength (capability C5). Areas without calls are none.
    """
    return np.asarray(load > share * strength)
