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
        self._counts = _Ring(length - 1)
        self._calls = _Ring(length - 1) if linked else None

    def grow(self, columns: int) -> None:
        """Add so many columns."""
        self._counts.grow(columns)
        if self._calls is not None:
            self._calls.grow(columns)

    def slide(self, fresh: Fresh) -> tuple[Ints, Ints | None]:
        """Events, and calls, in the windows that end with each fresh tick: [ticks, columns]."""
        window = self._counts.slide(fresh.counts, fresh.late)
        if fresh.calls is None or self._calls is None:
            return window, None
        return window, self._calls.slide(fresh.calls, fresh.late_calls)

    def recent(self, fresh: Fresh) -> Ints:
        """The ticks that windows reach which end with fresh ones: [length - 1 + ticks, columns]."""
        return self._counts.ticks(fresh.counts, fresh.late)

    def empty(self) -> bool:
        """Whether nothing is in reach of the next window."""
        return self._counts.empty() and (self._calls is None or self._calls.empty())

    def inherit(self, other: Windows) -> None:
        """Begin with the ticks of windows over the same columns, as far as they reach."""
        self._counts.inherit(other._counts)
        if self._calls is not None and other._calls is not None:
            self._calls.inherit(other._calls)

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes; `areas` is the number of columns."""
        calls = {} if self._calls is None else {"calls": self._calls.tail().tobytes()}
        tail = self._counts.tail()
        return {"areas": tail.shape[1], "tail": tail.tobytes(), **calls}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot of windows of the same length."""
        self._counts.restore(state["tail"], state["areas"])
        if self._calls is not None:
            self._calls.restore(state["calls"], state["areas"])


class _Ring:
    """The last `reach` ticks of every column, and their sums: a tick costs one row, not a window.

    `_at` is the row of the oldest tick, and the place of the next one.
    """

    def __init__(self, reach: int) -> None:
        self._rows = np.zeros((reach, 0), dtype=np.int32)
        self._sums: Ints = np.zeros(0, dtype=np.int64)
        self._at = 0

    def grow(self, columns: int) -> None:
        self._rows = np.pad(self._rows, ((0, 0), (0, columns)))
        self._sums = np.pad(self._sums, (0, columns))

    def slide(self, fresh: Ints, late: Ints | None) -> Ints:
        """Sums over the window at every fresh tick; then these are kept."""
        reach = len(self._rows)
        if late is None and len(fresh) < reach:
            return self._step(fresh)
        ticks = self.ticks(fresh, late)
        total = np.cumsum(ticks, axis=0)
        window = total[reach:].copy()
        window[1:] -= total[: -reach - 1]
        self._keep(ticks[len(ticks) - reach :])
        return window

    def ticks(self, fresh: Ints, late: Ints | None) -> Ints:
        ticks = np.vstack([self.tail(), fresh])
        if late is not None:
            ticks[: len(self._rows) + 1] += late
        return ticks

    def tail(self) -> NDArray[np.int32]:
        """The last ticks in their order."""
        return np.roll(self._rows, -self._at, axis=0)

    def empty(self) -> bool:
        return not self._sums.any()

    def inherit(self, other: _Ring) -> None:
        rows = min(len(self._rows), len(other._rows))
        tail = self.tail()
        tail[len(tail) - rows :] = other.tail()[len(other._rows) - rows :]
        self._keep(tail)

    def restore(self, tail: bytes, columns: int) -> None:
        shape = len(self._rows), columns
        self._keep(np.frombuffer(tail, dtype=np.int32).reshape(shape))

    def _step(self, fresh: Ints) -> Ints:
        window = np.empty(fresh.shape, dtype=np.int64)
        for row, counts in zip(window, fresh, strict=True):
            np.add(self._sums, counts, out=row)
            np.subtract(row, self._rows[self._at], out=self._sums)
            self._rows[self._at] = counts
            self._at = (self._at + 1) % len(self._rows)
        return window

    def _keep(self, tail: NDArray[np.integer[Any]]) -> None:
        self._rows = tail.astype(np.int32)
        self._sums = self._rows.sum(axis=0, dtype=np.int64)
        self._at = 0
