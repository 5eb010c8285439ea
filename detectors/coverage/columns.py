"""Sums of a column by index, as float64 whatever comes in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["sum_by"]


def sum_by(index: NDArray[np.int64], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Sums of values by index [size]; 0 where an index has none."""
    return np.bincount(index, weights=values, minlength=size).astype(np.float64)
