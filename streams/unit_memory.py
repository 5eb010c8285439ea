"""What intake remembers of each unit of a source partition: one row of a table, bounded.

lat, lon, accuracy and pointed (ms) are of its last point; x, y and reach (m) say within what circle
its area is known; minute, area and the rest are as they were told last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from streams.unit_rows import OFF

__all__ = ["NEVER", "UnitMemory"]

NEVER: Final = np.iinfo(np.int64).min
_KEPT_MS: Final = 3_600_000
"""A unit silent for an hour is forgotten when room is needed: it is long lost to the watch."""
_MOST: Final = 4_000_000
_FIRST: Final = 1024
_COLUMNS: Final = np.dtype(
    [
        ("time", "<i8"),
        ("pointed", "<i8"),
        ("shift_end", "<i8"),
        ("lat", "<f8"),
        ("lon", "<f8"),
        ("x", "<f8"),
        ("y", "<f8"),
        ("reach", "<f4"),
        ("accuracy", "<f4"),
        ("minute", "<i4"),
        ("area", "<i4"),
        ("status", "u1"),
        ("kind", "u1"),
        ("officers", "u1"),
        ("auxiliaries", "u1"),
        ("flags", "u1"),
        ("strikes", "u1"),
    ]
)
_UNSEEN: Final = np.array(
    (NEVER, 0, 0, np.nan, np.nan, np.nan, np.nan, -1, 0, 0, -1, OFF, 0, 0, 0, 0, 0), dtype=_COLUMNS
)


class UnitMemory:
    """Rows by call sign. A unit that was forgotten is written once too often, and no more harm.

    most: units remembered; of more, those that were heard of least lately are forgotten.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._rows: dict[str, int] = {}
        self.table: NDArray[Any] = np.full(_FIRST, _UNSEEN, dtype=_COLUMNS)

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Row of the table of each unit; a unit met for the first time has the time NEVER."""
        if len(self._rows) + len(ids) > min(len(self.table), self._most):
            self._make_room(len(ids))
        known = self._rows
        return np.array([known.setdefault(unit, len(known)) for unit in ids], dtype=np.int64)

    def _make_room(self, wanted: int) -> None:
        times = self.table["time"][: len(self._rows)]
        keep = times > (times.max() - _KEPT_MS if len(times) else 0)
        if keep.sum() + wanted > self._most:
            order = np.argsort(-times, kind="stable")
            # A quarter of room at once: to make it costs as much as all that stay.
            keep[order[max(0, self._most * 3 // 4 - wanted) :]] = False
        kept = self.table[: len(self._rows)][keep]
        flags = keep.tolist()
        names = [unit for unit, stays in zip(self._rows, flags, strict=True) if stays]
        self._rows = {unit: row for row, unit in enumerate(names)}
        room = _FIRST
        while room < 2 * (len(kept) + wanted):
            room *= 2
        self.table = np.full(room, _UNSEEN, dtype=_COLUMNS)
        self.table[: len(kept)] = kept
