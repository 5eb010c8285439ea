"""E-detector: whatever came since some moment of the last hours, against what the week expects."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from detectors.base import Days, Verdicts
from detectors.seasonal_baseline import SeasonalBaseline, SeasonalParameters
from detectors.seasonal_pool import DAY_HOURS
from detectors.shiryaev_roberts import surge_score
from detectors.slot_counts import SlotCounts, slots_of
from detectors.tick_hours import hours_of, overlaps

__all__ = ["EDetector", "WindowedEDetector"]

_SLOTS_AN_HOUR = 6
"""A surge may have begun every 10 minutes; every 5 found no more of them."""
_CELLS = 1 << 18
"""Cells that are judged together, so that what is in between stays small."""


class WindowedEDetector:
    """Shiryaev-Roberts statistic whose starts lie in the last `reach_hours`.

    It looks at all stretches that begin at a slot of 10 minutes and end now, and therefore does
    not depend on the window, which serves the count, the expectation and their law alone.

    score    z with P(Z > z) = 1 / A (`surge_score`); 0 while A is below twice `reach_hours`. If
             the baseline is right and calls do not clump, a threshold z is passed by mistake at
             most once in 1 / P(Z > z) slots in the long run: 3.09 is once in a week, 3.72 in ten.

    The dispersion in the statistic is what is not known of the area's rate. That of the counts
    is left out: it costs power, and a budget's calibration sees to clumps.
    """

    def __init__(self, config: EDetector, *, window_ticks: int, ticks_per_hour: int) -> None:
        self._baseline = SeasonalBaseline(
            config, window_ticks=window_ticks, ticks_per_hour=ticks_per_hour
        )
        self._warm_up = config.warm_up_days * DAY_HOURS
        self._per_hour = ticks_per_hour
        self._window = window_ticks
        self._length = max(1, ticks_per_hour // _SLOTS_AN_HOUR)
        self._starts = max(1, config.reach_hours * ticks_per_hour // self._length)
        self._slots = SlotCounts(self._starts)
        self._floor = 2.0 * self._starts
        self._hours_back = -(-self._starts * self._length // ticks_per_hour)

    def observe(
        self,
        first_tick: int,
        fresh: NDArray[np.int64],
        window: NDArray[np.int64],
        late: NDArray[np.int64] | None = None,
        judged: NDArray[np.bool_] | None = None,
    ) -> Verdicts:
        """See `Detector.observe`. What is known is constant within an hour."""
        known, shape = self._baseline, window.shape
        asked = np.ones(shape[0], dtype=np.bool_) if judged is None else judged
        known.grow(shape[1])
        verdicts = Verdicts.empty(shape)
        if late is not None:
            self._correct(first_tick, late)
        for hour, begin, rows in hours_of(first_tick, shape[0], self._per_hour):
            known.enter(hour)
            if late is not None and rows.start == 0:
                known.correct(first_tick, late)
            last = begin + np.arange(rows.stop - rows.start)
            stretch = overlaps(last - self._window + 1, last, self._per_hour)
            verdicts.expected[rows] = known.expected(stretch, hour)
            verdicts.dispersion[rows] = known.dispersion
            verdicts.history[rows] = known.history
            self._judge(first_tick + rows.start, fresh[rows], asked[rows], verdicts.score[rows])
            known.add(fresh[rows])
        np.greater_equal(verdicts.history, self._warm_up, out=verdicts.ready)
        return verdicts

    def use_days(self, days: Days) -> None:
        """See `KnowsDays.use_days`."""
        self._baseline.use_days(days)

    def snapshot(self) -> dict[str, Any]:
        """See `Detector.snapshot`."""
        return {**self._baseline.snapshot(), **self._slots.snapshot()}

    def restore(self, state: dict[str, Any]) -> None:
        """See `Detector.restore`."""
        self._baseline.restore(state)
        self._slots.restore(state)

    def _correct(self, first_tick: int, late: NDArray[np.int64]) -> None:
        """Late events count in the slots that they belong to, which are not the present."""
        ticks = first_tick + 1 - len(late), len(late)
        for slot, rows in slots_of(*ticks, self._length):
            self._slots.correct(slot, late[rows].sum(axis=0), first_tick // self._length)

    def _judge(
        self,
        first_tick: int,
        fresh: NDArray[np.int64],
        asked: NDArray[np.bool_],
        score: NDArray[Any],
    ) -> None:
        """Scores of those of consecutive ticks of an hour that are asked for; all are kept."""
        ticks, areas = fresh.shape
        if not asked.any():
            for slot, rows in slots_of(first_tick, ticks, self._length):
                self._slots.keep(slot, fresh[rows])
            return
        hour = first_tick // self._per_hour
        rates = [r.astype(np.float32) for r in self._baseline.rates(hour, 1 + self._hours_back)]
        spread = self._baseline.uncertainty.astype(np.float32)
        some = max(1, _CELLS // max(1, areas) // self._length) * self._length
        for _, rows in slots_of(first_tick, ticks, some):
            stretches = self._stretches(first_tick + rows.start, fresh[rows], rates)
            earliest = stretches.earlier[stretches.slot, -1]
            cells = np.flatnonzero((earliest + stretches.now) * asked[rows, None])
            part = np.zeros(earliest.size)
            part[cells] = surge_score(
                stretches, self._starts, cells, spread[cells % areas], self._floor
            )
            score[rows] = part.reshape(earliest.shape)

    def _stretches(
        self, first_tick: int, fresh: NDArray[np.int64], rates: list[NDArray[np.float32]]
    ) -> _Stretches:
        """What consecutive ticks look back on."""
        earlier, now = [], []
        for slot, rows in slots_of(first_tick, len(fresh), self._length):
            earlier.append(self._slots.earlier(slot, fresh.shape[1]))
            now.append(self._slots.add(slot, fresh[rows]))
        last = first_tick + np.arange(len(fresh))
        slots = last // self._length
        begin = first_tick // self._per_hour * self._per_hour
        starts = (slots - np.arange(self._starts)[:, None]) * self._length - begin
        share = overlaps(starts, last - begin, self._per_hour)
        return _Stretches(
            np.array(earlier),
            slots - slots[0],
            np.concatenate(now),
            rates,
            (share / self._per_hour).astype(np.float32),
        )


class _Stretches(Struct, frozen=True):
    """Counts and means of consecutive ticks; cells are numbered tick by tick.

    earlier: [slots, starts, areas]; slot: that of each tick; now: [ticks, areas]; rates, newest
    hour first: [areas] an hour; hours: how long each stretch lies in each of these hours, [hours
    back, starts, ticks].
    """

    earlier: NDArray[np.int32]
    slot: NDArray[np.int64]
    now: NDArray[np.int32]
    rates: list[NDArray[np.float32]]
    hours: NDArray[np.float32]

    def __call__(
        self, starts: NDArray[np.int64], cells: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `Stretches`."""
        tick, area = np.divmod(cells, self.now.shape[1])
        counts = self.earlier[self.slot[tick], starts[:, None], area] + self.now[tick, area]
        means = np.zeros(counts.shape, dtype=np.float32)
        for rate, hours in zip(self.rates, self.hours, strict=False):
            means += hours[starts[:, None], tick] * rate[area]
        return counts.astype(np.float32), means


class EDetector(
    SeasonalParameters, frozen=True, kw_only=True, tag_field="model", tag="e-detector",
    forbid_unknown_fields=True,
):  # fmt: skip
    """`baseline: {model: e-detector, time_zone: America/New_York}`: thresholds are scores."""

    reach_hours: Annotated[
        int, Meta(ge=1, le=6, description="how long ago a surge may have begun, in hours")
    ] = 2

    def create(self, *, window_ticks: int, ticks_per_hour: int) -> WindowedEDetector:
        """A detector that has learned nothing yet."""
        return WindowedEDetector(self, window_ticks=window_ticks, ticks_per_hour=ticks_per_hour)
