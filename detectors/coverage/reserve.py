"""The reserve: free units that a command keeps back so that a grave call never waits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.coverage.columns import sum_by

__all__ = ["Reserve", "reserve_of"]


class Reserve(NamedTuple):
    """Columns over commands. free: free strength; low: whether that is the reserve or less."""

    free: NDArray[np.float64]
    low: NDArray[np.bool_]


def reserve_of(
    free: NDArray[np.float64], command: NDArray[np.int64], reserve: NDArray[np.float64]
) -> Reserve:
    """Free strength of each command against the strength it holds back for calls of level I and II.

    free: of areas; command: row of `reserve` that each area belongs to. A reserve of 0 is none
    and warns of nothing. Priority queues with a cut-off: Schaack & Larson (1986).
    """
    total = sum_by(command, free, reserve.size)
    return Reserve(total, (reserve > 0) & (total <= reserve + 1e-9))
