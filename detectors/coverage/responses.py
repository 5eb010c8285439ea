"""Equal coverage: how soon units arrive in each class of areas, town against country."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Responses", "responses"]

_Z: Final = 1.959963984540054


class Responses(NamedTuple):
    """Columns over classes of areas; nan where no call was answered.

    median_min, p90_min: minutes from dispatch to arrival. in_time: share within the SLA, with
    its 95 % interval `low` to `high` (Wilson 1927), since a quiet class has few calls.
    """

    calls: NDArray[np.int64]
    median_min: NDArray[np.float64]
    p90_min: NDArray[np.float64]
    in_time: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def responses(
    minutes: NDArray[np.float64],
    area_class: NDArray[np.int64],
    sla_min: NDArray[np.float64],
) -> Responses:
    """Figures by class from columns of answered calls: minutes, and the row of their class.

    sla_min: minutes [classes]. Negative times and nan are left out: a clock was wrong. Classes
    of areas only, never units or persons (capability C23, equal-coverage report).
    """
    good = minutes >= 0
    minutes, area_class = minutes[good], area_class[good]
    size = sla_min.size
    calls = np.bincount(area_class, minlength=size)
    order = np.lexsort((minutes, area_class))
    ends = np.cumsum(calls)
    median, p90 = np.full(size, np.nan), np.full(size, np.nan)
    for row in np.flatnonzero(calls).tolist():
        of_class = minutes[order[ends[row] - calls[row] : ends[row]]]
        median[row], p90[row] = np.quantile(of_class, (0.5, 0.9))
    kept = np.bincount(area_class, weights=minutes <= sla_min[area_class], minlength=size)
    seen = np.where(calls > 0, calls, np.nan)
    share = kept / seen
    centre = (share + _Z**2 / (2 * seen)) / (1 + _Z**2 / seen)
    spread = np.sqrt(share * (1 - share) / seen + (_Z / (2 * seen)) ** 2) * _Z / (1 + _Z**2 / seen)
    return Responses(calls, median, p90, share, centre - spread, centre + spread)
