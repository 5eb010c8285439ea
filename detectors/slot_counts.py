"""Counts of the last slots of equal length, area by area: what came since the start of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SlotCounts", "slots_of"]

_MOST = np.iinfo(np.int16).max


def slots_of(first_tick: int, ticks: int, length: int) -> Iterator[tuple[int, slice]]:
    """(slot from the epoch, rows) of every slot that a block of ticks touches."""
    row = 0
    while row < ticks:
        slot = (first_tick + row) // length
        end = min(ticks, (slot + 1) * length - first_tick)
        yield slot, slice(row, end)
        row = end


class SlotCounts:
    """A ring of `slots` slots, two bytes each; a count stops at 32,767."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._ring = np.zeros((slots, 0), dtype=np.int16)
        self._slot: int | None = None

    def earlier(self, slot: int, areas: int) -> NDArray[np.int32]:
        """What came in the slots before `slot`, since the start of each: [slots, areas].

        From the latest start, which is that of `slot` itself and holds nothing, to the earliest;
        slots that were left out had no events.
        """
        self._grow(areas)
        self._enter(slot)
        total = np.zeros((self._slots, areas), dtype=np.int32)
        for back in range(1, self._slots):
            np.add(total[back - 1], self._ring[(slot - back) % self._slots], out=total[back])
        return total

    def add(self, slot: int, fresh: NDArray[np.int64]) -> NDArray[np.int32]:
        """What came in `slot`, up to each of the ticks that are taken in: [ticks, areas]."""
        row = self._ring[slot % self._slots]
        now: NDArray[np.int32] = np.cumsum(np.minimum(fresh, _MOST), axis=0, dtype=np.int32)
        now += row
        np.minimum(now, _MOST, out=now)
        row[:] = now[-1]
        return now

    def keep(self, slot: int, fresh: NDArray[np.int64]) -> None:
        """Take in ticks of `slot` that nobody asks about."""
        self._grow(fresh.shape[1])
        self._enter(slot)
        self.add(slot, fresh)

    def correct(self, slot: int, counts: NDArray[np.int64], now: int) -> None:
        """Add what came late to a slot, if it is kept still at the slot `now`; counts: [areas]."""
        self._grow(counts.size)
        self._enter(now)
        if now - self._slots < slot <= now:
            row = self._ring[slot % self._slots]
            row[:] = np.minimum(row + counts, _MOST)

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes."""
        areas = self._ring.shape[1]
        return {"slot": self._slot, "slot_areas": areas, "slot_counts": self._ring.tobytes()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._slot = state["slot"]
        values = np.frombuffer(state["slot_counts"], dtype=np.int16)
        self._ring = values.reshape(self._slots, state["slot_areas"]).copy()

    def _grow(self, areas: int) -> None:
        new = areas - self._ring.shape[1]
        if new > 0:
            self._ring = np.pad(self._ring, ((0, 0), (0, new)))

    def _enter(self, slot: int) -> None:
        """Empty the slots up to this one, which take the place of the oldest."""
        if self._slot is None:
            self._slot = slot
        for entered in range(max(self._slot + 1, slot - self._slots + 1), slot + 1):
            self._ring[entered % self._slots] = 0
        self._slot = slot
