"""Rows of unit presence on the log: what a unit is, does and where it belongs, never its point."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args, get_type_hints

import numpy as np
from msgspec import Struct

from streams.records import UnitPosition

__all__ = ["ASSIGNED", "DTYPES", "GONE", "KINDS", "OFF", "STATUSES", "UnitColumn", "UnitRows"]


def _words(name: str) -> tuple[str, ...]:
    return get_args(get_type_hints(UnitPosition)[name])


KINDS: Final = _words("unit_type")
"""Kinds of unit; the code of one is its place here, so that new ones go to the end."""
STATUSES: Final = _words("status")
"""Statuses of a unit; the code of one is its place here, so that new ones go to the end."""
OFF: Final = STATUSES.index("off")
ASSIGNED: Final = 1
"""Flag: an incident is assigned to the unit."""
GONE: Final = -1
"""Area of a row that says: the unit is no longer of this partition (`left`), or off duty."""

UnitColumn = Literal[
    "offset", "time", "area", "status", "kind", "officers", "auxiliaries", "flags", "shift_end"
]


class UnitRows(Struct, frozen=True, kw_only=True):
    """Changes of units, in the order of their source offsets.

    ids: call signs. Columns are little-endian numpy bytes of their length: offset i8, time i8 (ms),
    area i4 (into `areas`, or GONE), status u1 (into STATUSES), kind u1 (into KINDS), officers and
    auxiliaries u1 (255 is `or more`), flags u1, shift_end i8 (ms; 0 where the record had none).
    """

    ids: list[str]
    areas: list[str]
    offset: bytes
    time: bytes
    area: bytes
    status: bytes
    kind: bytes
    officers: bytes
    auxiliaries: bytes
    flags: bytes
    shift_end: bytes

    def column(self, name: UnitColumn) -> np.ndarray[Any, Any]:
        """A column as a read-only numpy array."""
        return np.frombuffer(getattr(self, name), dtype=DTYPES[name])


DTYPES: Final[dict[UnitColumn, str]] = {
    "offset": "<i8",
    "time": "<i8",
    "area": "<i4",
    "status": "u1",
    "kind": "u1",
    "officers": "u1",
    "auxiliaries": "u1",
    "flags": "u1",
    "shift_end": "<i8",
}
