"""Calls that came and calls that were closed, in numbers, until event time passes their tick."""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.columns import AreaColumns
from rules.pending import COLUMN_BITS
from streams.categories import INFORMATION
from streams.clock import TICK_MS, tick_of
from streams.observations import FLAG_LATE, Batch, Change
from streams.records import Level

__all__ = ["CAME", "CLOSED", "LEVEL_BITS", "CallRows", "WaitingCalls"]

Counts = NDArray[np.int64]

CAME, CLOSED = 0, 1
LEVEL_BITS: Final = 2
"""A cell is tick << 26 | column << 2 | level: where and when a call came."""
_OVER: Final = frozenset({"closed", "cancelled", "diverted"})
_LEVELS: Final[dict[Level, int]] = {"I": 0, "II": 1, "III": 2, "IV": 3}
_USUAL: Final = _LEVELS["III"]
_LONGEST: Final = 360
"""Ticks after which no call is open any more."""
_COMPACT_AT: Final = 65_536


class CallRows(Struct, frozen=True):
    """Rows of a batch that are about calls, no repetitions and no drills.

    new: which of them are the first of their call; effect: the tick that takes each of them.
    """

    rows: NDArray[np.intp]
    new: NDArray[np.bool_]
    effect: Counts

    @classmethod
    def of(
        cls, batch: Batch, rows: NDArray[np.intp], new: NDArray[np.bool_], sealed: int
    ) -> CallRows:
        """The rows with the tick of each; what comes late counts when it comes.

        sealed: the first tick that still takes rows. As with heat, a late row's watermark tells
        when it came, so that the cut of the chunks does not matter.
        """
        effect = batch.column("time")[rows] // TICK_MS
        for at in np.flatnonzero(batch.column("flags")[rows] & FLAG_LATE).tolist():
            stood = batch.behind.get(int(rows[at]))
            effect[at] = sealed if stood is None else tick_of(stood)
        return cls(rows, new, np.maximum(effect, sealed))


class WaitingCalls:
    """Numbers by (tick that takes them, came or closed, cell), whatever their order of arrival."""

    def __init__(self, prefixes: tuple[str, ...]) -> None:
        self._prefixes = prefixes
        self._loose: list[Counts] = []
        self._size = 0

    def add(self, batch: Batch, calls: CallRows, columns: AreaColumns) -> None:
        """Take in those of the categories that bind units."""
        codes = batch.column("category")[calls.rows]
        takes = np.array([self._takes(name) for name in batch.categories], dtype=np.bool_)
        over = _closings(batch, calls)
        keep = np.flatnonzero(takes[codes] & (calls.new | (over >= 0)))
        if not keep.size:
            return
        rows = calls.rows[keep]
        opened = batch.column("time")[rows] // TICK_MS
        level = np.array([_level(batch, row) for row in rows.tolist()], dtype=np.int64)
        cells = (((opened << COLUMN_BITS) | columns.of(batch, rows)) << LEVEL_BITS) | level
        one = np.ones(keep.size, dtype=np.int64)
        # What is closed when it counts as over already, or in a far future, changes nothing.
        new, closed = calls.new[keep], (over[keep] >= 0) & (over[keep] <= opened + _LONGEST)
        self._put(np.stack([calls.effect[keep] << 1 | CAME, cells, one])[:, new])
        self._put(np.stack([over[keep] << 1 | CLOSED, cells, one])[:, closed])

    def earliest(self) -> int | None:
        """The first tick that has a row."""
        rows = self._all()
        return int(rows[0].min() >> 1) if rows.size else None

    def take(self, tick: int) -> tuple[Counts, Counts, Counts]:
        """(cells, numbers, CAME or CLOSED) of what a tick takes; it is forgotten here."""
        rows = self._all()
        due = rows[0] >> 1 <= tick
        self._loose, self._size = [rows[:, ~due]], int((~due).sum())
        taken = rows[:, due]
        return taken[1], taken[2], taken[0] & 1

    def snapshot(self) -> bytes:
        """Equal rows give equal bytes."""
        self._compact()
        return self._all().tobytes()

    def restore(self, state: bytes) -> None:
        """Take over a snapshot."""
        rows = np.frombuffer(state, dtype=np.int64).reshape(3, -1).copy()
        self._loose, self._size = [rows], rows.shape[1]

    def _takes(self, category: str) -> bool:
        if self._prefixes:
            return category.startswith(self._prefixes)
        return not category.startswith(INFORMATION)

    def _put(self, rows: Counts) -> None:
        self._loose.append(rows)
        self._size += rows.shape[1]
        if self._size > _COMPACT_AT:
            self._compact()

    def _all(self) -> Counts:
        if not self._loose:
            return np.zeros((3, 0), dtype=np.int64)
        if len(self._loose) > 1:
            self._loose = [np.concatenate(self._loose, axis=1)]
        return self._loose[0]

    def _compact(self) -> None:
        rows = self._all()
        keys, at = np.unique(rows[:2], axis=1, return_inverse=True)
        counts = np.bincount(at.reshape(-1), weights=rows[2], minlength=keys.shape[1])
        self._loose = [np.concatenate([keys, counts[None].astype(np.int64)])]
        self._size = keys.shape[1]


def _level(batch: Batch, row: int) -> int:
    """What the report was graded, III at least: most calls have no grade, and take a unit."""
    finding = batch.findings.get(row)
    return _USUAL if finding is None else min(_USUAL, _LEVELS[finding.level])


def _closings(batch: Batch, calls: CallRows) -> Counts:
    """The tick that takes the end of each row's call, -1 where it goes on."""
    over = np.full(calls.rows.size, -1, dtype=np.int64)
    if batch.changes:
        for at, row in enumerate(calls.rows.tolist()):
            change = batch.changes.get(row)
            if change is not None and change.event in _OVER:
                over[at] = max(int(calls.effect[at]), _told_at(change))
    return over


def _told_at(change: Change) -> int:
    return -1 if change.closed_ms is None else tick_of(change.closed_ms)
