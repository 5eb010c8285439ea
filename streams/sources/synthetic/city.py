"""The invented city: province, city, counties and stations with names, polygons and strength."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec
import numpy as np

from streams.records import Area, Staffing, Text2
from streams.sources.synthetic.lattice import SIDE, Outlines, Rect, Warp, split
from streams.sources.synthetic.plan import Plan, generator
from streams.sources.synthetic.tables import table

__all__ = ["City", "build_city"]

# No code of GB/T 2260 begins with 99: these can be no real county's.
_PROVINCE, _CITY = "990000", "990100"
_ADDRESSES = 64  # places an area that reports keep coming from, the first ones most often
_CLASSES: Final[dict[int, Literal["enhanced", "key", "regular"]]] = {
    1: "regular",
    2: "key",
    3: "enhanced",
}
"""Class of a station by its cars a shift, of which none has more than three."""
_MARGIN = 0.12  # addresses keep this share of a cell away from its border


class City:
    """Areas, their share of the incidents, and where a report of an area comes from."""

    def __init__(
        self, areas: list[Area], stations: list[str], cells: list[Rect], warp: Warp, seed: int
    ) -> None:
        self.areas = areas
        self.stations = stations
        self._cells = np.array(cells, dtype=np.float64)
        self._warp = warp
        self._salt = np.uint64(seed & 0xFFFFFFFF)
        weights = generator(seed, 2).lognormal(0.0, 0.7, len(stations))
        self.weights = weights / weights.sum()
        """Share of the city's incidents that each station's area has; float64[n], sums to 1."""
        self.cumulative = np.cumsum(self.weights)

    def draw_areas(self, uniform: np.ndarray) -> np.ndarray:
        """Station indices for uniform numbers in [0, 1), by the areas' weights."""
        return np.minimum(np.searchsorted(self.cumulative, uniform, "right"), len(self.weights) - 1)

    def draw_places(self, area: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Address numbers of the areas: few addresses have most of the reports."""
        return area * _ADDRESSES + (_ADDRESSES * uniform**2).astype(np.int64)

    def locate(self, place: np.ndarray, scatter: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(lon, lat) of addresses in WGS-84; `scatter` [2, n] in metres moves each a little."""
        cell = self._cells[place // _ADDRESSES]
        u, v = self._offsets(place)
        lon, lat = self.at(cell, u, v)
        return (
            np.round(lon + scatter[0] / (111_320.0 * np.cos(np.radians(lat))), 6),
            np.round(lat + scatter[1] / 111_320.0, 6),
        )

    def at(self, cell: np.ndarray, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(lon, lat) of the share (u, v) of the way through cells [n, 4]."""
        x = cell[:, 0] + (cell[:, 2] - cell[:, 0]) * u
        y = cell[:, 1] + (cell[:, 3] - cell[:, 1]) * v
        return self._warp(x, y)

    def cell(self, station: np.ndarray) -> np.ndarray:
        """Lattice cells [n, 4] of station indices."""
        return np.asarray(self._cells[station])

    def _offsets(self, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fixed (u, v) of an address, from its number: no table, however many areas there are."""
        mixed = _mix(place.astype(np.uint64) + (self._salt << np.uint64(32)))
        low = (mixed & np.uint64(0xFFFFFFFF)).astype(np.float64) / 2**32
        high = (mixed >> np.uint64(32)).astype(np.float64) / 2**32
        return _MARGIN + (1 - 2 * _MARGIN) * low, _MARGIN + (1 - 2 * _MARGIN) * high

    def geojson(self) -> Iterator[bytes]:
        """The areas as a GeoJSON FeatureCollection, a piece at a time (UTF-8)."""
        yield b'{"type":"FeatureCollection","features":[\n'
        for index, area in enumerate(self.areas):
            properties: dict[str, Any] = msgspec.to_builtins(area)
            geometry = properties.pop("geometry")
            feature = {"type": "Feature", "properties": properties, "geometry": geometry}
            yield (b",\n" if index else b"") + msgspec.json.encode(feature)
        yield b"\n]}\n"


def _mix(value: np.ndarray) -> np.ndarray:
    """SplitMix64's finisher: well spread bits from consecutive numbers."""
    value = value * np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)))


def build_city(plan: Plan) -> City:
    """The city of a plan: depends on its seed, counties and stations only."""
    rng = generator(plan.seed, 1)
    square: Rect = (0, 0, SIDE, SIDE)
    counties = split(square, plan.counties, rng)
    share, extra = divmod(plan.stations, plan.counties)
    cells = [split(rect, share + (i < extra), rng) for i, rect in enumerate(counties)]
    every = [cell for county in cells for cell in county]
    outlines = Outlines([square, *counties, *every])
    # About 6 km2 a station, as in a large city, but never wider than the open water it lies on.
    warp = Warp(min(2.5 * plan.stations**0.5, 180.0), rng)
    names = _names(plan.counties + plan.stations, rng)
    data = table("names")
    top = _geometry(outlines, warp, square)
    areas = [
        Area(area_id=_PROVINCE, name=_text(data["province"]), kind="province", geometry=top),
        Area(
            area_id=_CITY, name=_text(data["city"]), kind="city", parent_id=_PROVINCE, geometry=top
        ),
    ]
    for number, rect in enumerate(counties, 1):
        code = f"9901{number:02d}"
        areas.append(
            Area(
                area_id=code,
                adcode=code,
                name=_named(next(names), data["county_suffix"]),
                kind="county",
                parent_id=_CITY,
                tz="+08:00",
                geometry=_geometry(outlines, warp, rect),
            )
        )
    stations: list[str] = []
    square_km = warp.side_km**2 / SIDE**2
    for number, group in enumerate(cells, 1):
        for order, rect in enumerate(group, 1):
            code = f"9901{number:02d}{order:04d}00"
            stations.append(code)
            areas.append(
                _station(
                    code,
                    _named(next(names), data["station_suffix"]),
                    km2=round((rect[2] - rect[0]) * (rect[3] - rect[1]) * square_km, 2),
                    population=int(rng.integers(8_000, 90_000)),
                    geometry=_geometry(outlines, warp, rect),
                )
            )
    return City(areas, stations, every, warp, plan.seed)


def _station(
    code: str, name: Text2, *, km2: float, population: int, geometry: dict[str, Any]
) -> Area:
    cars = 1 + population // 40_000
    return Area(
        area_id=code,
        adcode=code[:6],
        name=name,
        kind="station",
        parent_id=code[:6],
        population=population,
        area_km2=km2,
        min_units=2,
        station_class=_CLASSES[cars],
        staffing=Staffing(
            officers={"day": 4 * cars, "evening": 4 * cars, "night": 2 * cars},
            auxiliaries={"day": 6 * cars, "evening": 6 * cars, "night": 4 * cars},
            cars={"day": cars, "evening": cars, "night": cars},
        ),
        tz="+08:00",
        geometry=geometry,
    )


def _geometry(outlines: Outlines, warp: Warp, rect: Rect) -> dict[str, Any]:
    ring = np.array(outlines.ring(rect), dtype=np.float64)
    lon, lat = warp(ring[:, 0], ring[:, 1])
    return {"type": "Polygon", "coordinates": [np.column_stack([lon, lat]).tolist()]}


def _names(count: int, rng: np.random.Generator) -> Iterator[Text2]:
    """Different invented two-character names, numbered where they run out."""
    data = table("names")
    pairs = [
        Text2(first[0] + second[0], first[1] + second[1])
        for first in data["first"]
        for second in data["second"]
    ]
    order = rng.permutation(len(pairs)).tolist()
    for number in range(count):
        turn, index = divmod(number, len(pairs))
        name = pairs[order[index]]
        yield Text2(f"{name.zh}{turn + 1}", f"{name.en} {turn + 1}") if turn else name


def _named(name: Text2, suffix: list[str]) -> Text2:
    return Text2(name.zh + suffix[0], f"{name.en} {suffix[1]}")


def _text(pair: list[str]) -> Text2:
    return Text2(pair[0], pair[1])
