"""The exact hypercube queueing model (Larson 1974): every set of busy units is a state."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.coverage.columns import sum_by

__all__ = ["Hypercube", "hypercube"]


class Hypercube(NamedTuple):
    """workload [units]: busy share of each. waits: share of calls that queue.

    none_free [areas]: share of time without a free unit of the area's own. free [units + 1]:
    probability of so many free units.
    """

    workload: NDArray[np.float64]
    waits: float
    none_free: NDArray[np.float64]
    free: NDArray[np.float64]


def hypercube(
    calls: NDArray[np.float64], home: NDArray[np.int64], order: NDArray[np.int64], service: float
) -> Hypercube:
    """Solve it for areas with `calls` an hour and units with a `home` area each.

    order [areas, units]: who is sent first. service: hours. Calls that find no unit free queue,
    first come, first served. 2^N equations, dense: for N up to 10.
    """
    units = home.size
    size = 1 << units
    states = np.arange(size)
    busy = (states[:, None] >> np.arange(units)) & 1
    flow = np.zeros((size, size))
    for area, rate in enumerate(calls):
        free = busy[:-1, order[area]] == 0
        first = order[area][free.argmax(axis=1)]
        np.add.at(flow, (states[:-1], states[:-1] | (1 << first)), rate)
    for unit in range(units):
        on = states[busy[:, unit] == 1]
        flow[on, on ^ (1 << unit)] += 1.0 / service
    balance = (flow - np.diag(flow.sum(axis=1))).T
    # Flow into the queue and out of it again balances, so it is in none of these equations.
    load = calls.sum() * service / units
    balance[-1] = 1.0
    balance[-1, -1] += load / (1.0 - load)
    share = np.linalg.solve(balance, np.r_[np.zeros(size - 1), 1.0]).astype(np.float64)
    waits = share[-1] / (1.0 - load)
    share[-1] = waits
    empty = [share[(busy[:, home == area] == 1).all(axis=1)].sum() for area in range(calls.size)]
    free_units = sum_by(units - busy.sum(axis=1), share, units + 1)
    return Hypercube(share @ busy, float(waits), np.array(empty), free_units)
