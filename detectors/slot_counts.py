"""Counts of the last slots of equal length, area by area: what came since the start of each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SlotCounts"]

_MOST = np.iinfo(np.int16).max


class SlotCounts:
    """A ring of `slots` slots of `length` ticks, two bytes each; a count stops at 32,767."""

    def __init__(self, slots: int, length: int) -> None:
        self._slots, self._length = slots, length
        self._ring = np.zeros((slots, 0), dtype=np.int16)
        self._slot: int | None = None

    def observe(
        self, first_tick: int, fresh: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """What came up to each of consecutive ticks since the start of each slot in reach.

        fresh: [ticks, areas], counts of the ticks, which are taken in; ticks left out had none.
        Returns (first tick of the stretch, [starts, ticks]; counts, [starts, ticks, areas]),
        starts from the latest to the earliest.
        """
        self._grow(fresh.shape[1])
        ticks = first_tick + np.arange(len(fresh))
        slots = ticks // self._length
        first_slot = int(slots[0])
        self._enter(first_slot)
        reach = np.arange(self._slots)
        firsts = (slots[None, :] - reach[:, None]) * self._length
        out = np.empty((self._slots, *fresh.shape), dtype=np.float32)
        for slot in range(first_slot, int(slots[-1]) + 1):
            rows = np.flatnonzero(slots == slot)
            self._enter(slot)
            now = self._ring[slot % self._slots] + np.cumsum(fresh[rows], axis=0)
            np.minimum(now, _MOST, out=now)
            before = self._ring[(slot - reach[1:]) % self._slots].astype(np.int64)
            before = np.vstack([np.zeros_like(now[:1]), np.cumsum(before, axis=0)])
            out[:, rows] = before[:, None, :] + now[None, :, :]
            self._ring[slot % self._slots] = now[-1]
        return firsts, out

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
