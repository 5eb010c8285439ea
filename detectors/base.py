"""The contract of a detector: counts of many areas in, one verdict per tick and area out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Days", "Detector", "KnowsDays", "Verdicts"]

Days = Callable[[date], int | None]
"""Of a local date the weekday that it is like (0 is Monday), or None where it is like its own."""


class Verdicts(NamedTuple):
    """What a detector says of a block of ticks; every array has the shape [ticks, areas].

    score: how odd the window is, in the detector's own unit; larger is odder, finite everywhere.
    expected: events expected in the window (float; nan where the detector has no opinion).
    ready: False while too little history stands behind the verdict.
    history: observations (whole hours) that stand behind it.
    dispersion: phi of the count expected, whose variance is m + phi m^2; nan where there is none.
    """

    score: NDArray[np.float64]
    expected: NDArray[np.float64]
    ready: NDArray[np.bool_]
    history: NDArray[np.int64]
    dispersion: NDArray[np.float64]

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> Verdicts:
        """Arrays to be filled in; scores are 0 where nobody fills them in."""
        return cls(
            np.zeros(shape),
            np.empty(shape),
            np.empty(shape, dtype=np.bool_),
            np.empty(shape, dtype=np.int64),
            np.empty(shape),
        )

    def part(self, index: slice | tuple[slice, slice]) -> Verdicts:
        """Those of some ticks, or of some ticks and areas."""
        return Verdicts(
            self.score[index],
            self.expected[index],
            self.ready[index],
            self.history[index],
            self.dispersion[index],
        )


class Detector(Protocol):
    """Online statistics over all areas at once. Time is the tick number, an argument.

    Laws, checked by `detectors.conformance` for every registered detector: verdicts of a tick
    depend on earlier ticks and on that tick alone (score first, learn after, so that a spike
    never hides itself); cutting a block in two changes nothing; a snapshot restores exactly;
    memory does not grow with events; the order of areas does not matter, and what they share is
    renewed at moments that tick numbers set.
    """

    def observe(
        self,
        first_tick: int,
        fresh: NDArray[np.int64],
        window: NDArray[np.int64],
        late: NDArray[np.int64] | None = None,
        judged: NDArray[np.bool_] | None = None,
    ) -> Verdicts:
        """Judge, then learn, consecutive ticks `first_tick`, `first_tick` + 1, ...

        fresh[t, a] are the events of tick t alone, window[t, a] those of the window that ends
        with it. More areas than last time mean new areas at the end; ticks that were left out
        since the last call had no events.

        late: events of earlier ticks that were not known before `first_tick`, for what is learned;
        the last row is that of `first_tick`, the first one of a window's length before it. Windows
        hold them already.

        judged: the ticks, [ticks], whose scores will be looked at; those of the others may be 0,
        which is most of the work where a rule judges every few ticks.
        """
        ...

    def snapshot(self) -> dict[str, Any]:
        """The state as plain values and bytes, fit for MessagePack."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot of a detector with the same parameters."""
        ...


@runtime_checkable
class KnowsDays(Protocol):
    """What expects another count on a holiday."""

    def use_days(self, days: Days) -> None:
        """From now on; hours of the days that are named are expected so, and not learned."""
        ...
