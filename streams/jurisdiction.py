"""Whose an incident is: its own area, its point's, or the first receiver's where that is unclear.

No report is nobody's (capability C19): where the area is not known, the nearest station goes first,
and the alert says that whose it is has to be settled.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.areas import UNKNOWN_AREA, AreaTree
from streams.observations import FLAG_OUTSIDE, FLAG_UNCLEAR
from streams.records import Incident

__all__ = ["Jurisdiction"]


class Jurisdiction:
    """The areas of an installation, asked for the rows of a chunk."""

    def __init__(self, areas: AreaTree) -> None:
        self._areas = areas
        self._known = frozenset(areas.ids())
        self._of_adcode = areas.of_adcode()

    def located(self, incidents: Sequence[Incident]) -> tuple[list[str], NDArray[np.uint8]]:
        """The area of every row, and `FLAG_UNCLEAR` and `FLAG_OUTSIDE` where they hold.

        Its own area if that is known, else the one its point lies in, else the nearest station,
        however far; without a point the area that its division code names, else what the data says
        (`unknown` if it says nothing), which the root command answers for. Where no area is known
        at all, nothing is unclear.
        """
        area_ids = [record.area_id or UNKNOWN_AREA for record in incidents]
        flags = np.zeros(len(incidents), dtype=np.uint8)
        known = self._known
        if not known:
            return area_ids, flags
        lost = [row for row, area_id in enumerate(area_ids) if area_id not in known]
        if not lost:
            return area_ids, flags
        flags[lost] = FLAG_UNCLEAR
        asked = [row for row in lost if incidents[row].lat is not None]
        if asked and self._areas.index.ids:
            self._by_point(incidents, asked, area_ids, flags)
        for row in lost:
            adcode = incidents[row].adcode
            if area_ids[row] == UNKNOWN_AREA and adcode in self._of_adcode:
                area_ids[row] = self._of_adcode[adcode]
                flags[row] |= FLAG_OUTSIDE
        return area_ids, flags

    def _by_point(
        self,
        incidents: Sequence[Incident],
        asked: list[int],
        area_ids: list[str],
        flags: NDArray[np.uint8],
    ) -> None:
        lat = np.array([incidents[row].lat for row in asked], dtype=np.float64)
        lon = np.array([incidents[row].lon for row in asked], dtype=np.float64)
        # A point of unknown datum may be off by hundreds of metres: only deep inside it is sure.
        doubtful = np.array([incidents[row].coord_sys == "unknown" for row in asked])
        found, clear, near = self._areas.index.receiver(lat, lon, doubtful)
        for row, position, is_clear, is_near in zip(
            asked, found.tolist(), clear.tolist(), near.tolist(), strict=True
        ):
            area_ids[row] = self._areas.index.ids[position]
            flags[row] = (0 if is_clear else FLAG_UNCLEAR) | (0 if is_near else FLAG_OUTSIDE)
