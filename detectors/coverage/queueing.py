"""Waiting for a unit: the Erlang B and C formulas over columns of areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["erlang_b", "erlang_c", "wait_beyond"]

Floats = NDArray[np.float64]


def erlang_b(load: ArrayLike, units: ArrayLike) -> Floats:
    """Share of calls that meet no free unit if none waits; broadcast, 1.0 without units.

    load: offered load in Erlang. units: strength, need not be whole, since a stale or a foot
    unit counts as half. B <- a B / (k + a B), over k = f + 1, f + 2, ..., units, where f is the
    part after the point, from B(f) = (a / (1 + a))^f: exact for whole numbers; elsewhere it
    differs from the continuous Erlang function by up to 0.041 below one unit, 0.007 above.
    """
    a, c = np.broadcast_arrays(*(np.maximum(np.asarray(v, np.float64), 0) for v in (load, units)))
    shape = a.shape
    whole = np.floor(c.ravel())
    order = np.argsort(-whole, kind="stable")
    a, part, whole = a.ravel()[order], (c.ravel() - np.floor(c.ravel()))[order], whole[order]
    blocked = (a / (1.0 + a)) ** part
    top = int(whole[0]) if whole.size else 0
    # In falling order of units those that are still counting are always the first ones.
    lengths = np.searchsorted(-whole, -np.arange(1, top + 1), side="right")
    for step, n in enumerate(lengths.tolist(), 1):
        queued = a[:n] * blocked[:n]
        blocked[:n] = queued / (step + part[:n] + queued)
    result = np.empty_like(blocked)
    result[order] = blocked
    return np.asarray(result.reshape(shape))


def erlang_c(load: ArrayLike, units: ArrayLike) -> Floats:
    """Probability that a call has to wait; 1.0 where load reaches the units (saturated).

    Poisson calls, exponential service, one pool of units an area (Erlang 1917; for the use of it
    in police work Larson & Odoni, Urban Operations Research, ch. 4).
    """
    a, c = np.broadcast_arrays(*(np.maximum(np.asarray(v, np.float64), 0) for v in (load, units)))
    blocked = erlang_b(a, c)
    open_ = a < c
    busy = np.divide(a, c, out=np.ones_like(blocked), where=open_)
    divisor = np.where(open_, 1.0 - busy * (1.0 - blocked), 1.0)
    return np.where(open_, blocked / divisor, 1.0)


def wait_beyond(
    load: ArrayLike, units: ArrayLike, wait_min: ArrayLike, service_min: ArrayLike
) -> Floats:
    """P(a call waits longer than `wait_min` minutes) where a call takes `service_min` on average.

    P(W > t) = C(a, c) exp(-(c - a) t / S); 1.0 where saturated.
    """
    a, c, t, s = np.broadcast_arrays(
        *(np.maximum(np.asarray(v, np.float64), 0) for v in (load, units, wait_min, service_min))
    )
    spare = np.maximum(c - a, 0.0)
    return np.asarray(erlang_c(a, c) * np.exp(-spare * t / np.maximum(s, 1e-9)))
