"""Numbers mixed so that each bit of the result depends on all of them: a hash for ever."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["mix64"]

_STEPS: Final = ((np.uint64(30), 0xBF58476D1CE4E5B9), (np.uint64(27), 0x94D049BB133111EB))
_LAST: Final = np.uint64(31)


def mix64(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014) of each value: one to one, wrapping."""
    for shift, factor in _STEPS:
        values = (values ^ (values >> shift)) * np.uint64(factor)
    return values ^ (values >> _LAST)
