"""Rolling mean: the window's count against the mean of the area's own last hours."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from detectors.base import Verdicts
from detectors.tick_hours import hours_of

__all__ = ["RollingMean", "RollingMeanDetector"]

_LEAST_EXPECTED = 0.5
"""Least expectation: on sparse counts a mean near zero would make any single event a surge."""
_UNBORN = np.iinfo(np.int64).max // 2


class RollingMeanDetector:
    """Mean of the last `hours` whole hours that ended before the window began.

    Hours are the unit of memory: an area costs about 4 bytes x `hours`, however many events it
    has. The window is kept out of its own expectation by `lag` hours, and an area's history
    begins with the hour after the one in which it was first heard of.

    expected = max(0.5, sum of the hours / number of the hours x window length in hours)
    score    = count of the window / expected, a ratio

    >>> import numpy as np
    >>> detector = RollingMeanDetector(hours=4, warm_up=2, window_ticks=1, ticks_per_hour=1)
    >>> counts = np.full((6, 1), 2)
    >>> verdicts = detector.observe(0, counts, counts)
    >>> verdicts.ready[:, 0].tolist(), verdicts.expected[-1, 0].item()
    ([False, False, False, False, True, True], 2.0)
    """

    def __init__(self, *, hours: int, warm_up: int, window_ticks: int, ticks_per_hour: int) -> None:
        self._hours = hours
        self._warm_up = warm_up
        self._per_hour = ticks_per_hour
        self._window_hours = window_ticks / ticks_per_hour
        self._lag = -(-window_ticks // ticks_per_hour)
        self._slots = hours + self._lag + 1
        self._ring = np.zeros((self._slots, 0), dtype=np.int32)
        self._sum = np.zeros(0, dtype=np.int64)
        self._open = np.zeros(0, dtype=np.int64)
        self._born = np.zeros(0, dtype=np.int64)
        self._hour: int | None = None

    def observe(
        self,
        first_tick: int,
        fresh: NDArray[np.int64],
        window: NDArray[np.int64],
        late: NDArray[np.int64] | None = None,
        judged: NDArray[np.bool_] | None = None,  # noqa: ARG002 - part of the contract
    ) -> Verdicts:
        """See `Detector.observe`. The expectation is constant within an hour: hours are steps."""
        ticks, areas = window.shape
        self._grow(areas)
        expected = np.empty((ticks, areas))
        history = np.empty((ticks, areas), dtype=np.int64)
        row = 0
        while row < ticks:
            hour = (first_tick + row) // self._per_hour
            end = min(ticks, (hour + 1) * self._per_hour - first_tick)
            self._enter(hour)
            if late is not None and row == 0:
                self._correct(first_tick, late)
            depth = np.clip(hour - 1 - self._lag - self._born, 0, self._hours)
            mean = self._sum / np.maximum(depth, 1)
            expected[row:end] = np.maximum(mean * self._window_hours, _LEAST_EXPECTED)
            history[row:end] = depth
            self._learn(hour, fresh[row:end])
            row = end
        nothing = np.full((ticks, areas), np.nan)
        return Verdicts(window / expected, expected, history >= self._warm_up, history, nothing)

    def snapshot(self) -> dict[str, Any]:
        """See `Detector.snapshot`."""
        return {
            "hour": self._hour,
            "areas": self._sum.size,
            "ring": self._ring.tobytes(),
            "sum": self._sum.tobytes(),
            "open": self._open.tobytes(),
            "born": self._born.tobytes(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """See `Detector.restore`."""
        self._hour = state["hour"]
        ring = np.frombuffer(state["ring"], dtype=np.int32)
        self._ring = ring.reshape(self._slots, state["areas"]).copy()
        self._sum = np.frombuffer(state["sum"], dtype=np.int64).copy()
        self._open = np.frombuffer(state["open"], dtype=np.int64).copy()
        self._born = np.frombuffer(state["born"], dtype=np.int64).copy()

    def _grow(self, areas: int) -> None:
        new = areas - self._sum.size
        if new <= 0:
            return
        self._ring = np.pad(self._ring, ((0, 0), (0, new)))
        self._sum = np.pad(self._sum, (0, new))
        self._open = np.pad(self._open, (0, new))
        self._born = np.pad(self._born, (0, new), constant_values=_UNBORN)

    def _enter(self, hour: int) -> None:
        """File the hours that ended, let in those the window has left, let out the oldest."""
        if self._hour is None:
            self._hour = hour
        # After two turns of the ring without an event all of it is zero, and stays so.
        for ended in range(self._hour, min(hour, self._hour + 2 * self._slots)):
            # The first hour of an area is cut by its birth, so it does not count.
            self._ring[ended % self._slots] = np.where(self._born == ended, 0, self._open)
            self._open[:] = 0
            enters = ended - self._lag
            self._sum += self._ring[enters % self._slots]
            self._sum -= self._ring[(enters - self._hours) % self._slots]
        self._hour = hour

    def _correct(self, first_tick: int, late: NDArray[np.int64]) -> None:
        """Late events count in their own hours, none of which is in the sum yet."""
        ticks = first_tick + 1 - len(late), len(late)
        for hour, _, rows in hours_of(*ticks, self._per_hour):
            counts = late[rows].sum(axis=0)
            if hour == first_tick // self._per_hour:
                self._learn(hour, late[rows])
                continue
            self._ring[hour % self._slots] += np.where(self._born < hour, counts, 0).astype(
                np.int32
            )
            self._born[(self._born == _UNBORN) & (counts > 0)] = hour

    def _learn(self, hour: int, fresh: NDArray[np.int64]) -> None:
        counts = fresh.sum(axis=0)
        self._open += counts
        self._born[(self._born == _UNBORN) & (counts > 0)] = hour


class RollingMean(
    Struct, frozen=True, tag_field="model", tag="rolling-mean", forbid_unknown_fields=True
):
    """`baseline: {model: rolling-mean, hours: 168, warm_up: 24}`: thresholds may be ratios."""

    hours: Annotated[int, Meta(ge=1, le=24 * 366)] = 168
    warm_up: Annotated[int, Meta(ge=1)] = 24

    def create(self, *, window_ticks: int, ticks_per_hour: int) -> RollingMeanDetector:
        """A detector that has learned nothing yet."""
        return RollingMeanDetector(
            hours=self.hours,
            warm_up=min(self.warm_up, self.hours),
            window_ticks=window_ticks,
            ticks_per_hour=ticks_per_hour,
        )
