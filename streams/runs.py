"""Runs of source offsets: what a batch accounts for without a row, in a few bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["beyond", "runs_of"]


def runs_of(offsets: NDArray[np.int64]) -> bytes:
    """Ascending offsets as pairs (i8): first offset of a run without gaps, and its last."""
    if not offsets.size:
        return b""
    values = offsets.astype("<i8")
    breaks = np.flatnonzero(np.diff(values) != 1)
    firsts = values[np.concatenate(([0], breaks + 1))]
    lasts = values[np.concatenate((breaks, [len(values) - 1]))]
    return np.column_stack([firsts, lasts]).tobytes()


def beyond(runs: bytes, applied: int) -> int:
    """How many offsets of the runs lie above `applied`."""
    pairs = np.frombuffer(runs, dtype="<i8").reshape(-1, 2)
    firsts = np.maximum(pairs[:, 0], applied + 1)
    return int(np.maximum(pairs[:, 1] - firsts + 1, 0).sum())
