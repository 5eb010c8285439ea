"""Unit positions at intake: which are late, which refused, and the rows that come of the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from msgspec import Struct

from streams.areas import AreaTree
from streams.chunk import Chunk, Source
from streams.clock import standing_watermarks
from streams.raw import Refusal
from streams.runs import runs_of
from streams.unit_areas import UnitAreas
from streams.unit_fixes import Fixes
from streams.unit_rows import UnitRows
from streams.unit_tracker import Changes, UnitTracker

__all__ = ["UnitReading", "UnitStage", "UnitTally"]

_JUMP: Final = Refusal(
    reason="position_jump",
    detail="the unit would have moved faster than 60 m/s since its last fix, accuracies taken off: "
    "look at the receiver, and whether two units send under one id",
)


class Limits(Protocol):
    """What the stage needs of the settings of intake."""

    @property
    def partitions(self) -> int:
        """Of the log."""

    @property
    def lateness_ms(self) -> int:
        """How far behind the largest event time of its source partition a fix may be."""


class UnitTally(Struct, frozen=True):
    """What became of a chunk's fixes: those dropped by reason, and the rows written for the rest.

    age_ms: from the event time of the chunk's middle fix to its arrival.
    """

    dropped: dict[str, int]
    written: int
    age_ms: float


class UnitReading(Struct, frozen=True):
    """Fixes of one chunk, judged. accepted, late: runs of offsets. max_fix: as in `Progress`."""

    accepted: bytes
    late: bytes
    max_fix: int | None
    changes: Changes | None = None
    tally: UnitTally | None = None

    def rows_of(self, partition: int) -> UnitRows | None:
        """The changes that belong to one partition of the log; None where there are none."""
        return None if self.changes is None else self.changes.rows_of(partition)


class UnitStage:
    """The trackers of all source partitions. home_of: partition of the log of an area."""

    def __init__(self, tree: AreaTree, home_of: Callable[[str], int], limits: Limits) -> None:
        self._areas = UnitAreas(tree, home_of)
        self._limits = limits
        self._trackers: dict[str, UnitTracker] = {}

    def read(self, source: Source, chunk: Chunk, max_fix: int | None) -> UnitReading:
        """Judge the fixes of a chunk, and refuse in it those that jump."""
        if not chunk.fixes:
            return UnitReading(b"", b"", max_fix)
        arrivals, offsets = chunk.arrivals[chunk.fix_rows], chunk.offsets[chunk.fix_rows]
        # A unit whose clock runs ahead must not make the fixes of all others late.
        sent = np.minimum(chunk.fix_times, arrivals)
        standing, max_fix = standing_watermarks(sent, max_fix, self._limits.lateness_ms)
        late = sent < standing
        timely = np.flatnonzero(~late)
        records = chunk.fixes if timely.size == late.size else [chunk.fixes[i] for i in timely]
        tracker = self._trackers.get(source.name)
        if tracker is None:
            tracker = UnitTracker(self._areas, self._limits.partitions)
            self._trackers[source.name] = tracker
        changes = tracker.reduce(Fixes.of(records, offsets[timely], chunk.fix_times[timely]))
        jumped = timely[changes.jumped]
        for row in chunk.fix_rows[jumped].tolist():
            chunk.refuse(row, _JUMP)
        late_count, jumps = int(late.sum()), int(jumped.size)
        return UnitReading(
            accepted=runs_of(np.delete(offsets[timely], changes.jumped)),
            late=runs_of(offsets[late]),
            max_fix=max_fix,
            changes=changes,
            tally=UnitTally(
                dropped={
                    "late": late_count,
                    "jump": jumps,
                    "older": changes.older,
                    "off": changes.off,
                },
                written=len(changes.row),
                age_ms=float(np.median(arrivals - chunk.fix_times)),
            ),
        )

    def forget(self, source: Source) -> None:
        """Drop what is remembered of the units of a source partition."""
        self._trackers.pop(source.name, None)
