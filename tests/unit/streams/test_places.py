"""Places: cells of about 100 m, what stands in for a point, and what is no place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from streams.adapters import adapter_for
from streams.places import NOWHERE, apart_m, place_keys, places_of
from streams.records import Incident
from tests.core_cases import report

METRE_DEG = 1 / 111_320


def keys(*points: tuple[float, float]) -> list[int]:
    lat, lon = np.array(points, dtype=np.float64).T
    found: list[int] = place_keys(lat, lon).tolist()
    return found


def places(*fields: dict[str, Any]) -> list[int]:
    raws = [report(i, 0, **f) for i, f in enumerate(fields)]
    records = [r for r in adapter_for("watchfloor").decode(raws) if isinstance(r, Incident)]
    found: list[int] = places_of(records).tolist()
    return found


@pytest.mark.parametrize("lat", [0.0, 26.6, 40.1, -33.9, 65.0])
def test_a_cell_is_about_100_m_each_way(lat: float) -> None:
    step = METRE_DEG * 5
    north = keys(*((lat + i * step, 106.0) for i in range(400)))
    east = keys(*((lat, 106.0 + i * step / np.cos(np.radians(lat))) for i in range(400)))
    for walk in (north, east):  # 2 km in steps of 5 m
        assert 20 <= len(set(walk)) <= 21
        assert min(walk) >= 0


def test_no_two_rows_or_columns_share_a_key() -> None:
    lat, lon = np.meshgrid(np.arange(-89.95, 90, 0.9), np.arange(-180, 180, 0.9))
    found = place_keys(lat.ravel(), lon.ravel())
    # Near the poles a step of longitude is shorter than a cell.
    wide = np.abs(lat.ravel()) < 89
    assert np.unique(found[wide]).size == wide.sum()
    assert found.max() < 1 << 38


def test_the_poles_and_the_date_line_are_places() -> None:
    assert min(keys((90, 0), (-90, 0), (0, 180), (0, -180))) >= 0
    assert keys((10, 180)) == keys((10, -180))


def test_a_point_is_unknown_where_half_of_it_is() -> None:
    assert keys((np.nan, 106), (26, np.nan))[:2] == [NOWHERE, NOWHERE]
    assert keys((np.nan, 106), (26, 106))[1] == keys((26, 106))[0]


def test_an_address_stands_in_for_a_point() -> None:
    here: dict[str, Any] = {"lat": 26.6, "lon": 106.6, "coord_sys": "wgs84"}
    address: dict[str, Any] = {"address_hash": "ab" * 32}
    point, both, first, again, other, none = places(
        here, here | address, address, address, {"address_hash": "cd" * 32}, {}
    )
    assert point == both >= 0
    assert first == again != other
    assert first > 0
    assert none == NOWHERE


def test_a_point_that_may_be_far_off_is_no_place() -> None:
    here: dict[str, Any] = {"lat": 26.6, "lon": 106.6, "coord_sys": "wgs84"}
    near, far, mast = places(
        here | {"loc_accuracy_m": 40},
        here | {"loc_accuracy_m": 2000},
        here | {"loc_accuracy_m": 2000, "address_hash": "ab" * 32},
    )
    assert near >= 0
    assert far == NOWHERE
    assert mast >= 0


def test_nothing_within_a_distance_is_taken_to_be_farther_off() -> None:
    rng = np.random.default_rng(5)
    for lat, lon in zip(rng.uniform(-60, 60, 200), rng.uniform(-179, 179, 200), strict=True):
        north, east = rng.uniform(-600, 600, 2)
        there = lat + north / 111_320, lon + east / (111_320 * np.cos(np.radians(lat)))
        one, other = place_keys(np.array([lat, there[0]]), np.array([lon, there[1]])).tolist()
        apart = apart_m(one, other)
        assert apart is not None
        assert apart <= np.hypot(north, east) + 1
        assert apart >= np.hypot(north, east) - 300
        assert apart_m(other, one) == pytest.approx(apart)


def test_the_distance_of_an_address_is_known_only_to_itself() -> None:
    cell = int(place_keys(np.array([26.6]), np.array([106.6]))[0])
    address = (1 << 62) | 7
    assert apart_m(address, address) == 0
    assert apart_m(cell, cell) == 0
    assert apart_m(address, cell) is None
    assert apart_m(NOWHERE, NOWHERE) is None
