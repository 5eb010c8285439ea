"""Where the units of the simulated city are that were sent to calls, at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from msgspec import Struct

from streams.sources.synthetic.dispatching import Errand

__all__ = ["Errands", "Task"]


class Task(Struct, frozen=True):
    """What a unit is sent to. Both are None once it is over, and has been for `ago_s` seconds."""

    ago_s: int
    status: Literal["en_route", "on_scene"] | None = None
    incident: str | None = None


class Errands:
    """Plays errands, which come in blocks of calls; asked for moments that never go back."""

    def __init__(self, blocks: Iterator[tuple[int, list[Errand]]]) -> None:
        """blocks: (end of the block in seconds, errands of its calls)."""
        self._blocks = blocks
        self._upto = 0
        self._coming: dict[int, list[Errand]] = {}
        self._now: dict[int, Errand] = {}

    def at(
        self, seconds: np.ndarray, lon: np.ndarray, lat: np.ndarray
    ) -> tuple[dict[int, Task], np.ndarray, np.ndarray]:
        """(tasks by row, lon, lat) at a moment of each unit, from where it would be without."""
        last = int(seconds.max(initial=0))
        while self._upto <= last and (block := next(self._blocks, None)) is not None:
            self._upto = block[0]
            for errand in block[1]:
                self._coming.setdefault(errand.unit, []).append(errand)
        moments = seconds.tolist()
        self._begin(moments)
        tasks = {}
        for row, errand in self._now.items():
            tasks[row] = _task(errand, moments[row])
            share = _share(errand, moments[row])
            begin = errand.begin if moments[row] < errand.end_s else (lon[row], lat[row])
            lon[row] = errand.place[0] + (begin[0] - errand.place[0]) * share
            lat[row] = errand.place[1] + (begin[1] - errand.place[1]) * share
        return tasks, lon, lat

    def _begin(self, moments: list[int]) -> None:
        for row in list(self._coming):
            waiting = self._coming[row]
            while waiting and waiting[0].leave_s <= moments[row]:
                self._now[row] = waiting.pop(0)
            if not waiting:
                del self._coming[row]


def _task(errand: Errand, at_s: int) -> Task:
    if at_s >= errand.end_s:
        return Task(at_s - errand.end_s)
    status: Literal["en_route", "on_scene"] = "en_route" if at_s < errand.arrive_s else "on_scene"
    return Task(at_s - errand.end_s, status, errand.incident)


def _share(errand: Errand, at_s: int) -> float:
    """Of the way between the place and where the unit comes from or goes to, what is left."""
    if at_s < errand.arrive_s:
        return (errand.arrive_s - at_s) / max(1, errand.arrive_s - errand.leave_s)
    if at_s < errand.end_s:
        return 0.0
    return min(1.0, (at_s - errand.end_s) / max(1, errand.back_s - errand.end_s))
