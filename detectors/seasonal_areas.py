"""The columns of a seasonal baseline: what is known of each area, in arrays over all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.negbin_tail import negbin_score
from detectors.seasonal_pool import DAY_HOURS, Pool, exact_sum

__all__ = ["Areas", "Memory"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HOURS = 24
"""Hours that are kept one by one: an area is hot by its last twelve, or by all of them."""
BLOCKS, BLOCK_HOURS = 12, 12
"""Half-days that are kept for the drift test: six days."""
_DAY_CELLS = 2 * DAY_HOURS
_PRIOR_RATE_EVENTS = 0.5
_PRIOR_PROFILE_EVENTS = 16.0
_PRIOR_INFORMATION = 100.0
"""What an area's own counts must tell of its dispersion (see `_learn_spread`) to weigh half."""
_SETTLED = 48
"""Hours of history before an area can be hot: until then its rate is still being found."""
_YOUNG, _YOUNG_HOURS = 2.0, 24.0
"""Dispersion more of an area of which nothing was learned; 1/e of it after so many hours."""
_HOT_SCORE, _COOL_SCORE, _HOT_EVENTS, _HOT_HOURS = 4.0, 1.5, 3, 120
"""Hot from 4 standard deviations over 12 or 24 h until below 1.5; after 120 h it learns again."""
_MUTE_TAIL = float(np.log(1e-6))
"""Mute from 6, 12 or 24 h without an event that are less likely than this, until one comes."""
_REACH = (6, 12, 24)
_LAG = 6
"""Hours that wait to be learned: a surge is seen first, and no window up to 6 h holds them."""
_CITY_PRIOR, _CITY_MOST = 30.0, 4.0
"""Events of the city that are worth as much as those of the last hours, and the largest factor."""
_OUTLIER = 3.0
_HALF_DAY, _DAYS = 0.3, 0.12
"""Shares of the hourly dispersion that are left over 12 h and over 60 h: clumps last for hours."""
_DROPPED = 7
"""Half-days that a surge of 72 h may touch: the drift test leaves out the worst such stretch."""
_DRIFT_ALL, _DRIFT_REST = 3.5, 3.5
"""Standard deviations of six days, and of what is left of them, that make a new level."""
_SPECIAL = -1
_COLUMNS: dict[str, tuple[type[np.generic], int]] = {
    "born": (np.bool_, 1),
    "open": (np.int64, 1),
    "history": (np.int32, 1),
    "hot_hours": (np.int16, 1),
    "mute_hours": (np.int16, 1),
    "count": (np.float64, 1),
    "exposure": (np.float64, 1),
    "excess": (np.float64, 1),
    "information": (np.float64, 1),
    "profile_count": (np.float32, _DAY_CELLS),
    "profile_expected": (np.float32, _DAY_CELLS),
    "recent": (np.int32, HOURS),
    "recent_expected": (np.float32, HOURS),
    "block": (np.int32, BLOCKS),
    "block_exposure": (np.float32, BLOCKS),
    "block_rate": (np.float32, BLOCKS),
}


class Memory(Struct, frozen=True):
    """Shares kept from hour to hour of a rate, and from touch to touch of a profile's cell.

    span: hours over which the spread of counts is measured, those of a window.
    """

    rate: float
    workday: float
    weekend: float
    span: int


class Areas:
    """Rate, daily profile, dispersion and last days of every area; about 700 bytes each.

    An area is born with its first event; the hour of its birth is not counted, since it was
    chosen by that event.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._of: dict[str, NDArray[Any]] = {
            name: np.zeros((rows, 0), dtype=kind) for name, (kind, rows) in _COLUMNS.items()
        }
        self._cells = [0] * HOURS
        self.rate: Floats = np.zeros(0)
        self.uncertainty: Floats = np.zeros(0)
        self.dispersion: Floats = np.zeros(0)

    def __len__(self) -> int:
        return int(self._of["born"].shape[1])

    @property
    def history(self) -> NDArray[np.int64]:
        """Hours learned, per area."""
        return self._row("history").astype(np.int64)

    def grow(self, areas: int, pool: Pool) -> None:
        """Add columns at the end."""
        new = areas - len(self)
        if new > 0:
            self._of = {k: np.pad(v, ((0, 0), (0, new))) for k, v in self._of.items()}
            self.refresh(pool)

    def add(self, fresh: NDArray[np.int64]) -> None:
        """Count events into the open hour; fresh: [ticks, areas]."""
        self._row("open")[: fresh.shape[1]] += fresh.sum(axis=0)

    def correct(self, counts: NDArray[np.int64], observed: int, back: int, cell: int) -> None:
        """Count events into the hour filed `back` hours ago, else into the open one.

        observed: hours filed so far. cell: the hour of the week that it must be, lest a gap lies
        between. An area that was not heard of is born now.
        """
        slot = (observed - back) % HOURS
        if not 0 < back <= min(observed, _LAG) or self._cells[slot] not in (cell, _SPECIAL):
            self._row("open")[: counts.size] += counts
            return
        self._of["recent"][slot, : counts.size] += counts.astype(np.int32)
        born = self._row("born")[: counts.size]
        block = (observed - back) // BLOCK_HOURS % BLOCKS
        self._of["block"][block, : counts.size] += np.where(born, counts, 0).astype(np.int32)
        born |= counts > 0

    def take_open(self) -> NDArray[np.int64]:
        """The counts of the hour that ended; the next one begins empty."""
        counts = self._row("open").copy()
        self._row("open")[:] = 0
        return counts

    def total_rate(self) -> float:
        """Events an hour of all areas that were heard of, at the mean hour of the week."""
        return exact_sum(np.where(self._row("born"), self.rate, 0.0))

    def heard_of_any(self) -> bool:
        """Whether there is anything to learn about."""
        return bool(self._row("born").any())

    def city_factor(self, hours: int, slot: int) -> Floats:
        """How much more came than expected in the last hours in all other areas, from 1 to 4."""
        rows = [(slot - back) % HOURS for back in range(hours)]
        count = self._of["recent"][rows].sum(axis=0)
        expected = _total(self._of["recent_expected"][rows])
        known = expected > 0
        count, expected = np.where(known, count, 0), np.where(known, expected, 0.0)
        others = exact_sum(expected) - expected
        factor = (int(count.sum()) - count + _CITY_PRIOR) / (others + _CITY_PRIOR)
        return np.clip(factor, 1.0, _CITY_MOST)

    def pattern(self, cell: int, factor: float) -> Floats:
        """What an hour of the local week multiplies each area's rate with."""
        day, hour = divmod(cell, DAY_HOURS)
        base = 0 if day < 5 else DAY_HOURS  # noqa: PLR2004 - Saturday is day 5
        count = np.full(len(self), _PRIOR_PROFILE_EVENTS)
        expected = count.copy()
        for offset, weight in ((-1, 0.5), (0, 1.0), (1, 0.5)):
            row = base + (hour + offset) % DAY_HOURS
            count += weight * self._of["profile_count"][row]
            expected += weight * self._of["profile_expected"][row]
        return np.asarray(factor * count / expected)

    def observe_hour(
        self, counts: NDArray[np.int64], cell: int, pool: Pool, *, special: bool = False
    ) -> None:
        """File an hour, and learn an earlier one, but not of areas that are hot or mute meanwhile.

        cell: the local hour of the week. special: the hour is one of a day like no other, and is
        not learned.
        """
        observed = pool.numbers.hours
        slot, due = observed % HOURS, (observed - _LAG) % HOURS
        born = self._row("born")
        pattern = np.where(born, self.pattern(cell, pool.factor(cell)), 0.0)
        self._of["recent"][slot] = counts
        self._of["recent_expected"][slot] = self.rate * pattern
        self._cells[slot] = _SPECIAL if special else cell
        block = observed // BLOCK_HOURS % BLOCKS
        self._of["block"][block] += np.where(born, counts, 0).astype(np.int32)
        self._of["block_exposure"][block] += pattern
        self._learn(due, pool, self._cool(slot))
        born |= counts > 0
        pool.numbers.hours += 1
        if pool.numbers.hours % BLOCK_HOURS == 0:
            self._drift(block)
        if pool.due():
            names = ("count", "exposure", "excess", "information")
            pool.renew(*(self._row(name) for name in names))
        self.refresh(pool)

    def refresh(self, pool: Pool) -> None:
        """Rates and dispersions anew from the sums and from what is shared.

        rate: mean of the gamma posterior, whose prior has the areas' mean. dispersion: that of
        the counts, drawn to the pooled one, and what is not known of the rate: the posterior's own
        spread, and more while it rests on few hours, whose place in the week is not known well.
        """
        count = self._row("count") + _PRIOR_RATE_EVENTS
        self.rate = count / (self._row("exposure") + _PRIOR_RATE_EVENTS / pool.numbers.rate)
        drawn = self._row("excess") + _PRIOR_INFORMATION * pool.numbers.dispersion
        spread = drawn / (self._row("information") + _PRIOR_INFORMATION)
        young = _YOUNG * np.exp(-self._row("history") / _YOUNG_HOURS)
        self.uncertainty = 1.0 / count + young
        self.dispersion = np.maximum(spread, 0.0) + self.uncertainty

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes."""
        columns = {name: values.tobytes() for name, values in self._of.items()}
        return {"areas": len(self), "cells": list(self._cells), **columns}

    def restore(self, state: dict[str, Any], pool: Pool) -> None:
        """Take over a snapshot."""
        for name, (kind, rows) in _COLUMNS.items():
            values = np.frombuffer(state[name], dtype=kind)
            self._of[name] = values.reshape(rows, state["areas"]).copy()
        self._cells = list(state["cells"])
        self.refresh(pool)

    def _row(self, name: str) -> NDArray[Any]:
        row: NDArray[Any] = self._of[name][0]
        return row

    def _cool(self, slot: int) -> Flags:
        """Areas that may learn: neither hot nor mute, or for so long that it is the new normal.

        Once hot, an area is hot until it has nearly cooled: a surge over sparse counts flickers.
        A mute area has lost its calls rather than its incidents; it is mute until one comes, and
        of the hours without any, and of that one, nothing is learned.
        """
        hot_hours, mute_hours = self._row("hot_hours"), self._row("mute_hours")
        limit = np.where(hot_hours > 0, _COOL_SCORE, _HOT_SCORE)
        hot, mute = np.zeros(len(self), dtype=np.bool_), mute_hours > 0
        count, expected, begin = np.zeros(len(self), dtype=np.int64), np.zeros(len(self)), 0
        for reach in _REACH:
            for back in range(begin, reach):
                count += self._of["recent"][(slot - back) % HOURS]
                expected += self._of["recent_expected"][(slot - back) % HOURS]
            begin = reach
            spread = _HALF_DAY * self.dispersion
            if reach > _REACH[0]:
                limits = limit * np.sqrt(expected + spread * expected * expected)
                hot |= (count - expected > limits) & (count >= _HOT_EVENTS)
            mute |= (count == 0) & (np.log1p(spread * expected) > -_MUTE_TAIL * spread)
        settled = self._row("history") >= _SETTLED
        hot, mute = hot & settled, mute & settled
        hot_hours[:] = np.where(hot, np.minimum(hot_hours + 1, _HOT_HOURS + 1), 0)
        self._forget_silence(slot, mute & (mute_hours <= _HOT_HOURS))
        mute &= self._of["recent"][slot] == 0
        mute_hours[:] = np.where(mute, np.minimum(mute_hours + 1, _HOT_HOURS + 1), 0)
        return np.asarray(~hot | (hot_hours > _HOT_HOURS))

    def _forget_silence(self, slot: int, mute: Flags) -> None:
        """Hours of mute areas that wait to be learned are hours in which nobody listened."""
        columns = np.flatnonzero(mute)
        for back in range(_LAG + 1):
            self._of["recent_expected"][(slot - back) % HOURS, columns] = 0.0

    def _learn(self, slot: int, pool: Pool, cool: Flags) -> None:
        memory, cell = self._memory, self._cells[slot]
        if cell == _SPECIAL:
            return
        learns = cool & (self._of["recent_expected"][slot] > 0)
        counts = self._of["recent"][slot]
        factor = pool.factor(cell)
        self._learn_spread(slot, learns)
        for name, value in (("count", counts), ("exposure", self.pattern(cell, factor))):
            _forget(self._row(name), memory.rate, value, learns)
        day, hour = divmod(cell, DAY_HOURS)
        weekend = day >= 5  # noqa: PLR2004 - Saturday is day 5
        row, keep = (DAY_HOURS + hour, memory.weekend) if weekend else (hour, memory.workday)
        _forget(self._of["profile_count"][row], keep, counts, learns)
        _forget(self._of["profile_expected"][row], keep, self.rate * factor, learns)
        self._row("history")[learns] += 1
        exposure = exact_sum(np.where(learns, self.rate, 0.0))
        pool.learn(cell, int(counts[learns].sum()), exposure)

    def _learn_spread(self, slot: int, learns: Flags) -> None:
        """Dispersion by moments over as many hours as a window has, each weighted by what it tells.

        The square of a Poisson count's residual has the variance m + 2 m^2, which gives the
        weights; a residual counts up to three standard deviations, lest one storm hides the next.
        """
        rows = [(slot - back) % HOURS for back in range(self._memory.span)]
        seen = self._of["recent_expected"][rows].astype(np.float64)
        mean = _total(seen)
        ready = learns & (seen > 0).all(axis=0) & (self._row("history") >= _SETTLED)
        bound = _OUTLIER * np.sqrt(mean + self.dispersion * mean * mean) + 1.0
        residual = np.minimum(self._of["recent"][rows].sum(axis=0) - mean, bound)
        weight = mean / (2.0 * mean + 1.0)
        excess = weight * (residual * residual - mean)
        _forget(self._row("excess"), self._memory.rate, excess, ready)
        _forget(self._row("information"), self._memory.rate, weight * mean * mean, ready)

    def _drift(self, block: int) -> None:
        """Close a half-day; where the last six days lie at another level, begin anew from them.

        The level of reference is the rate before these days. Without the stretch of half-days
        that deviates most the others must show the shift too: a surge that passes is no level.
        """
        order = [(block + 1 + i) % BLOCKS for i in range(BLOCKS)]
        counts = self._of["block"][order]
        exposure = self._of["block_exposure"][order].astype(np.float64)
        rate = self._of["block_rate"][order[0]].astype(np.float64)
        expected = rate * exposure
        residual = counts - expected
        variance = expected + _HALF_DAY * self.dispersion * expected * expected
        total = _total(residual) / np.sqrt(np.maximum(_total(variance), 1e-9))
        full = (rate > 0) & (exposure > 0).all(axis=0)
        odd = np.flatnonzero(full & (np.abs(total) > _DRIFT_ALL))
        sign = np.sign(total[odd])
        rest = _without_surge(sign * residual[:, odd])
        score = negbin_score(
            (counts[:, odd] * rest).sum(axis=0),
            _total(expected[:, odd] * rest),
            _DAYS * self.dispersion[odd],
        )
        self._begin_anew(odd[sign * score > _DRIFT_REST])
        self._of["block"][order[0]] = 0
        self._of["block_exposure"][order[0]] = 0.0
        settled = self._row("history") >= _SETTLED
        self._of["block_rate"][order[0]] = np.where(settled, self.rate, 0.0)

    def _begin_anew(self, columns: NDArray[np.int64]) -> None:
        """Take the last six days for all that is known of these areas' rates."""
        count = self._of["block"][:, columns].sum(axis=0)
        exposure = _total(self._of["block_exposure"][:, columns])
        times = (count + _PRIOR_RATE_EVENTS) / exposure / self.rate[columns]
        self._row("count")[columns], self._row("exposure")[columns] = count, exposure
        self._of["recent_expected"][:, columns] *= times.astype(np.float32)
        self._row("hot_hours")[columns] = self._row("mute_hours")[columns] = 0


def _without_surge(deviation: Floats) -> Flags:
    """Half-days that are left without the stretch that deviates most: [half-days, areas]."""
    stretches = np.lib.stride_tricks.sliding_window_view(deviation, _DROPPED, axis=0).sum(axis=-1)
    first = stretches.argmax(axis=0)
    index = np.arange(len(deviation))[:, None]
    return np.asarray((index < first) | (index >= first + _DROPPED))


def _total(rows: NDArray[Any]) -> Floats:
    """Sums of columns, added row by row: numpy adds a single column in another order than many."""
    total: Floats = rows[0].astype(np.float64)
    for row in rows[1:]:
        total += row
    return total


def _forget(column: NDArray[Any], keep: float, value: NDArray[Any], where: Flags) -> None:
    """Keep a share of the column and add the value, where it learns."""
    column[:] = np.where(where, column * keep + value, column)
