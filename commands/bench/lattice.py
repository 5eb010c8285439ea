"""Invented square stations side by side, for measurements that need outlines and neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np

from streams.records import Area, Text2

__all__ = ["counties", "lattice"]

_SIDE: Final = 0.02
"""Degrees: a station of the lattice is about 2.2 km by 1.7 km."""


def lattice(ids: Sequence[str]) -> Iterator[Area]:
    """Invented square stations, side by side."""
    side = int(np.ceil(np.sqrt(len(ids))))
    for number, area_id in enumerate(ids):
        south, west = 30.0 + number // side * _SIDE, 110.0 + number % side * _SIDE
        north, east = south + _SIDE, west + _SIDE
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        yield Area(
            area_id=area_id,
            name=Text2(area_id, area_id),
            kind="station",
            population=3_000,
            min_units=1,
            geometry={"type": "Polygon", "coordinates": [ring]},
        )


def counties(ids: Sequence[str], size: int) -> Iterator[Area]:
    """The stations of a lattice, `size` of them to a county."""
    for number, area in enumerate(lattice(ids)):
        county = f"C{number // size}"
        if number % size == 0:
            yield Area(area_id=county, name=Text2(county, county), kind="county")
        yield msgspec.structs.replace(area, parent_id=county)
