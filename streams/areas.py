"""Areas: the checked tree station -> county -> city -> province, and which area a point lies in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.area_file import read_areas
from streams.area_index import AreaIndex
from streams.records import Area, AreaKind, Text2

__all__ = ["UNASSIGNED_COMMAND", "UNKNOWN_AREA", "AreaTree", "load_areas"]

UNKNOWN_AREA: Final = "unknown"
"""Area of a record that names none and whose point lies in none: counted and still matched."""
UNASSIGNED_COMMAND: Final = "unassigned"
"""Command of an area that has no county-level ancestor."""


class AreaTree:
    """Names, parents and polygons. `AreaTree()` knows no area: ids then stand as the data has them.

    areas: checked ones (`load_areas` checks); every parent is among them and no chain is a cycle.
    """

    def __init__(self, areas: Sequence[Area] = ()) -> None:
        self._areas = {area.area_id: area for area in areas}
        self._paths = {area_id: self._walk(area_id) for area_id in self._areas}
        self._commands = {area_id: self._county(path) for area_id, path in self._paths.items()}
        self._index = AreaIndex([area for area in areas if area.kind == "station"])

    def __contains__(self, area_id: object) -> bool:
        return area_id in self._areas

    def __len__(self) -> int:
        return len(self._areas)

    def get(self, area_id: str) -> Area | None:
        """The whole area record; None for an area not known."""
        return self._areas.get(area_id)

    def ids(self) -> list[str]:
        """Ids of all areas, in the order of the file."""
        return list(self._areas)

    def command_of(self, area_id: str) -> str:
        """Id of the county-level ancestor (指挥单元) that owns the area, else `unassigned`."""
        return self._commands.get(area_id, UNASSIGNED_COMMAND)

    def path(self, area_id: str) -> list[str]:
        """Chain of ids from the root down to the area itself; [area_id] for an area not known."""
        return list(self._paths.get(area_id, (area_id,)))

    def of_adcode(self) -> dict[str, str]:
        """Ids of areas by their division codes; of several with one code the highest."""
        found: dict[str, str] = {}
        for area_id in sorted(self._areas, key=lambda known: len(self._paths[known])):
            adcode = self._areas[area_id].adcode
            if adcode is not None:
                found.setdefault(adcode, area_id)
        return found

    def above(self, area_id: str, kind: AreaKind) -> str:
        """Id of the nearest area of a kind on the chain of an area, else `unassigned`."""
        for above in reversed(self._paths.get(area_id, ())):
            if self._areas[above].kind == kind:
                return above
        return UNASSIGNED_COMMAND

    def neighbours(self, area_id: str) -> tuple[str, ...]:
        """Stations whose polygons touch that of a station or lie within 200 m of it, by id.

        An area without a polygon has none.
        """
        return self._neighbours.get(area_id, ())

    def nearest(self, area_id: str, most: int) -> tuple[str, ...]:
        """The stations of the same command whose centres lie nearest to that of a station.

        At most `most` of them, the nearest first, at one distance by id. An area without a polygon
        has none.
        """
        return self._index.nearest(area_id, most, self._commands)

    @cached_property
    def _neighbours(self) -> dict[str, tuple[str, ...]]:
        return self._index.neighbours()

    def name(self, area_id: str) -> Text2:
        """Names in zh and en; the id itself for an area not known."""
        area = self._areas.get(area_id)
        return area.name if area is not None else Text2(area_id, area_id)

    def locate(
        self,
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        doubtful: NDArray[np.bool_] | None = None,
    ) -> list[str | None]:
        """Station of each WGS-84 point (degrees, arrays of length n); None where none is near.

        A point on a shared edge belongs to the lowest id; a point in no polygon to the nearest
        station within 500 m (record catalogue 1.8). doubtful: points whose coordinate system is
        unknown (length n); they count only where they lie more than 1.5 km inside a polygon (1.5).
        """
        return self._index.locate(lat, lon, doubtful)

    @property
    def index(self) -> AreaIndex:
        """The polygons of the stations."""
        return self._index

    def _walk(self, area_id: str) -> tuple[str, ...]:
        chain = [area_id]
        while (parent := self._areas[chain[-1]].parent_id) is not None:
            chain.append(parent)
        return tuple(reversed(chain))

    def _county(self, path: tuple[str, ...]) -> str:
        counties = [area_id for area_id in path if self._areas[area_id].kind == "county"]
        return counties[-1] if counties else UNASSIGNED_COMMAND


def load_areas(path: Path) -> AreaTree:
    """Areas from a GeoJSON FeatureCollection. Raises ConfigError with every fault and its place."""
    return AreaTree(read_areas(path))
