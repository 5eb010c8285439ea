"""Made-up observation batches over any number of areas, the input of the watch figures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from streams.observations import Batch

__all__ = ["START_MS", "Observed"]

START_MS = 1_767_225_600_000
"""Event time of the first row: 2026-01-01T00:00:00Z."""
_ROWS = 4_000
_SEED = 7


class Observed:
    """One source partition's batches, in offset order, over `areas` areas."""

    def __init__(self, areas: int) -> None:
        self.areas = areas
        self._names = [f"A{number:06d}" for number in range(areas)]
        self._offset = 0
        self._random = np.random.Generator(np.random.PCG64(_SEED))

    def every_area(self, tick: int) -> Iterator[Batch]:
        """Batches in which each area has one row."""
        for first in range(0, self.areas, _ROWS):
            yield self._batch(np.arange(first, min(first + _ROWS, self.areas)), tick)

    def rows(self, rows: int, tick: int) -> Iterator[Batch]:
        """Batches of rows in areas drawn at random, all within one tick, which stays open."""
        for first in range(0, rows, _ROWS):
            count = min(_ROWS, rows - first)
            yield self._batch(self._random.integers(0, self.areas, count), tick)

    def mark(self, tick: int) -> Batch:
        """A batch without rows whose watermark closes every tick before `tick`."""
        return Batch(
            source="incidents/0",
            sources=1,
            first=self._offset,
            last=self._offset - 1,
            watermark=START_MS + tick * 60_000,
            clock=START_MS + tick * 60_000,
        )

    def _batch(self, columns: np.ndarray, tick: int) -> Batch:
        count = len(columns)
        used, area = np.unique(columns, return_inverse=True)
        first, self._offset = self._offset, self._offset + count
        time = START_MS + tick * 60_000 + np.sort(self._random.integers(0, 60_000, count))
        return Batch(
            source="incidents/0",
            sources=1,
            first=first,
            last=self._offset - 1,
            watermark=START_MS + tick * 60_000,
            clock=int(time[-1]),
            areas=[self._names[number] for number in used],
            commands=["unassigned"] * len(used),
            categories=["99"],
            ids=[f"M{number}" for number in range(first, self._offset)],
            offset=np.arange(first, self._offset, dtype="<i8").tobytes(),
            time=time.astype("<i8").tobytes(),
            flags=np.zeros(count, dtype="u1").tobytes(),
            area=area.astype("<i4").tobytes(),
            category=np.zeros(count, dtype="<i4").tobytes(),
        )
