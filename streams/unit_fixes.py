"""Fixes of one chunk in columns: what the unit tracker computes with, taken out of the records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.records import UnitPosition
from streams.unit_rows import ASSIGNED, KINDS, STATUSES

__all__ = ["Fixes"]

_MOST = 255
_STATUS = {word: code for code, word in enumerate(STATUSES)}
_KIND = {word: code for code, word in enumerate(KINDS)}


class Fixes(Struct, frozen=True):
    """n fixes in offset order; row i of every column goes with `records[i]`.

    time: ms. lat, lon: degrees, WGS-84. accuracy: metres, 0 where the record had none. doubtful:
    the coordinate system is unknown. shift_end: ms, 0 where the record had none.
    """

    records: Sequence[UnitPosition]
    offset: NDArray[np.int64]
    time: NDArray[np.int64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    doubtful: NDArray[np.bool_]
    status: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    officers: NDArray[np.uint8]
    auxiliaries: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    shift_end: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        records: Sequence[UnitPosition],
        offset: NDArray[np.int64],
        time: NDArray[np.int64],
    ) -> Fixes:
        """Columns of records whose offsets and event times (ms) are known already."""
        ends = [
            0 if fix.shift_end is None else round(fix.shift_end.timestamp() * 1000)
            for fix in records
        ]
        return cls(
            records,
            offset,
            time,
            np.array([fix.lat for fix in records], dtype=np.float64),
            np.array([fix.lon for fix in records], dtype=np.float64),
            np.array([fix.accuracy_m or 0.0 for fix in records], dtype=np.float64),
            np.array([fix.coord_sys == "unknown" for fix in records], dtype=np.bool_),
            np.array([_STATUS[fix.status] for fix in records], dtype=np.uint8),
            np.array([_KIND[fix.unit_type] for fix in records], dtype=np.uint8),
            np.array([min(fix.officers, _MOST) for fix in records], dtype=np.uint8),
            np.array([min(fix.auxiliaries, _MOST) for fix in records], dtype=np.uint8),
            np.array(
                [0 if fix.incident_id is None else ASSIGNED for fix in records], dtype=np.uint8
            ),
            np.array(ends, dtype=np.int64),
        )
