"""Areas: the checked tree station -> county -> city -> province, and which area a point lies in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from streams.records import Text2

__all__ = ["UNKNOWN_AREA", "AreaTree", "load_areas"]

UNKNOWN_AREA = "unknown"
"""Area of a record that names none and whose point lies in none: counted and still matched."""


class AreaTree:
    """Names, parents and polygons. `AreaTree()` knows no area: ids then stand as the data has them."""

    def __contains__(self, area_id: object) -> bool:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def command_of(self, area_id: str) -> str:
        """Id of the county-level ancestor (指挥单元) that owns the area; `unassigned` where none does."""
        raise NotImplementedError

    def path(self, area_id: str) -> list[str]:
        """Chain of ids from the root down to the area itself; [area_id] for an area not known."""
        raise NotImplementedError

    def name(self, area_id: str) -> Text2:
        """Names in zh and en; the id itself for an area not known."""
        raise NotImplementedError

    def locate(self, lat: np.ndarray, lon: np.ndarray) -> list[str | None]:
        """Station of each WGS-84 point (float64 arrays of length n); None where no area is near.

        A point on a shared edge belongs to the lowest id; a point in no polygon to the nearest
        station within 500 m (domain rule 1.8).
        """
        raise NotImplementedError


def load_areas(path: Path) -> AreaTree:
    """Areas from a GeoJSON FeatureCollection. Raises ConfigError naming every fault with its place."""
    raise NotImplementedError
