"""Calls that came late, for rules that revise: each takes effect from one tick on, in its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.clock import TICK_MS
from streams.observations import FLAG_LINKED, Batch

__all__ = ["LateCall", "LateRows"]


class LateCall(NamedTuple):
    """One of them. effect: the first tick whose window it corrects. time: of the event, ms."""

    effect: int
    column: int
    time: int
    place: int
    category: str
    flags: int

    @property
    def tick(self) -> int:
        """The tick that it belongs to, which takes no more rows."""
        return self.time // TICK_MS

    @property
    def linked(self) -> bool:
        """Whether the seat said that it is a repeat."""
        return bool(self.flags & FLAG_LINKED)


class LateRows:
    """Late calls whose tick of effect was not judged yet.

    That tick is the one at which its source stood when the call came, row by row, so that the cut
    of the chunks does not show. They wait no longer than rows of open ticks do.
    """

    def __init__(self) -> None:
        self._calls: list[LateCall] = []

    def add(
        self,
        batch: Batch,
        rows: NDArray[np.intp],
        columns: NDArray[np.int64],
        effects: Sequence[int],
    ) -> None:
        """Rows of a batch, each in an area column, and the tick from which it counts."""
        times, flags = batch.column("time"), batch.column("flags")
        places, category = batch.column("place"), batch.column("category")
        self._calls += [
            LateCall(
                effect,
                column,
                int(times[row]),
                int(places[row]),
                batch.categories[int(category[row])],
                int(flags[row]),
            )
            for row, column, effect in zip(rows.tolist(), columns.tolist(), effects, strict=True)
        ]

    def next_after(self, tick: int) -> int | None:
        """The first later tick at which one takes effect."""
        return min((c.effect for c in self._calls if c.effect > tick), default=None)

    def earliest(self) -> int | None:
        """The first tick at which one takes effect."""
        return min((call.effect for call in self._calls), default=None)

    def take(self, tick: int) -> list[LateCall]:
        """Those that take effect at a tick, in order of time; they are forgotten here."""
        taken = [call for call in self._calls if call.effect <= tick]
        self._calls = [call for call in self._calls if call.effect > tick]
        return sorted(taken, key=lambda call: (call.time, call))

    def snapshot(self) -> list[Any]:
        """Plain values, in a fixed order."""
        return [list(call) for call in sorted(self._calls)]

    def restore(self, state: Sequence[Sequence[Any]]) -> None:
        """Take over a snapshot."""
        self._calls = [LateCall(*call) for call in state]
