"""Conversions between coordinate systems: published vectors, size of the shift, idempotence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.coordinates import (
    gcj02_to_bd09,
    gcj02_to_wgs84,
    to_wgs84,
    wgs84_to_gcj02,
)


def metres(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Great-circle distance on a sphere of 6,378,137 m."""
    a, b = np.radians([lat_a, lat_b])
    half = np.sin((b - a) / 2) ** 2
    half += np.cos(a) * np.cos(b) * np.sin(np.radians(lon_b - lon_a) / 2) ** 2
    return float(2 * 6_378_137 * np.arcsin(np.sqrt(half)))


def test_published_vector() -> None:
    lat, lon = wgs84_to_gcj02(np.array([31.280844]), np.array([120.596931]))
    assert lat[0] == pytest.approx(31.2786486, abs=1e-6)
    assert lon[0] == pytest.approx(120.6010999, abs=1e-6)


def test_size_of_the_shift() -> None:
    lat, lon = wgs84_to_gcj02(np.array([26.6470]), np.array([106.6302]))
    assert metres(26.6470, 106.6302, lat[0], lon[0]) == pytest.approx(541, abs=1)


@given(lat=st.floats(3, 54), lon=st.floats(73, 136))
@settings(max_examples=200, deadline=None)
def test_the_inverse_ends_within_half_a_metre(lat: float, lon: float) -> None:
    there = wgs84_to_gcj02(np.array([lat]), np.array([lon]))
    back_lat, back_lon = gcj02_to_wgs84(*there)
    assert metres(lat, lon, back_lat[0], back_lon[0]) <= 0.5
    bd_lat, bd_lon, tag = to_wgs84(*gcj02_to_bd09(*there), "bd09")
    assert metres(lat, lon, bd_lat[0], bd_lon[0]) <= 0.5
    assert tag == "wgs84"


def test_nothing_moves_outside_the_box() -> None:
    lat, lon = np.array([40.1, 0.8292, 55.8272, 30.0]), np.array([-75.3, 100.0, 100.0, 137.8348])
    for convert in (wgs84_to_gcj02, gcj02_to_wgs84):
        new_lat, new_lon = convert(lat, lon)
        assert new_lat.tolist() == lat.tolist()
        assert new_lon.tolist() == lon.tolist()


@pytest.mark.parametrize("system", ["gcj02", "bd09", "cgcs2000", "wgs84", "unknown"])
def test_the_tag_decides_so_that_twice_is_once(system: str) -> None:
    point = (np.array([26.6433]), np.array([106.6338]))
    once = to_wgs84(*point, system)  # type: ignore[arg-type]
    twice = to_wgs84(*once)
    assert once[0].tolist() == twice[0].tolist()
    assert once[2] == twice[2]
    assert once[2] == ("unknown" if system == "unknown" else "wgs84")


def test_equal_systems_do_not_move() -> None:
    lat, lon, _ = to_wgs84(np.array([26.6]), np.array([106.6]), "cgcs2000")
    assert (lat[0], lon[0]) == (26.6, 106.6)
