"""Counts of ticks that are still open: sparse, by tick and area column, whatever their order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["COLUMN_BITS", "COLUMN_MASK", "PendingCounts"]

COLUMN_BITS = 24
COLUMN_MASK = (1 << COLUMN_BITS) - 1
"""Cell key = tick << 24 | column: up to 16 million areas per partition."""
_COMPACT_AT = 65_536


class PendingCounts:
    """Events per (tick, area) not yet closed. Compacted, so that memory goes with cells (law 6)."""

    def __init__(self) -> None:
        self._keys = np.zeros(0, dtype=np.int64)
        self._counts = np.zeros(0, dtype=np.int64)
        self._loose: list[NDArray[np.int64]] = []
        self._loose_size = 0

    def add(self, ticks: NDArray[np.int64], columns: NDArray[np.int64]) -> None:
        """One event per row."""
        if ticks.size:
            self._loose.append((ticks << COLUMN_BITS) | columns)
            self._loose_size += ticks.size
            if self._loose_size > _COMPACT_AT:
                self._compact()

    def earliest(self) -> int | None:
        """The first tick that has an event."""
        self._compact()
        return int(self._keys[0] >> COLUMN_BITS) if self._keys.size else None

    def take(self, first: int, end: int, areas: int) -> NDArray[np.int64]:
        """Counts [end - first, areas] of the ticks first..end-1, which are forgotten here."""
        self._compact()
        upto = int(np.searchsorted(self._keys, end << COLUMN_BITS))
        keys, counts = self._keys[:upto], self._counts[:upto]
        self._keys, self._counts = self._keys[upto:], self._counts[upto:]
        fresh = np.zeros((end - first, areas), dtype=np.int64)
        fresh[(keys >> COLUMN_BITS) - first, keys & COLUMN_MASK] = counts
        return fresh

    def snapshot(self) -> dict[str, Any]:
        """Plain bytes, in order of the key."""
        self._compact()
        return {"keys": self._keys.tobytes(), "counts": self._counts.tobytes()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._keys = np.frombuffer(state["keys"], dtype=np.int64)
        self._counts = np.frombuffer(state["counts"], dtype=np.int64)
        self._loose, self._loose_size = [], 0

    def _compact(self) -> None:
        if not self._loose:
            return
        keys = np.concatenate([self._keys, *self._loose])
        weights = np.concatenate([self._counts, np.ones(self._loose_size, dtype=np.int64)])
        self._loose, self._loose_size = [], 0
        self._keys, inverse = np.unique(keys, return_inverse=True)
        self._counts = np.zeros(self._keys.size, dtype=np.int64)
        np.add.at(self._counts, inverse, weights)
