"""Which station a point lies in: a spatial index over polygons, asked for arrays of points."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
from msgspec import json
from numpy.typing import NDArray

from streams.records import Area

__all__ = ["AreaIndex"]

NEAREST_M: Final = 500.0
INSIDE_M: Final = 1500.0
NEIGHBOUR_M: Final = 200.0
"""A street or a river drawn between two areas is no gap between them."""
EDGE_M: Final = 0.001
"""Arithmetic puts a point on a slanted shared edge a hair's breadth to one side of it."""
_METRES_PER_DEGREE = 111_320.0


class AreaIndex:
    """Polygons of stations. Areas without a polygon are known by id only and never found here.

    Points and polygons are projected to local metres (longitude shrunk by the cosine of the middle
    latitude of all polygons): distances up to a few kilometres are right within a per cent for
    places within a few degrees of it, and that is all that is measured.
    """

    def __init__(self, stations: Sequence[Area]) -> None:
        # Sorted by id, so that the lowest position among several hits is the lowest id.
        drawn = sorted(
            (station for station in stations if station.geometry is not None),
            key=lambda station: station.area_id,
        )
        self._ids = [station.area_id for station in drawn]
        shapes = shapely.from_geojson(
            np.array([_geojson(station.geometry) for station in drawn], dtype=object)
        )
        self._shrink = np.cos(np.radians(_middle_latitude(shapes)))
        self._shapes: NDArray[np.object_] = np.asarray(shapely.transform(shapes, self._project))
        self._tree = shapely.STRtree(self._shapes)
        self._by_command: dict[str, list[int]] = {}
        self._centres = shapely.get_coordinates(shapely.centroid(self._shapes))

    def locate(
        self,
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        doubtful: NDArray[np.bool_] | None = None,
    ) -> list[str | None]:
        """Ids of the stations of n WGS-84 points, as `AreaTree.locate` describes."""
        if not self._ids or len(lat) == 0:
            return [None] * len(lat)
        found, _ = self._found(lat, lon, doubtful)
        ids: list[str | None] = [*self._ids, None]
        return [ids[position] for position in found.tolist()]

    def receiver(
        self,
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        doubtful: NDArray[np.bool_],
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Who goes first to each of n finite points: (position in `ids`, clear, near).

        Every point has one: the nearest station, however far. clear: it lies inside one polygon
        and on no border; near: `locate` finds the same. Needs a polygon at least.
        """
        found, points = self._found(lat, lon, doubtful)
        near = found < len(self._ids)
        asked, _ = self._tree.query(points, predicate="dwithin", distance=EDGE_M)
        clear = near & (np.bincount(asked, minlength=len(lat)) == 1)
        far = np.flatnonzero(~near)
        rows, hits = self._tree.query_nearest(points[far])
        np.minimum.at(found, far[rows], hits)
        return found, clear, near

    @property
    def ids(self) -> list[str]:
        """Ids of the stations that have a polygon, sorted: what positions mean."""
        return self._ids

    def place(
        self,
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        doubtful: NDArray[np.bool_] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Station of each of n points as its position in `ids` (`len(ids)`: none), and its reach.

        The reach is the distance (m) within which every other point has the same station: that to
        the nearest border of any polygon, and 0 where a station was found beyond its own.
        """
        if not self._ids or len(lat) == 0:
            return np.full(len(lat), len(self._ids)), np.zeros(len(lat))
        found, points = self._found(lat, lon, doubtful)
        asked, reach = self._borders.query_nearest(points, return_distance=True, all_matches=False)
        least = np.zeros(len(lat))
        least[asked[0]] = reach
        nowhere = found == len(self._ids)
        inside = np.zeros(len(lat), dtype=np.bool_)
        inside[~nowhere] = shapely.contains(self._shapes[found[~nowhere]], points[~nowhere])
        least[nowhere] -= NEAREST_M
        return found, np.where(inside | nowhere, np.maximum(least - EDGE_M, 0.0), 0.0)

    def metres(self, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
        """Local metres, shape (n, 2), in which reaches are measured."""
        return self._project(np.column_stack([lon, lat]))

    @cached_property
    def _borders(self) -> Any:
        return shapely.STRtree(shapely.boundary(self._shapes))

    def _found(
        self,
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        doubtful: NDArray[np.bool_] | None,
    ) -> tuple[NDArray[np.int64], Any]:
        """Position of each point's station (`len(ids)`: none), and the projected points."""
        places = np.column_stack([lon, lat]).astype(np.float64)
        sound = np.isfinite(lat) & np.isfinite(lon)
        # A point that is no point gets a place far outside of everything and so finds nothing.
        points = shapely.points(self._project(np.where(sound[:, np.newaxis], places, 0.0)))
        found = np.full(len(lat), len(self._ids), dtype=np.int64)
        asked, hits = self._tree.query(points, predicate="dwithin", distance=EDGE_M)
        np.minimum.at(found, asked, hits)
        loose = found == len(self._ids)
        if doubtful is not None:
            self._keep_deep(points, found, doubtful & ~loose)
            loose &= ~doubtful
        self._nearest(points, found, np.flatnonzero(loose & sound))
        found[~sound] = len(self._ids)
        return found, points

    def neighbours(self) -> dict[str, tuple[str, ...]]:
        """The other stations that touch each of them, or lie within 200 m, by id."""
        asked, found = self._tree.query(self._shapes, predicate="dwithin", distance=NEIGHBOUR_M)
        near: dict[str, list[str]] = {area_id: [] for area_id in self._ids}
        for one, other in zip(asked.tolist(), found.tolist(), strict=True):
            if one != other:
                near[self._ids[one]].append(self._ids[other])
        return {area_id: tuple(sorted(others)) for area_id, others in near.items()}

    def nearest(self, area_id: str, most: int, command_of: Mapping[str, str]) -> tuple[str, ...]:
        """As `AreaTree.nearest` describes."""
        if not self._by_command:
            for position, other in enumerate(self._ids):
                self._by_command.setdefault(command_of[other], []).append(position)
        at = bisect_left(self._ids, area_id)
        if at == len(self._ids) or self._ids[at] != area_id:
            return ()
        others = np.array(self._by_command[command_of[area_id]])
        others = others[others != at]
        far = np.hypot(*(self._centres[others] - self._centres[at]).T).round(3)
        # Stable, so that at one distance the lowest id comes first.
        return tuple(self._ids[i] for i in others[np.argsort(far, kind="stable")[:most]])

    def _nearest(self, points: Any, found: NDArray[np.int64], rows: NDArray[np.intp]) -> None:
        asked, hits = self._tree.query_nearest(points[rows], max_distance=NEAREST_M)
        np.minimum.at(found, rows[asked], hits)

    def _keep_deep(self, points: Any, found: NDArray[np.int64], rows: NDArray[np.bool_]) -> None:
        """Forget the doubtful points that lie too near to their polygon's border."""
        at = np.flatnonzero(rows)
        borders = shapely.boundary(self._shapes[found[at]])
        shallow = shapely.distance(points[at], borders) <= INSIDE_M
        found[at[shallow]] = len(self._ids)

    def _project(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        scale = np.array([_METRES_PER_DEGREE * self._shrink, _METRES_PER_DEGREE])
        return np.asarray(places * scale, dtype=np.float64)


def _geojson(geometry: dict[str, Any] | None) -> str:
    return json.encode(geometry).decode()


def _middle_latitude(shapes: NDArray[Any]) -> float:
    if len(shapes) == 0:
        return 0.0
    _, south, _, north = shapely.total_bounds(shapes)
    return float(south + north) / 2
