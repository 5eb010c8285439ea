"""Calls of the areas as coverage asks about them: how often they come, and how many are open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.coverage.arrivals import USUAL_MIN, Arrivals
from rules.columns import AreaColumns
from rules.coverage.learned_service import LearnedService
from rules.coverage.waiting_calls import CAME, CLOSED, LEVEL_BITS, TOOK, CallRows, WaitingCalls
from rules.pending import COLUMN_BITS, COLUMN_MASK
from streams.observations import Batch

__all__ = ["OPEN_TICKS", "OpenCalls"]

Counts = NDArray[np.int64]

OPEN_TICKS: Final = (360, 270, 135, 75)
"""Ticks by level after which a call counts as over although nobody closed it: three times the
usual time on task, which one call in twenty exceeds."""
_TOLD_TICKS: Final = 24 * 60
_URGENT_TICKS: Final = 30
_LEVELS: Final = 4
_NEVER: Final = -(1 << 40)


class OpenCalls:
    """Calls by level and area, as of a tick. Memory goes with areas and the minutes of six hours.

    A call is open from its tick until the one in which it was closed. Kept are numbers by tick,
    area and level, no calls: that a closing names the tick and area of its call is what joins them.
    """

    def __init__(self, prefixes: tuple[str, ...]) -> None:
        """prefixes: of the category codes that bind units; all but information without one."""
        self.prefixes = prefixes
        self._waiting = WaitingCalls(prefixes)
        self._arrivals = Arrivals(_LEVELS, tick_min=1.0)
        self._usual = Arrivals(_LEVELS, tick_min=1.0, memory_min=USUAL_MIN)
        self.service = LearnedService()
        self._cells: Counts = np.zeros(0, dtype=np.int64)
        self._came: Counts = np.zeros(0, dtype=np.int64)
        self._closed: Counts = np.zeros(0, dtype=np.int64)
        self._told: Counts = np.zeros(0, dtype=np.int64)  # by column: the last tick with a closing
        self._tick = 0
        self.fresh: Counts = np.zeros((_LEVELS, 0), dtype=np.int64)  # came in the last tick
        # Worked out once a tick, whichever commands ask.
        self._open: Counts | None = None
        self._urgent: NDArray[np.bool_] | None = None

    @property
    def rate(self) -> NDArray[np.float64]:
        """Calls an hour [levels, columns], an average over the last hour."""
        return self._arrivals.rate

    @property
    def usual(self) -> NDArray[np.float64]:
        """Calls an hour [levels, columns], an average over the last day that began at nothing."""
        return self._usual.rate

    def add(self, batch: Batch, rows: CallRows, columns: AreaColumns) -> None:
        """Take in rows of a batch; they wait for their tick."""
        self._waiting.add(batch, rows, columns)

    def earliest(self) -> int | None:
        """The first tick that a row waits for."""
        return self._waiting.earliest()

    def take(self, tick: int, commands: Sequence[str]) -> None:
        """A tick is over: its rows count. commands: of each column."""
        taken = self._waiting.take(tick)
        (new, numbers), (over, ended), (took, served) = taken[CAME], taken[CLOSED], taken[TOOK]
        cells = np.concatenate([new, over])
        # By what the ticks so far name, so that a mention of what comes later changes nothing.
        size = max(self._told.size, int(_column(cells).max(initial=-1)) + 1)
        came = np.zeros((_LEVELS, size), dtype=np.int64)
        np.add.at(came, (_level(new), _column(new)), numbers)
        self.fresh = came
        self._arrivals.observe(tick, came)
        self._usual.observe(tick, came)
        bins = took >> (COLUMN_BITS + LEVEL_BITS)
        self.service.take(tick, _column(took), _level(took), (bins, served), commands)
        if size > self._told.size:
            grown = np.full(size - self._told.size, _NEVER, dtype=np.int64)
            self._told = np.concatenate([self._told, grown])
        self._told[_column(over)] = tick
        self._tick = tick
        none = np.zeros_like
        self._join(
            cells,
            np.concatenate([numbers, none(ended)]),
            np.concatenate([none(numbers), ended]),
        )

    def told(self) -> NDArray[np.bool_]:
        """Whether an area's calls are ever closed, by column: whether one was within a day."""
        return self._told > self._tick - _TOLD_TICKS

    def open(self) -> Counts:
        """Calls that are open [levels, columns]."""
        if self._open is None:
            self._open = self._sum(self._cells, *self._left())
        return self._open

    def urgent(self) -> NDArray[np.bool_]:
        """Whether a call of level I or II is open, by column; half an hour where none is closed."""
        if self._urgent is None:
            self._urgent = self._grave()
        return self._urgent

    def _grave(self) -> NDArray[np.bool_]:
        group, rest = self._left()
        recent = self._cells >> (COLUMN_BITS + LEVEL_BITS) > self._tick - _URGENT_TICKS
        new = self._sum(self._cells[recent], group[recent], rest[recent])
        found = np.where(self.told(), self.open()[:2].sum(axis=0), new[:2].sum(axis=0))
        return np.asarray(found > 0)

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes."""
        columns = (self._cells, self._came, self._closed, self._told)
        return {
            "waiting": self._waiting.snapshot(),
            "arrivals": self._arrivals.snapshot(),
            "usual": self._usual.snapshot(),
            "service": self.service.snapshot(),
            "cells": [column.tobytes() for column in columns],
            "tick": self._tick,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot of calls of the same categories."""
        self._waiting.restore(state["waiting"])
        self._arrivals.restore(state["arrivals"])
        self._usual.restore(state["usual"])
        self.service.restore(state["service"])
        columns = [np.frombuffer(bytes_, dtype=np.int64).copy() for bytes_ in state["cells"]]
        self._cells, self._came, self._closed, self._told = columns
        self._tick = state["tick"]
        self._open = self._urgent = None

    def _join(self, cells: Counts, came: Counts, closed: Counts) -> None:
        """Add to the cells, and forget those whose calls are over by themselves."""
        self._open = self._urgent = None
        joined = np.concatenate([self._cells, cells])
        self._cells, at = np.unique(joined, return_inverse=True)
        size = self._cells.size
        self._came, self._closed = (
            np.bincount(at, weights=np.concatenate(parts), minlength=size).astype(np.int64)
            for parts in ((self._came, came), (self._closed, closed))
        )
        # Judged by the level they were told with; a closing of another level goes with them.
        last = self._tick - np.array(OPEN_TICKS)[_level(self._cells)]
        kept = self._cells >> (COLUMN_BITS + LEVEL_BITS) > last
        self._cells, self._came = self._cells[kept], self._came[kept]
        self._closed = self._closed[kept]

    def _left(self) -> tuple[Counts, Counts]:
        """(tick and area of each cell, calls left in it), whatever level a closing was told with.

        What was closed beyond the calls of its level is taken from the least grave ones.
        """
        group = self._cells >> LEVEL_BITS
        rest = self._came - self._closed
        places, at = np.unique(group, return_inverse=True)
        excess = -np.bincount(at, weights=np.minimum(rest, 0), minlength=places.size)
        rest = np.maximum(rest, 0)
        level = _level(self._cells)
        for least in range(_LEVELS - 1, -1, -1):
            mine = np.flatnonzero(level == least)
            cut = np.minimum(rest[mine], excess[at[mine]]).astype(np.int64)
            rest[mine] -= cut
            excess[at[mine]] -= cut
        return group, rest

    def _sum(self, cells: Counts, group: Counts, rest: Counts) -> Counts:
        found = np.zeros((_LEVELS, self._told.size), dtype=np.int64)
        np.add.at(found, (_level(cells), group & COLUMN_MASK), rest)
        return found


def _level(cells: Counts) -> Counts:
    return cells & ((1 << LEVEL_BITS) - 1)


def _column(cells: Counts) -> Counts:
    return (cells >> LEVEL_BITS) & COLUMN_MASK
