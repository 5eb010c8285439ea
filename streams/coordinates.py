"""Coordinate systems of Chinese maps to WGS-84 and back, vectorised and decided by the tag alone.

GCJ-02 shifts a point by 100-700 m inside a bounding box around China (and not at all outside);
BD-09 shifts a GCJ-02 point once more. CGCS2000 equals WGS-84 within decimetres. Converting twice is
the classic fault, so a conversion is a function of the tag: `wgs84` in, `wgs84` out, nothing done.
Source: the published approximation of the GCJ-02 shift (Krasovsky 1940 ellipsoid), capability C13.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.records import CoordSys

__all__ = [
    "bd09_to_gcj02",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "looks_swapped",
    "to_wgs84",
    "wgs84_to_gcj02",
]

Degrees = NDArray[np.float64]

_BOX = (0.8293, 55.8271, 72.004, 137.8347)
"""South, north, west, east: the shift exists only inside. The box covers neighbours too."""
_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_CHINA_PARTING = 55.0
_INVERSE_STEPS = 6
"""The shift changes by under 0.1 % per step, so that six steps end far below the asked 0.5 m."""


def wgs84_to_gcj02(lat: Degrees, lon: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 of WGS-84 points. Degrees, float64 arrays of length n; outside the box unchanged."""
    d_lat, d_lon = _shift(lat, lon)
    inside = _inside(lat, lon)
    return np.where(inside, lat + d_lat, lat), np.where(inside, lon + d_lon, lon)


def gcj02_to_wgs84(lat: Degrees, lon: Degrees) -> tuple[Degrees, Degrees]:
    """WGS-84 of GCJ-02 points, by fixed-point iteration of the forward shift (error < 0.5 m)."""
    guess_lat, guess_lon = np.array(lat, dtype=np.float64), np.array(lon, dtype=np.float64)
    inside = _inside(guess_lat, guess_lon)
    for _ in range(_INVERSE_STEPS):
        d_lat, d_lon = _shift(guess_lat, guess_lon)
        guess_lat = np.where(inside, lat - d_lat, lat)
        guess_lon = np.where(inside, lon - d_lon, lon)
    return guess_lat, guess_lon


def gcj02_to_bd09(lat: Degrees, lon: Degrees) -> tuple[Degrees, Degrees]:
    """BD-09 of GCJ-02 points. Degrees, float64 arrays of length n."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.sin(angle) + 0.006, radius * np.cos(angle) + 0.0065


def bd09_to_gcj02(lat: Degrees, lon: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 of BD-09 points, by fixed-point iteration of the forward step."""
    guess_lat, guess_lon = lat - 0.006, lon - 0.0065
    for _ in range(_INVERSE_STEPS):
        back_lat, back_lon = gcj02_to_bd09(guess_lat, guess_lon)
        guess_lat, guess_lon = guess_lat + (lat - back_lat), guess_lon + (lon - back_lon)
    return guess_lat, guess_lon


def to_wgs84(lat: Degrees, lon: Degrees, system: CoordSys) -> tuple[Degrees, Degrees, CoordSys]:
    """Points and their new tag: `wgs84`, except that `unknown` stays as it is and stays marked.

    lat, lon: degrees, float64 arrays of length n, all of one coordinate system.
    """
    if system == "gcj02":
        return *gcj02_to_wgs84(lat, lon), "wgs84"
    if system == "bd09":
        gcj_lat, gcj_lon = bd09_to_gcj02(lat, lon)
        # Baidu leaves points abroad in WGS-84 plus its own step; the box test is on the GCJ point.
        return *gcj02_to_wgs84(gcj_lat, gcj_lon), "wgs84"
    return lat, lon, "unknown" if system == "unknown" else "wgs84"


def looks_swapped(lat: float, lon: float) -> bool:
    """Whether a pair said to lie in China can only be meant the other way round.

    China ends at 54 degrees north and begins at 73 degrees east.
    """
    return lat > _CHINA_PARTING and lon < _CHINA_PARTING


def _inside(lat: Degrees, lon: Degrees) -> NDArray[Any]:
    south, north, west, east = _BOX
    return (lat >= south) & (lat <= north) & (lon >= west) & (lon <= east)


def _shift(lat: Degrees, lon: Degrees) -> tuple[Degrees, Degrees]:
    """The GCJ-02 shift in degrees at WGS-84 points."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (
        ripple
        + 20.0 * np.sin(y * np.pi)
        + 40.0 * np.sin(y / 3.0 * np.pi)
        + 160.0 * np.sin(y / 12.0 * np.pi)
        + 320.0 * np.sin(y * np.pi / 30.0)
    ) * (2.0 / 3.0)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (
        ripple
        + 20.0 * np.sin(x * np.pi)
        + 40.0 * np.sin(x / 3.0 * np.pi)
        + 150.0 * np.sin(x / 12.0 * np.pi)
        + 300.0 * np.sin(x / 30.0 * np.pi)
    ) * (2.0 / 3.0)
    radians = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY_2 * np.sin(radians) ** 2
    meridian = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_2) / magic**1.5
    parallel = _SEMI_MAJOR_M / np.sqrt(magic) * np.cos(radians)
    return np.degrees(north / meridian), np.degrees(east / parallel)
