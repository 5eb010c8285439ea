"""Calls that came, that were closed, and how long they took, until event time passes their tick."""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.coverage.service import bins_of
from rules.columns import AreaColumns
from rules.pending import COLUMN_BITS
from streams.categories import INFORMATION
from streams.clock import TICK_MS, tick_of
from streams.observations import FLAG_LATE, Batch, Change
from streams.records import Level

__all__ = ["CAME", "CLOSED", "LEVEL_BITS", "TOOK", "CallRows", "WaitingCalls"]

Counts = NDArray[np.int64]

CAME, CLOSED, TOOK = 0, 1, 2
_WHAT_BITS: Final = 2
LEVEL_BITS: Final = 2
"""A cell is tick << 26 | column << 2 | level: where and when a call came; of what it TOOK, the bin
of its time on task stands in the place of the tick."""
_NO_UNITS: Final = frozenset({"consultation", "non_police", "drill"})
"""What a text may turn out to be that binds no unit, whatever its category."""
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
    """Numbers by (tick that takes them, what they are, cell), whatever their order of arrival."""

    def __init__(self, prefixes: tuple[str, ...]) -> None:
        self._prefixes = prefixes
        self._loose: list[Counts] = []
        self._size = 0

    def add(self, batch: Batch, calls: CallRows, columns: AreaColumns) -> None:
        """Take in those of the categories that bind units."""
        codes = batch.column("category")[calls.rows]
        takes = np.array([self._takes(name) for name in batch.categories], dtype=np.bool_)[codes]
        takes &= _binds(batch, calls.rows)
        over, took = _closings(batch, calls)
        keep = np.flatnonzero(takes & (calls.new | (over >= 0)))
        if not keep.size:
            return
        rows = calls.rows[keep]
        opened = batch.column("time")[rows] // TICK_MS
        level = np.array([_level(batch, row) for row in rows.tolist()], dtype=np.int64)
        where = (columns.of(batch, rows) << LEVEL_BITS) | level
        cells = (opened << (COLUMN_BITS + LEVEL_BITS)) | where
        # What is closed when it counts as over already, or in a far future, changes nothing.
        new, closed = calls.new[keep], (over[keep] >= 0) & (over[keep] <= opened + _LONGEST)
        self._put(CAME, calls.effect[keep][new], cells[new])
        self._put(CLOSED, over[keep][closed], cells[closed])
        known = took[keep] >= 0
        bins = took[keep] << (COLUMN_BITS + LEVEL_BITS)
        self._put(TOOK, calls.effect[keep][known], (bins | where)[known])

    def earliest(self) -> int | None:
        """The first tick that has a row."""
        rows = self._all()
        return int(rows[0].min() >> _WHAT_BITS) if rows.size else None

    def take(self, tick: int) -> dict[int, tuple[Counts, Counts]]:
        """(cells, numbers) of what a tick takes, by what they are; it is forgotten here."""
        rows = self._all()
        due = rows[0] >> _WHAT_BITS <= tick
        self._loose, self._size = [rows[:, ~due]], int((~due).sum())
        taken = rows[:, due]
        what = taken[0] & ((1 << _WHAT_BITS) - 1)
        return {of: (taken[1][what == of], taken[2][what == of]) for of in (CAME, CLOSED, TOOK)}

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

    def _put(self, what: int, ticks: Counts, cells: Counts) -> None:
        self._loose.append(np.stack([ticks << _WHAT_BITS | what, cells, np.ones_like(cells)]))
        self._size += cells.size
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


def _binds(batch: Batch, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether units go to a report: not to a question, a drill, or what 12345 is for."""
    binds = np.ones(rows.size, dtype=np.bool_)
    if batch.findings:
        for at, row in enumerate(rows.tolist()):
            found = batch.findings.get(row)
            binds[at] = found is None or found.tier != "none" or found.outcome not in _NO_UNITS
    return binds


def _closings(batch: Batch, calls: CallRows) -> tuple[Counts, Counts]:
    """The tick that takes the end of each row's call, -1 where it goes on; the bin of its time.

    A time on task is that of a call that was closed and tells when units were sent to it; -1 for
    others.
    """
    over = np.full(calls.rows.size, -1, dtype=np.int64)
    minutes = np.full(calls.rows.size, np.nan)
    if batch.changes:
        for at, row in enumerate(calls.rows.tolist()):
            change = batch.changes.get(row)
            if change is None or change.event not in _OVER:
                continue
            over[at] = max(int(calls.effect[at]), _told_at(change))
            if change.event == "closed" and None not in (change.closed_ms, change.dispatched_ms):
                minutes[at] = (change.closed_ms - change.dispatched_ms) / TICK_MS  # type: ignore[operator]
    return over, bins_of(minutes)


def _told_at(change: Change) -> int:
    return -1 if change.closed_ms is None else tick_of(change.closed_ms)
