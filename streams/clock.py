"""Event time: which records are late, and up to when the input of all sources is complete."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["TICK_MS", "UnitMarks", "Watermarks", "standing_watermarks", "tick_of"]

TICK_MS = 60_000
"""Length of a tick, the grain of every window: one minute of event time."""


def tick_of(time_ms: int) -> int:
    """Number of the tick that a moment belongs to, counted from the epoch."""
    return time_ms // TICK_MS


def standing_watermarks(
    times: NDArray[np.int64], max_before: int | None, lateness_ms: int
) -> tuple[NDArray[np.int64], int | None]:
    """The watermark (ms) that stood when each row arrived, and the largest time after them all.

    A row whose time lies behind it is late. The watermark moves with every record, not with every
    chunk, so that the cut of the chunks does not matter (law 1). times: ms, in offset order.
    """
    if times.size == 0:
        return np.zeros(0, dtype=np.int64), max_before
    start = np.iinfo(np.int64).min // 2 if max_before is None else max_before
    running = np.maximum.accumulate(np.concatenate(([start], times)))
    return running[:-1] - lateness_ms, int(running[-1])


class Watermarks:
    """The least watermark of all source partitions, as the log tells it.

    A partition that has not reported yet holds the others back. One that reports to be idle is
    lifted to the least of those that are not, and only when its mark comes: between marks its
    watermark stands, so that a partition whose first records are a moment behind loses nothing.
    """

    def __init__(self) -> None:
        self._marks: dict[str, int | None] = {}
        self._idle: set[str] = set()
        self._sources = 1

    def update(self, source: str, sources: int, watermark: int | None, *, idle: bool) -> None:
        """Take in what a batch says of its source partition; `sources` is their number in all."""
        self._sources = sources
        held = self._marks.get(source)
        if watermark is not None:
            held = watermark if held is None else max(held, watermark)
        (self._idle.add if idle else self._idle.discard)(source)
        if idle:
            known = {s: m for s, m in self._marks.items() if m is not None and s != source}
            lift = [m for s, m in known.items() if s not in self._idle] or list(known.values())
            if lift:
                held = min(lift) if held is None else max(held, min(lift))
        self._marks[source] = held

    def least(self) -> int | None:
        """Event time (ms) up to which all partitions are complete; None while one is unheard of."""
        if len(self._marks) < self._sources:
            return None
        marks = [mark for mark in self._marks.values() if mark is not None]
        return min(marks) if len(marks) == len(self._marks) else None

    def snapshot(self) -> dict[str, Any]:
        """Plain values for the state."""
        return {
            "marks": dict(sorted(self._marks.items())),
            "idle": sorted(self._idle),
            "sources": self._sources,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._marks = dict(state["marks"])
        self._idle = set(state["idle"])
        self._sources = state["sources"]


class UnitMarks:
    """Up to when unit positions are complete, as the log tells it.

    They follow the incidents' event time and never lead it: a source that is silent holds nothing
    back. One that has not been heard of does, and as many are expected as there are sources of
    incidents, since both topics have the same partitions.
    """

    def __init__(self) -> None:
        self._marks: dict[str, int | None] = {}
        self._idle: set[str] = set()
        self._sources = 0

    def update(self, source: str, sources: int, watermark: int | None, *, idle: bool) -> None:
        """Take in what a batch says of its source partition; `sources` is their number in all."""
        self.expect(sources)
        self._marks[source] = self._marks.get(source) if watermark is None else watermark
        (self._idle.add if idle else self._idle.discard)(source)

    def expect(self, sources: int) -> None:
        """There are so many source partitions, whether or not they were heard of."""
        self._sources = sources

    def hold(self, upto: int | None) -> int | None:
        """Of the event time that incidents have reached (ms), what positions have reached too."""
        if upto is None or len(self._marks) < self._sources:
            return None
        marks = [mark for source, mark in self._marks.items() if source not in self._idle]
        return None if None in marks else min([upto, *(m for m in marks if m is not None)])

    def snapshot(self) -> dict[str, Any]:
        """Plain values for the state."""
        return {
            "marks": dict(sorted(self._marks.items())),
            "idle": sorted(self._idle),
            "sources": self._sources,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._marks = dict(state["marks"])
        self._idle = set(state["idle"])
        self._sources = state["sources"]
