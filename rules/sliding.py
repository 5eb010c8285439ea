"""Counts in sliding windows of ticks, block by block, and the calls behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fresh", "Windows"]

Ints = NDArray[np.int64]


class Fresh(NamedTuple):
    """What is new in a block of ticks; arrays are [ticks, columns].

    calls: those behind the counts, where they are linked. late, late_calls: what came late, by the
    ticks of the window that ends with the block's first one; it counts from that window on.
    """

    counts: Ints
    calls: Ints | None = None
    late: Ints | None = None
    late_calls: Ints | None = None

    def over(self, sums: Callable[[Ints], Ints]) -> Fresh:
        """The same by groups of columns."""
        return Fresh(*(None if part is None else sums(part) for part in self))  # type: ignore[arg-type]


class Windows:
    """The last ticks of every column of a rule, so that the next block's windows are whole.

    length: ticks of a window. linked: whether the calls behind the counts are kept as well.
    """

    def __init__(self, length: int, *, linked: bool) -> None:
        self._length = length
        self._tail: Ints = np.zeros((length - 1, 0), dtype=np.int64)
        self._calls = np.zeros((length - 1, 0), dtype=np.int32) if linked else None

    def grow(self, columns: int) -> None:
        """Add so many columns."""
        self._tail = np.pad(self._tail, ((0, 0), (0, columns)))
        if self._calls is not None:
            self._calls = np.pad(self._calls, ((0, 0), (0, columns)))

    def slide(self, fresh: Fresh) -> tuple[Ints, Ints | None]:
        """Events, and calls, in the windows that end with each fresh tick: [ticks, columns]."""
        window, self._tail = _slide(self._tail, fresh.counts, fresh.late)
        if fresh.calls is None or self._calls is None:
            return window, None
        behind, tail = _slide(self._calls.astype(np.int64), fresh.calls, fresh.late_calls)
        self._calls = tail.astype(np.int32)
        return window, behind

    def recent(self, fresh: Fresh) -> Ints:
        """The ticks that windows reach which end with fresh ones: [length - 1 + ticks, columns]."""
        return _ticks(self._tail, fresh.counts, fresh.late)

    def empty(self) -> bool:
        """Whether nothing is in reach of the next window."""
        return not self._tail.any() and (self._calls is None or not self._calls.any())

    def inherit(self, other: Windows) -> None:
        """Begin with the ticks of windows over the same columns, as far as they reach."""
        rows = min(len(self._tail), len(other._tail))
        if not rows:
            return
        self._tail[-rows:] = other._tail[-rows:]
        if self._calls is not None and other._calls is not None:
            self._calls[-rows:] = other._calls[-rows:]

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes; `areas` is the number of columns."""
        calls = {} if self._calls is None else {"calls": self._calls.tobytes()}
        return {"areas": self._tail.shape[1], "tail": self._tail.tobytes(), **calls}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot of windows of the same length."""
        shape = self._length - 1, state["areas"]
        self._tail = np.frombuffer(state["tail"], dtype=np.int64).reshape(shape).copy()
        if self._calls is not None:
            self._calls = np.frombuffer(state["calls"], dtype=np.int32).reshape(shape).copy()


def _slide(tail: Ints, fresh: Ints, late: Ints | None) -> tuple[Ints, Ints]:
    """Sums over the window at every fresh tick, and the tail for the next block."""
    ticks, length = _ticks(tail, fresh, late), len(tail) + 1
    total = np.cumsum(ticks, axis=0)
    window = total[length - 1 :].copy()
    window[1:] -= total[:-length]
    return window, ticks[len(ticks) - (length - 1) :].copy()


def _ticks(tail: Ints, fresh: Ints, late: Ints | None) -> Ints:
    ticks = np.vstack([tail, fresh])
    if late is not None:
        ticks[: len(tail) + 1] += late
    return ticks
