"""A city's counts on a grid of ticks, and which ticks were observed at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.base import Detector, Verdicts

__all__ = [
    "WEEK_HOURS",
    "History",
    "history_of",
    "judged",
    "strays",
    "stretches",
    "typical_week",
]

WEEK_HOURS = 168
_GAP_HOURS = 24
_GAP_EVENTS = 15.0
"""A silence is a gap where it lasts a day and this many events were to be expected in it."""
_STRAY_HOURS = 60 * 24
_STRAY_SHARE = 0.001
"""A wrong year would make a history of decades: few events, far from all others, are no history."""
_SMOOTH = np.array([0.25, 0.5, 0.25])
_BLOCK_HOURS = 24


class History(NamedTuple):
    """Counts of all areas; a row is a tick, row 0 is tick `first_tick` since the epoch.

    counts: [ticks, areas], small integers. seen: [ticks], False in gaps of the data. per_hour:
    ticks an hour.
    """

    counts: NDArray[np.integer]
    seen: NDArray[np.bool_]
    first_tick: int
    per_hour: int

    @property
    def areas(self) -> int:
        """Number of areas."""
        return int(self.counts.shape[1])

    @property
    def per_week(self) -> int:
        """Ticks a week."""
        return self.per_hour * WEEK_HOURS

    def weeks(self, begin: int, end: int) -> float:
        """Observed weeks from row `begin` up to row `end`."""
        return float(np.count_nonzero(self.seen[begin:end])) / self.per_week

    def split(self, share: float) -> int:
        """The row that follows the first `share` of observed time, at a full hour."""
        observed = np.cumsum(self.seen)
        row = int(np.searchsorted(observed, share * observed[-1])) + 1
        row += -(self.first_tick + row) % self.per_hour
        return min(row, len(self.seen))

    def days(self) -> NDArray[np.int64]:
        """The day since the epoch of every row: [ticks]."""
        return (self.first_tick + np.arange(len(self.seen))) // (24 * self.per_hour)

    def hours_of_week(self) -> NDArray[np.int64]:
        """Hour of a week that begins with the epoch's weekday, of every row: [ticks]."""
        return (self.first_tick + np.arange(len(self.seen))) // self.per_hour % WEEK_HOURS

    def take(self, columns: NDArray[np.int64]) -> History:
        """The same time with some of the areas."""
        return self._replace(counts=self.counts[:, columns])

    def adding(self, rows: NDArray[np.int64], areas: NDArray[np.int64]) -> History:
        """The same history with one more event at each of these rows and areas."""
        counts = self.counts.astype(np.int32)
        np.add.at(counts, (rows, areas), 1)
        return self._replace(counts=counts)


def history_of(
    ticks: NDArray[np.int64], areas: NDArray[np.int64], number: int, per_hour: int
) -> History:
    """Counts of at least one event by its tick since the epoch and its area (0 to number - 1).

    A silence of all areas that lasts a day, where 15 events were to be expected by the mean of the
    rest, is no quiet: its ticks are not seen.
    """
    first = int(ticks.min())
    length = int(ticks.max()) - first + 1
    counts = np.zeros((length, number), dtype=np.int16)
    np.add.at(counts, (ticks - first, areas), 1)
    return History(counts, _seen(np.unique(ticks - first), len(ticks), per_hour), first, per_hour)


def strays(ticks: NDArray[np.int64], per_hour: int) -> NDArray[np.bool_]:
    """Which events lie two months from all others, being a thousandth of them at most: [events].

    ticks: in rising order.
    """
    parts = np.concatenate(([0], np.cumsum(np.diff(ticks) > _STRAY_HOURS * per_hour)))
    return np.asarray(np.bincount(parts)[parts] <= _STRAY_SHARE * len(ticks))


def _seen(busy: NDArray[np.int64], events: int, per_hour: int) -> NDArray[np.bool_]:
    seen = np.ones(int(busy[-1]) + 1, dtype=np.bool_)
    silences = np.diff(busy) - 1
    gaps = np.zeros(len(silences), dtype=np.bool_)
    while True:
        # Again without the gaps found so far, since they water down the rate that tells the others.
        rate = events / np.count_nonzero(seen)
        found = (silences >= _GAP_HOURS * per_hour) & (silences * rate >= _GAP_EVENTS) & ~gaps
        if not found.any():
            return seen
        gaps |= found
        for index in np.flatnonzero(found):
            seen[busy[index] + 1 : busy[index + 1]] = False


def stretches(seen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First row and the row after the last of every unbroken stretch of observed ticks."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], seen, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def judged(
    detector: Detector, history: History, window: int, begin: int, end: int
) -> Iterator[tuple[int, Verdicts, NDArray[np.int64]]]:
    """A detector over the observed ticks of the rows from `begin` up to `end`, a day at a time.

    Gives the first row of a block, what the detector says of it, and the counts of its windows
    (of `window` ticks). Ticks of gaps are left out, as a detector allows.
    """
    for first, after in stretches(history.seen[begin:end]):
        for row in range(begin + first, begin + after, _BLOCK_HOURS * history.per_hour):
            last = min(row + _BLOCK_HOURS * history.per_hour, begin + after)
            fresh = history.counts[row:last].astype(np.int64)
            counted = _windows(history, row, last, window)
            yield row, detector.observe(history.first_tick + row, fresh, counted), counted


def _windows(history: History, row: int, last: int, window: int) -> NDArray[np.int64]:
    """Events in the windows that end with these rows: [last - row, areas]."""
    start = max(0, row - window + 1)
    sums = np.zeros((last - row + window, history.areas), dtype=np.int64)
    np.cumsum(history.counts[start:last], axis=0, out=sums[window - (row - start) :])
    return sums[window:] - sums[:-window]


def typical_week(history: History) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Events a tick of every area, and the shape of the week that all areas share.

    Gives the mean of each area over observed time [areas] and, by `hours_of_week`, the smoothed
    share of the city's mean [168]; their product is what a surge of "three times the usual" stands
    on, the same for every detector.
    """
    hours = history.hours_of_week()[history.seen]
    city = history.counts.sum(axis=1, dtype=np.int64)[history.seen]
    total = np.bincount(hours, weights=city, minlength=WEEK_HOURS)
    ticks = np.maximum(np.bincount(hours, minlength=WEEK_HOURS), 1)
    by_hour = total / ticks
    shape = (
        _SMOOTH[0] * np.roll(by_hour, 1) + _SMOOTH[1] * by_hour + _SMOOTH[2] * np.roll(by_hour, -1)
    )
    rates = history.counts[history.seen].mean(axis=0, dtype=np.float64)
    return rates, shape / max(float(city.mean()), 1e-12)
