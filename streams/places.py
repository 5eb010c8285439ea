"""Places as numbers: the 100 m cell of a point, so that calls about one place can be linked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.records import Incident

__all__ = ["NOWHERE", "addresses_of", "apart_m", "place_keys", "places_of"]

NOWHERE: Final = -1
"""The key where no place is known; two of these are never the same place."""
_STEP_DEG: Final = 100.0 / 111_320.0
"""Degrees of latitude that are 100 m."""
_COLUMN_BITS: Final = 20
_ADDRESS: Final = 1 << 62
"""Set in keys made of an address, which no cell has: its key is below 2^38."""
_HASH_DIGITS: Final = 15
_VAGUE_M: Final = 250.0
"""A point that may be as far off as this is no place: a mast's cell would link a whole quarter."""


def place_keys(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.int64]:
    """Keys (>= 0) of cells of about 100 m by 100 m that points lie in; -1 where one is nan.

    lat, lon: WGS-84, degrees, of length n. A cell is a row of latitude of 100 m, cut into as many
    columns of 100 m as go around the globe there. Source: repeats of a call are told by the same
    100 m cell and 30 min, as measured for capability C5.
    """
    known = ~(np.isnan(lat) | np.isnan(lon))
    if not known.all():
        keys = np.full(lat.size, NOWHERE, dtype=np.int64)
        keys[known] = place_keys(lat[known], lon[known])
        return keys
    row = np.floor((lat + 90.0) / _STEP_DEG)
    middle = np.radians((row + 0.5) * _STEP_DEG - 90.0)
    columns = np.maximum(np.floor(np.cos(middle) * (360.0 / _STEP_DEG)), 1.0)
    column = np.floor((lon + 180.0) * (columns / 360.0)) % columns  # 180 E is 180 W
    return (row.astype(np.int64) << _COLUMN_BITS) | column.astype(np.int64)


def apart_m(place: int, other: int) -> float | None:
    """How near to each other two places may be, in metres; None where nobody can say.

    Points of two cells are at least as far apart as what lies between the cells, so that nothing
    within a distance is missed; up to two cells more may be taken for it.
    """
    if place == other and place != NOWHERE:
        return 0.0
    if not (0 <= place < _ADDRESS and 0 <= other < _ADDRESS):
        return None
    (lat, lon), (other_lat, other_lon) = _middle(place), _middle(other)
    east = abs(lon - other_lon)
    east = min(east, 360.0 - east) * math.cos(math.radians((lat + other_lat) / 2))
    sides = (max(0.0, side / _STEP_DEG - 1.0) for side in (abs(lat - other_lat), east))
    return 100.0 * math.hypot(*sides)


def _middle(place: int) -> tuple[float, float]:
    """Latitude and longitude of the middle of a cell, degrees."""
    row, column = place >> _COLUMN_BITS, place & ((1 << _COLUMN_BITS) - 1)
    lat = (row + 0.5) * _STEP_DEG - 90.0
    columns = max(math.floor(math.cos(math.radians(lat)) * (360.0 / _STEP_DEG)), 1)
    return lat, (column + 0.5) * 360.0 / columns - 180.0


def addresses_of(incidents: Sequence[Incident]) -> NDArray[np.int64] | None:
    """A number for the address of each incident (i8, n; -1 without one); None where none has one.

    The beginning of its keyed hash: equal for reports from one address, and no way back to it.
    """
    if all(record.address_hash is None for record in incidents):
        return None
    return np.array(
        [
            NOWHERE if record.address_hash is None else int(record.address_hash[:_HASH_DIGITS], 16)
            for record in incidents
        ],
        dtype=np.int64,
    )


def places_of(incidents: Sequence[Incident]) -> NDArray[np.int64]:
    """The place of each incident: the cell of its point, else its address, else -1 (i8, n).

    The point has left its adapter, so that it is WGS-84; one of unknown datum still is the same
    for two calls of one feed.
    """
    keys = place_keys(
        np.array([record.lat for record in incidents], dtype=np.float64),
        np.array([record.lon for record in incidents], dtype=np.float64),
    )
    off = np.array([record.loc_accuracy_m for record in incidents], dtype=np.float64)
    keys[off > _VAGUE_M] = NOWHERE
    for row in np.flatnonzero(keys == NOWHERE).tolist():
        address = incidents[row].address_hash
        if address is not None:
            keys[row] = _ADDRESS | int(address[:_HASH_DIGITS], 16)
    return keys
