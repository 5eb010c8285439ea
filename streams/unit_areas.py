"""Areas of units by code: where a fix lies, asked only when a unit may have left its area."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.areas import UNKNOWN_AREA, AreaTree

__all__ = ["UnitAreas"]


class UnitAreas:
    """Codes of areas, and the partition of the log that each belongs to.

    home_of: partition of the log of an area. The stations with polygons have the first codes.
    """

    def __init__(self, tree: AreaTree, home_of: Callable[[str], int]) -> None:
        self._index = tree.index
        self._known = frozenset(tree.ids())
        self._home_of = home_of
        self.ids: list[str] = []
        self._codes: dict[str, int] = {}
        self._homes: list[int] = []
        for area_id in self._index.ids:
            self._code(area_id)
        self._outside = self._code(UNKNOWN_AREA)
        self._partitions = np.array(self._homes, dtype=np.int64)

    @property
    def drawn(self) -> bool:
        """Whether there are polygons at all."""
        return bool(self._index.ids)

    def partition(self, codes: NDArray[np.int32]) -> NDArray[np.int64]:
        """Partition of the log of each area."""
        if len(self._partitions) < len(self._homes):
            self._partitions = np.array(self._homes, dtype=np.int64)
        return self._partitions[codes]

    def metres(self, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
        """Local metres, shape (n, 2), in which reaches are measured."""
        return self._index.metres(lat, lon)

    def place(
        self,
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        doubtful: NDArray[np.bool_],
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Code of the area of each point, and the distance (m) within which it is the same.

        A doubtful point (coordinate system unknown) that is not deep inside a polygon has -1; and
        it vouches for no point beside it.
        """
        found, reach = self._index.place(lat, lon, doubtful)
        codes = np.where(found == len(self._index.ids), self._outside, found).astype(np.int32)
        codes[doubtful & (codes == self._outside)] = -1
        return codes, np.where(doubtful, -1.0, reach)

    def homes(self, names: Sequence[str | None]) -> NDArray[np.int32]:
        """Codes of the areas that units call their home; `unknown` where there is none such."""
        known = self._known
        return np.array(
            [
                self._code(name) if name is not None and (not known or name in known)
                else self._outside
                for name in names
            ],
            dtype=np.int32,
        )  # fmt: skip

    def _code(self, area_id: str) -> int:
        code = self._codes.get(area_id)
        if code is None:
            code = self._codes[area_id] = len(self.ids)
            self.ids.append(area_id)
            self._homes.append(self._home_of(area_id))
        return code
