"""Minutes that calls bind their units, learned by level in each command from calls it closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.coverage.service import DEFAULT_SERVICE_MIN, ServiceTimes

__all__ = ["LearnedService"]

_DEFAULTS: Final = np.array(list(DEFAULT_SERVICE_MIN.values()))
_DAY_TICKS: Final = 24 * 60
_FORGOTTEN_DAYS: Final = 366
"""Days after which nothing is left of what was learned: a feed may be away for years."""


class LearnedService:
    """Service times of every command: 6 KB each. A command without any has the defaults.

    By command, since its desk says when a call is closed; so the cut of the log changes nothing.
    """

    def __init__(self) -> None:
        self._of: dict[str, ServiceTimes] = {}
        self._day: int | None = None

    def minutes(self, command: str) -> NDArray[np.float64]:
        """Mean minutes on task [levels]."""
        times = self._of.get(command)
        return _DEFAULTS if times is None else times.minutes()

    def take(
        self,
        tick: int,
        columns: NDArray[np.int64],
        levels: NDArray[np.int64],
        took: tuple[NDArray[np.int64], NDArray[np.int64]],
        commands: Sequence[str],
    ) -> None:
        """A tick is over: calls that were closed in it, by column and level.

        took: bins of their times on task, and how many there are. commands: of each column.
        """
        self._end_days(tick // _DAY_TICKS)
        bins, calls = took
        names = [commands[column] for column in columns.tolist()]
        for command in dict.fromkeys(names):
            mine = np.array([name == command for name in names], dtype=np.bool_)
            times = self._of.get(command)
            if times is None:
                times = self._of[command] = ServiceTimes(_DEFAULTS)
            times.observe(levels[mine], bins[mine], calls[mine])

    def _end_days(self, day: int) -> None:
        ended = 0 if self._day is None else day - self._day
        self._day = day
        for _ in range(min(ended, _FORGOTTEN_DAYS)):
            for times in self._of.values():
                times.end_day()

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes, in order of the commands."""
        times = {name: times.snapshot() for name, times in sorted(self._of.items())}
        return {"day": self._day, "times": times}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._day, self._of = state["day"], {}
        for name, times in state["times"].items():
            self._of[name] = ServiceTimes(_DEFAULTS)
            self._of[name].restore(times)
