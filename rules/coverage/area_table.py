"""Areas as columns: what the arithmetic of coverage asks of each, from the checked area file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import shapely
from msgspec import json
from numpy.typing import NDArray

from detectors.coverage.travel import DEGREE_KM, Pairs, Roads, StraightLine, TravelModel, place_of
from streams.areas import AreaTree
from streams.records import Area

__all__ = ["AreaTable", "area_table", "neighbours"]

Floats = NDArray[np.float64]

_BLOCK: Final = 1000
_NEAREST: Final = 24
"""Neighbours kept of an area: three rings of a lattice, so that tiny areas cost no more."""


class AreaTable(NamedTuple):
    """Columns over areas, nan where the file does not tell.

    km2: as told, else of the outline. outline_km2, lat, lon: of the outline alone; degrees,
    WGS-84. place: codes of `detectors.coverage.travel.PLACES`. minimum: `min_units`, else 0.
    """

    ids: list[str]
    km2: Floats
    outline_km2: Floats
    population: Floats
    place: NDArray[np.int64]
    minimum: NDArray[np.int64]
    lat: Floats
    lon: Floats


def area_table(tree: AreaTree, ids: Sequence[str]) -> AreaTable:
    """Columns for `ids` in their order; an area that the tree does not know is all unknown."""
    areas = [tree.get(area_id) for area_id in ids]
    shapes = np.array([_shape(area) for area in areas], dtype=object)
    centres = shapely.centroid(shapes)
    lat, lon = shapely.get_y(centres), shapely.get_x(centres)
    outline = shapely.area(shapes) * DEGREE_KM**2 * np.cos(np.radians(lat))
    told = _column(areas, "area_km2")
    km2 = np.where(told > 0, told, np.where(outline > 0, outline, np.nan))
    population = _column(areas, "population")
    minimum = np.nan_to_num(_column(areas, "min_units"))
    return AreaTable(
        list(ids),
        km2,
        outline,
        population,
        place_of(population, km2),
        minimum.astype(np.int64),
        lat,
        lon,
    )


def neighbours(
    table: AreaTable, model: TravelModel, *, limit_min: float, roads: Roads | None = None
) -> Pairs:
    """Pairs of areas with the minutes from centre to centre, the 24 nearest givers of each taker.

    roads: where driving times come from, straight lines without it. Areas without an outline
    are in no pair. Done once when areas change; sorted by taker, then minutes, then giver.
    """
    lines = StraightLine(table.lat, table.lon, table.place, model)
    known = np.flatnonzero(np.isfinite(table.lat))
    if not known.size:
        return Pairs(known, known, np.zeros(0))
    # Longitudes shrunk as at the highest latitude: the search finds some too many, never too few.
    shrink = float(np.cos(np.radians(np.abs(table.lat[known]).max())))
    points = shapely.points(table.lon[known] * shrink, table.lat[known])
    index = shapely.STRtree(points)
    reach = max(model.speed_kmh) * limit_min / 60.0 / model.detour / DEGREE_KM
    found = []
    for begin in range(0, known.size, _BLOCK):
        block = points[begin : begin + _BLOCK]
        row, giver = index.query(block, predicate="dwithin", distance=reach)
        pairs = _timed(known[giver], known[begin + row], lines)
        found.append(_nearest(pairs.where(pairs.minutes <= limit_min)))
    pairs = Pairs(*(np.concatenate(column) for column in zip(*found, strict=True)))
    if roads is None:
        return pairs
    timed = _timed(pairs.giver, pairs.taker, roads)
    return timed.where(timed.minutes <= limit_min)


def _timed(giver: NDArray[np.int64], taker: NDArray[np.int64], roads: Roads) -> Pairs:
    apart = giver != taker
    giver, taker = giver[apart], taker[apart]
    return Pairs(giver, taker, roads.minutes(giver, taker))


def _nearest(pairs: Pairs) -> Pairs:
    order = np.lexsort((pairs.giver, pairs.minutes, pairs.taker))
    taker = pairs.taker[order]
    rank = np.arange(taker.size) - np.searchsorted(taker, taker)
    kept = order[rank < _NEAREST]
    return Pairs(pairs.giver[kept], pairs.taker[kept], pairs.minutes[kept])


def _shape(area: Area | None) -> shapely.Geometry | None:
    if area is None or area.geometry is None:
        return None
    return shapely.from_geojson(json.encode(area.geometry).decode())


def _column(areas: Sequence[Area | None], field: str) -> Floats:
    values = [None if area is None else getattr(area, field) for area in areas]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
