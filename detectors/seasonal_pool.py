"""What all areas share: shape of the week, mean rate, dispersion; renewed at set hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.base import Days

__all__ = ["DAY_HOURS", "WEEK_HOURS", "LocalHours", "Pool", "exact_sum"]

Floats = NDArray[np.float64]

DAY_HOURS, WEEK_HOURS = 24, 168
_SUNDAY = 6
_FIRST_RENEWAL, _OFTEN = DAY_HOURS + 6, 6
"""A shape needs each hour of the day, and hours are learned six later; until then the week is flat.
In the first week it is renewed every six hours, as each of them tells much."""
_SMOOTH = np.array([1.0, 2.0, 3.0, 2.0, 1.0])
_PRIOR_EVENTS = 30.0
"""Weight of the simpler shape (the same on all workdays), in expected events."""
_START_RATE, _START_DISPERSION = 0.25, 0.3
"""Per area and hour, and of hourly counts: measured on a county's calls; they hold until then."""
_PRIOR_INFORMATION = 25.0
_MOST_INFORMATION = 1000.0
"""Of one area, so that the busiest does not speak for all."""
_GRAIN = 2.0**20


def exact_sum(values: Floats) -> float:
    """A sum that does not depend on the order of its terms: they are rounded to 2^-20 first."""
    return int(np.rint(values * _GRAIN).astype(np.int64).sum()) / _GRAIN


class LocalHours:
    """Hour of the local week of an hour counted from the epoch; the middle of the hour decides.

    special_days: local dates that are like a Sunday. days: which others are like another weekday.
    """

    def __init__(self, time_zone: str, special_days: Iterable[date] = ()) -> None:
        self._zone = ZoneInfo(time_zone)
        self._special = frozenset(special_days)
        self.days: Days | None = None

    def of_week(self, hour: int) -> int:
        """0 is Monday from 0:00 to 1:00. Hours that daylight saving doubles share their cell."""
        local = self._local(hour)
        like = self._like(local.date())
        return (local.weekday() if like is None else like) * DAY_HOURS + local.hour

    def is_special(self, hour: int) -> bool:
        """Whether it lies in one of the special days."""
        return self._like(self._local(hour).date()) is not None

    def _like(self, day: date) -> int | None:
        if day in self._special:
            return _SUNDAY
        return None if self.days is None else self.days(day)

    def _local(self, hour: int) -> datetime:
        middle = datetime(1970, 1, 1, 0, 30, tzinfo=UTC) + timedelta(hours=hour)
        return middle.astimezone(self._zone)


class _Numbers(Struct):
    """The plain numbers of the state. silent_*: the run of hours without an event, see `hush`."""

    hours: int = 0
    rate: float = _START_RATE
    dispersion: float = _START_DISPERSION
    silent_since: int | None = None
    silent_rate: float = 0.0
    silent_events: float = 0.0


class Pool:
    """Counts and exposures of all areas by hour of the week, and what follows from them.

    cells: 168 (hour of the week) or 24 (hour of the day). memory: touches of a cell after which
    its weight has fallen to 1/e. gap: a run of hours without any event is missing data once this
    many events were expected in it.
    """

    def __init__(self, *, cells: int, memory: float, gap: float) -> None:
        self._keep = np.exp(-1.0 / memory)
        self._gap = gap
        self._count = np.zeros(cells)
        self._exposure = np.zeros(cells)
        self._shape = np.ones(cells)
        self.numbers = _Numbers()

    def factor(self, cell: int) -> float:
        """The shape in force in an hour of the week; its mean over the cells is 1."""
        return float(self._shape[cell % self._shape.size])

    def learn(self, cell: int, events: int, exposure: float) -> None:
        """One hour of all areas that learn: their events, and the sum of their rates."""
        cell %= self._shape.size
        self._count[cell] = self._count[cell] * self._keep + events
        self._exposure[cell] = self._exposure[cell] * self._keep + exposure

    def due(self) -> bool:
        """Whether what is shared is to be renewed after the hours observed so far."""
        hours = self.numbers.hours
        every = _OFTEN if hours <= WEEK_HOURS else DAY_HOURS
        return hours >= _FIRST_RENEWAL and hours % every == 0

    def renew(self, count: Floats, exposure: Floats, excess: Floats, information: Floats) -> None:
        """New values in force, from the columns of the areas that were heard of."""
        part = np.minimum(1.0, _MOST_INFORMATION / np.maximum(information, 1e-9))
        known = _PRIOR_INFORMATION + exact_sum(information * part)
        pooled = _PRIOR_INFORMATION * _START_DISPERSION + exact_sum(excess * part)
        self.numbers.dispersion = max(pooled / known, 0.0)
        self.numbers.rate = max(exact_sum(count), 1.0) / max(exact_sum(exposure), 1.0)
        self._shape = self._smoothed()

    def hush(self, hour: int, cell: int, rate: float) -> bool:
        """Take note of an hour without any event; True once the run of them is missing data."""
        numbers = self.numbers
        if numbers.silent_since is None:
            numbers.silent_since, numbers.silent_rate, numbers.silent_events = hour, rate, 0.0
        if not self.is_gap():
            numbers.silent_events += numbers.silent_rate * self.factor(cell)
        return self.is_gap()

    def is_gap(self) -> bool:
        """Whether the silence that lasts is missing data; else its hours are true zeros."""
        return self.numbers.silent_since is not None and self.numbers.silent_events >= self._gap

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes."""
        numbers = self.numbers
        return {
            **{name: getattr(numbers, name) for name in numbers.__struct_fields__},
            "pool_count": self._count.tobytes(),
            "pool_exposure": self._exposure.tobytes(),
            "pool_shape": self._shape.tobytes(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.numbers = _Numbers(*(state[name] for name in _Numbers.__struct_fields__))
        self._count = np.frombuffer(state["pool_count"]).copy()
        self._exposure = np.frombuffer(state["pool_exposure"]).copy()
        self._shape = np.frombuffer(state["pool_shape"]).copy()

    def _smoothed(self) -> Floats:
        """Each cell with its neighbours, drawn to the hour of workdays or weekends.

        That is drawn to the hour of all days, so that a first weekend is like the days before it,
        and that to 1.
        """
        days = self._count.size // DAY_HOURS
        count, exposure = _around(self._count), _around(self._exposure)
        by_day = count.reshape(days, DAY_HOURS), exposure.reshape(days, DAY_HOURS)
        simple = np.ones((days, DAY_HOURS))
        for part in (slice(0, days), slice(0, 5), slice(5, 7))[: 1 if days == 1 else 3]:
            total, expected = (values[part].sum(axis=0) for values in by_day)
            simple[part] = (total + _PRIOR_EVENTS * simple[part]) / (expected + _PRIOR_EVENTS)
        shape = (count + _PRIOR_EVENTS * simple.ravel()) / (exposure + _PRIOR_EVENTS)
        return np.asarray(shape / shape.mean())


def _around(values: Floats) -> Floats:
    """Weighted means of a cell and its two neighbours on either side, around the clock or week."""
    reach = _SMOOTH.size // 2
    total = np.zeros_like(values)
    for offset, weight in enumerate(_SMOOTH.tolist(), start=-reach):
        total += weight * np.roll(values, offset)
    return total / float(_SMOOTH[reach])
