"""A tiling of a square into counties and stations that leaves no gap: integer corners, one warp.

Every polygon takes every corner that lies on one of its edges into its outline, so neighbours
share their borders vertex by vertex, and the common warp keeps them shared.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict

import numpy as np

__all__ = ["SIDE", "Outlines", "Rect", "Warp", "split"]

SIDE = 1 << 20
"""Length of the square's side in lattice steps."""

Rect = tuple[int, int, int, int]
"""Left, bottom, right, top on the lattice."""

_LON0, _LAT0 = 123.0, 34.6  # open water: no real county lies under the invented city
_KM_PER_DEGREE = 111.32
_FEW = 64


def split(rect: Rect, parts: int, rng: np.random.Generator) -> list[Rect]:
    """`parts` rectangles that tile `rect`, in rows of about square cells, sizes a little uneven."""
    left, bottom, right, top = rect
    shape = (top - bottom) / (right - left)
    rows = min(parts, max(1, round((parts * shape) ** 0.5)))
    counts = [parts // rows + (row < parts % rows) for row in range(rows)]
    heights = _cuts(bottom, top, np.array(counts, float), rng)
    cells: list[Rect] = []
    for row, count in enumerate(counts):
        widths = _cuts(left, right, np.ones(count), rng)
        cells += [
            (widths[column], heights[row], widths[column + 1], heights[row + 1])
            for column in range(count)
        ]
    return cells


def _cuts(low: int, high: int, weights: np.ndarray, rng: np.random.Generator) -> list[int]:
    """Borders that share [low, high] by the weights, each shifted by up to a fifth."""
    uneven = weights * rng.uniform(0.8, 1.2, len(weights))
    inner = low + (high - low) * np.cumsum(uneven) / uneven.sum()
    return [low, *(int(cut) for cut in inner[:-1]), high]


class Outlines:
    """Corner points along every lattice line, from which closed rings are made."""

    def __init__(self, rects: list[Rect]) -> None:
        rows: dict[int, set[int]] = defaultdict(set)
        columns: dict[int, set[int]] = defaultdict(set)
        for left, bottom, right, top in rects:
            middle_x, middle_y = (left + right) // 2, (bottom + top) // 2
            for x in (left, middle_x, right):
                rows[bottom].add(x)
                rows[top].add(x)
            for y in (bottom, middle_y, top):
                columns[left].add(y)
                columns[right].add(y)
        if len(rects) < _FEW:  # big cells: more points, so that the warped border looks smooth
            regular = range(0, SIDE + 1, SIDE // 32)
            for line in (*rows.values(), *columns.values()):
                line.update(regular)
        self._rows = {y: sorted(line) for y, line in rows.items()}
        self._columns = {x: sorted(line) for x, line in columns.items()}

    def ring(self, rect: Rect) -> list[tuple[int, int]]:
        """The closed, counter-clockwise outline of a rectangle, with every corner on it."""
        left, bottom, right, top = rect
        south = [(x, bottom) for x in _between(self._rows[bottom], left, right)]
        east = [(right, y) for y in _between(self._columns[right], bottom, top)]
        north = [(x, top) for x in reversed(_between(self._rows[top], left, right))]
        west = [(left, y) for y in reversed(_between(self._columns[left], bottom, top))]
        return [*south, *east[1:], *north[1:], *west[1:]]


def _between(line: list[int], low: int, high: int) -> list[int]:
    return line[bisect_left(line, low) : bisect_right(line, high)]


class Warp:
    """Bends the square into a city on the ground: lattice steps to WGS-84 degrees, smooth, 1:1."""

    def __init__(self, side_km: float, rng: np.random.Generator) -> None:
        self.side_km = side_km
        self._height = side_km / _KM_PER_DEGREE
        middle = np.radians(_LAT0 + self._height / 2)
        self._width = side_km / (_KM_PER_DEGREE * float(np.cos(middle)))
        self._phases = rng.uniform(0, 2 * np.pi, 4)

    def __call__(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(lon, lat) in degrees of lattice points; float64 arrays of length n, 6 decimals."""
        u, v = np.asarray(x) / SIDE, np.asarray(y) / SIDE
        p = self._phases
        # Slopes stay below 0.45 each, so the bent square never folds over itself.
        bent_u = u + 0.035 * np.sin(5 * v + p[0]) + 0.012 * np.sin(17 * v + p[1])
        bent_v = v + 0.035 * np.sin(6 * u + p[2]) + 0.012 * np.sin(15 * u + p[3])
        return (
            np.round(_LON0 + self._width * bent_u, 6),
            np.round(_LAT0 + self._height * bent_v, 6),
        )
