"""Prospective space-time scan: the cluster around each area that is the least likely by chance."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.base import Days, Verdicts
from detectors.seasonal_baseline import SeasonalBaseline, SeasonalParameters
from detectors.seasonal_pool import DAY_HOURS
from detectors.tick_hours import hours_of, overlaps

__all__ = ["Scanned", "SpaceTimeScan", "scan"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_CELLS = 1 << 16
"""Area-ticks x zones that are computed together, so that what is in between stays small."""


class Scanned(NamedTuple):
    """The best zone around each area; every array has the shape [ticks, areas].

    events: in it. size: how many of the areas of `near` it has, from the first one on.
    ticks: how long it is. verdicts: `expected` and `score` are those of the zone, the score is
    sqrt(2 LLR), which is about a number of standard deviations.
    """

    events: Counts
    size: NDArray[np.int8]
    ticks: NDArray[np.int32]
    verdicts: Verdicts


class SpaceTimeScan:
    """Zones of an area and its nearest ones, over a quarter, a half and the whole of the window.

    What is expected of a zone is the sum of what `SeasonalBaseline` expects of its areas. The
    statistic is the log likelihood ratio of Poisson counts, N log(N / E) - (N - E) for N > E. Areas
    of which too little is known are left out of every zone. Source: Kulldorff 2001, Prospective
    time periodic geographical disease surveillance using a scan statistic (JRSS A 164).
    """

    def __init__(
        self, config: SeasonalParameters, *, window_ticks: int, ticks_per_hour: int
    ) -> None:
        self._baseline = SeasonalBaseline(
            config, window_ticks=window_ticks, ticks_per_hour=ticks_per_hour
        )
        self._warm_up = config.warm_up_days * DAY_HOURS
        self._per_hour = ticks_per_hour
        self._lengths = np.array([window_ticks // 4, window_ticks // 2, window_ticks])

    def observe(
        self,
        first_tick: int,
        fresh: Counts,
        recent: Counts,
        near: NDArray[np.intp],
        judged: NDArray[np.bool_],
        late: Counts | None = None,
    ) -> Scanned:
        """Judge, then learn, the ticks from `first_tick` on; see `Detector.observe`.

        recent: [window - 1 + ticks, areas], events of the ticks from a window ago on, late ones
        too. near: [areas, zones], columns of an area itself and of the nearest ones, -1 for none.
        judged: [ticks]; nothing is scanned in the others.
        """
        known, reach = self._baseline, int(self._lengths[-1])
        ticks, areas = len(judged), recent.shape[1]
        known.grow(areas)
        before = np.vstack([np.zeros((1, areas), dtype=np.int64), np.cumsum(recent, axis=0)])
        found = _nothing((ticks, areas))
        step = max(1, _CELLS // max(1, near.size * len(self._lengths)))
        for hour, begin, rows in hours_of(first_tick, ticks, self._per_hour):
            known.enter(hour)
            if late is not None and rows.start == 0:
                known.correct(first_tick, late)
            found.verdicts.history[rows] = known.history
            ready = np.asarray(known.history >= self._warm_up)
            found.verdicts.ready[rows] = ready
            wanted = np.flatnonzero(judged[rows]) + rows.start
            for at in range(0, len(wanted), step):
                some = wanted[at : at + step]
                last = begin + some - rows.start
                ends = some + reach
                counts = [before[ends] - before[ends - length] for length in self._lengths]
                means = [
                    known.expected(overlaps(last - length + 1, last, self._per_hour), hour)
                    for length in self._lengths
                ]
                self._put(found, some, np.array(counts) * ready, np.array(means) * ready, near)
            known.add(fresh[rows])
        return found

    def use_days(self, days: Days) -> None:
        """See `KnowsDays.use_days`."""
        self._baseline.use_days(days)

    def snapshot(self) -> dict[str, Any]:
        """See `Detector.snapshot`."""
        return self._baseline.snapshot()

    def restore(self, state: dict[str, Any]) -> None:
        """See `Detector.restore`."""
        self._baseline.restore(state)

    def _put(
        self,
        found: Scanned,
        rows: NDArray[np.intp],
        counts: Counts,
        means: Floats,
        near: NDArray[np.intp],
    ) -> None:
        count, mean, ratio, length, size = scan(counts, means, near)
        found.events[rows] = count
        found.verdicts.expected[rows] = np.where(mean > 0, mean, np.nan)
        found.verdicts.score[rows] = np.sqrt(2.0 * ratio)
        found.ticks[rows], found.size[rows] = self._lengths[length], size


def scan(
    counts: Counts, means: Floats, near: NDArray[np.intp]
) -> tuple[Counts, Floats, Floats, NDArray[np.intp], NDArray[np.intp]]:
    """Of the zones around each area the one with the greatest log likelihood ratio.

    counts, means: [lengths, ticks, areas]. near: as in `SpaceTimeScan.observe`. Returns its events,
    what was expected of it, the ratio, the index of its length and its size in areas, each
    [ticks, areas]. Of equal ones the smallest, then the shortest.
    """
    beyond = ((0, 0), (0, 0), (0, 1))  # column -1: nothing was seen there, nor expected
    counts, means = np.pad(counts, beyond), np.pad(means, beyond)
    shape = counts.shape[1], len(near)
    n, e = np.zeros((len(counts), *shape), dtype=np.int64), np.zeros((len(counts), *shape))
    count, mean, most = np.zeros(shape, dtype=np.int64), np.zeros(shape), np.full(shape, -1.0)
    length, size = np.zeros(shape, dtype=np.intp), np.ones(shape, dtype=np.intp)
    for reach in range(near.shape[1]):
        n += counts[:, :, near[:, reach]]
        e += means[:, :, near[:, reach]]
        ratio = _ratio(n, e)
        for number in range(len(counts)):
            better = ratio[number] > most
            for best, value in ((count, n), (mean, e), (most, ratio)):
                best[better] = value[number][better]
            length[better], size[better] = number, reach + 1
    return count, mean, most, length, size


def _ratio(n: Counts, e: Floats) -> Floats:
    """N log(N / E) - (N - E) where more came than was expected, else 0."""
    ratio = np.zeros(e.shape)
    above = (n > e) & (e > 0)
    seen, awaited = n[above], e[above]
    ratio[above] = seen * np.log(seen / awaited) - (seen - awaited)
    return ratio


def _nothing(shape: tuple[int, int]) -> Scanned:
    return Scanned(
        np.zeros(shape, dtype=np.int64),
        np.ones(shape, dtype=np.int8),
        np.zeros(shape, dtype=np.int32),
        Verdicts(
            np.zeros(shape),
            np.full(shape, np.nan),
            np.zeros(shape, dtype=bool),
            np.zeros(shape, dtype=np.int64),
            np.full(shape, np.nan),
        ),
    )
