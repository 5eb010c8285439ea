"""Clusters across the borders of areas: the zones that a scan looks at, and those it found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors import Verdicts
from detectors.base import Days
from detectors.seasonal_baseline import SeasonalParameters
from detectors.space_time_scan import SpaceTimeScan
from streams.areas import AreaTree

__all__ = ["MOST_NEAR", "Clusters", "Found", "Zones"]

MOST_NEAR = 8
"""How many of the nearest areas a zone has at most, beside its own."""


class Zones(Struct, frozen=True):
    """The best zone around each area at each tick: its first `size` of `near`, and its length."""

    near: NDArray[np.intp]
    size: NDArray[np.int8]
    ticks: NDArray[np.int32]

    def stations(self, row: int, column: int) -> list[int]:
        """Columns of the areas in the zone around an area; the zone's middle comes first."""
        zone = self.near[column, : int(self.size[row, column])]
        return [int(station) for station in zone if station >= 0]

    def beside(self, row: int, column: int, others: Sequence[int]) -> set[int]:
        """Those of other areas whose zones overlap that of an area."""
        mine = set(self.stations(row, column))
        return {o for o in others if o != column and mine.intersection(self.stations(row, o))}


class Found(Struct, frozen=True):
    """Events in the best zones, [ticks, areas], what the scan says of them, and which they are."""

    events: NDArray[np.int64]
    verdicts: Verdicts
    zones: Zones


class Clusters:
    """A scan over areas and the nearest ones of the same command, as far as they were seen yet."""

    def __init__(
        self, config: SeasonalParameters, areas: AreaTree, *, window_ticks: int, ticks_per_hour: int
    ) -> None:
        self._scan = SpaceTimeScan(config, window_ticks=window_ticks, ticks_per_hour=ticks_per_hour)
        self._areas = areas
        self._columns: dict[str, int] = {}
        self._near: NDArray[np.intp] = np.zeros((0, 1 + MOST_NEAR), dtype=np.intp)

    def observe(
        self,
        first_tick: int,
        fresh: NDArray[np.int64],
        recent: NDArray[np.int64],
        judged: NDArray[np.bool_],
        area_ids: Sequence[str],
        late: NDArray[np.int64] | None = None,
    ) -> Found:
        """The best zone around each area; arguments as for `SpaceTimeScan.observe`.

        area_ids: of the columns.
        """
        self._grow(area_ids)
        found = self._scan.observe(first_tick, fresh, recent, self._near, judged, late)
        zones = Zones(self._near, found.size, found.ticks)
        return Found(found.events, found.verdicts, zones)

    def use_days(self, days: Days) -> None:
        """See `KnowsDays.use_days`."""
        self._scan.use_days(days)

    def snapshot(self) -> dict[str, Any]:
        """What was learned of the areas; zones follow from the areas file."""
        return self._scan.snapshot()

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._scan.restore(state)

    def _grow(self, area_ids: Sequence[str]) -> None:
        if len(area_ids) == len(self._columns):
            return
        self._columns = {area_id: column for column, area_id in enumerate(area_ids)}
        self._near = np.full((len(area_ids), 1 + MOST_NEAR), -1, dtype=np.intp)
        for column, area_id in enumerate(area_ids):
            near = self._areas.nearest(area_id, MOST_NEAR)
            self._near[column, : 1 + len(near)] = [
                column, *(self._columns.get(other, -1) for other in near)
            ]  # fmt: skip
