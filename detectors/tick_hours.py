"""Ticks and the hours they lie in: blocks cut at full hours, stretches shared out over hours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["hours_of", "overlaps"]

Ticks = NDArray[np.int64]


def hours_of(first_tick: int, ticks: int, per_hour: int) -> Iterator[tuple[int, int, slice]]:
    """(hour from the epoch, tick inside it, rows) of every hour that a block of ticks touches.

    >>> list(hours_of(first_tick=5, ticks=3, per_hour=6))
    [(0, 5, slice(0, 1, None)), (1, 0, slice(1, 3, None))]
    """
    row = 0
    while row < ticks:
        hour, begin = divmod(first_tick + row, per_hour)
        end = min(ticks, (hour + 1) * per_hour - first_tick)
        yield hour, begin, slice(row, end)
        row = end


def overlaps(first: Ticks, last: Ticks, per_hour: int) -> Ticks:
    """How many ticks of each stretch lie in the current hour, the one before, and so on.

    first, last: the ends of the stretches (both inside), counted from the current hour's first
    tick. Returns [hours back, ...].

    >>> overlaps(np.array([-1]), np.array([2]), per_hour=6).tolist()
    [[3], [1]]
    """
    reach = max(0, -int(first.min())) if first.size else 0
    parts = []
    for back in range(-(-reach // per_hour) + 1):
        start = -back * per_hour
        upto = np.minimum(last, start + per_hour - 1)
        parts.append(np.maximum(upto - np.maximum(first, start) + 1, 0))
    return np.array(parts)
