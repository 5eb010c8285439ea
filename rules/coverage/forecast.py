"""Calls that the hour of the week lets expect, learned area by area in each command."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.base import Days
from detectors.seasonal_baseline import SeasonalBaseline, SeasonalParameters
from rules.coverage.placing import Placing

__all__ = ["Forecast", "Forecasts"]

Floats = NDArray[np.float64]

_HOUR_TICKS: Final = 60
_WARM_HOURS: Final = 14 * 24
"""Hours learned before a forecast counts: each hour of the week was seen twice."""


class Forecast:
    """A seasonal baseline for the areas of each command, as heat has it; 700 bytes an area.

    Areas of a command share the shape of the week, those of others do not: the cut of the log
    changes nothing. Columns are those of the command, in the order in which they were heard of.
    """

    def __init__(self, zone: str, days: Days) -> None:
        """zone: IANA name, on whose clock the week runs. days: dates that are like others."""
        self._zone = zone
        self._days = days
        self._of: dict[str, SeasonalBaseline] = {}

    def use_days(self, days: Days) -> None:
        """From now on these days are like others."""
        self._days = days
        for baseline in self._of.values():
            baseline.use_days(days)

    def take(self, tick: int, command: str, calls: NDArray[np.int64]) -> None:
        """A tick of a command in which somebody called; calls: by its columns.

        Ticks that are left out had no call.
        """
        baseline = self._of.get(command)
        if baseline is None:
            baseline = self._of[command] = self._made()
        baseline.grow(calls.size)
        baseline.enter(tick // _HOUR_TICKS)
        baseline.add(calls[None])

    def rate(self, tick: int, command: str, columns: int, ahead: int) -> Floats:
        """Calls an hour over the `ahead` minutes after a tick [columns].

        nan while too little is known. columns: those of the command by now, heard of here or not.
        """
        rate = np.full(columns, np.nan)
        baseline = self._of.get(command)
        if baseline is None:
            return rate
        hour = tick // _HOUR_TICKS
        baseline.enter(hour)
        first, last = tick + 1, tick + max(1, ahead)
        total = np.zeros(len(baseline))
        for of in range(first // _HOUR_TICKS, last // _HOUR_TICKS + 1):
            inside = min(last, of * _HOUR_TICKS + _HOUR_TICKS - 1) - max(first, of * _HOUR_TICKS)
            total += (inside + 1) * baseline.rates(of, 1)[0]
        known = baseline.history >= _WARM_HOURS
        rate[: known.size] = np.where(known, total / (last - first + 1), np.nan)
        return rate

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes, in order of the commands."""
        return {name: baseline.snapshot() for name, baseline in sorted(self._of.items())}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot of a forecast on the same clock."""
        self._of = {name: self._made() for name in state}
        for name, baseline in self._of.items():
            baseline.restore(state[name])

    def _made(self) -> SeasonalBaseline:
        parameters = SeasonalParameters(time_zone=self._zone)
        made = SeasonalBaseline(parameters, window_ticks=_HOUR_TICKS, ticks_per_hour=_HOUR_TICKS)
        made.use_days(self._days)
        return made


class Forecasts:
    """Forecasts by what is counted (prefixes of categories), and by the clock of the week."""

    def __init__(self) -> None:
        self._of: dict[tuple[tuple[str, ...], str], Forecast] = {}

    def provide(self, wanted: Iterable[tuple[tuple[str, ...], str]], days: Days) -> None:
        """Learn what is wanted, and forget the rest. days: dates that are like others."""
        self._of = {key: self._of.get(key) or Forecast(key[1], days) for key in sorted(wanted)}
        for forecast in self._of.values():
            forecast.use_days(days)

    def of(self, prefixes: tuple[str, ...], zone: str) -> Forecast | None:
        """What is learned of such calls on such a clock."""
        return self._of.get((prefixes, zone))

    def take(
        self, tick: int, fresh: dict[tuple[str, ...], NDArray[np.int64]], placed: Placing
    ) -> None:
        """A tick is over. fresh: calls that came in it [levels, columns], by what is counted."""
        names = placed.names()
        for (prefixes, _), forecast in self._of.items():
            calls = fresh[prefixes].sum(axis=0)
            for number in np.unique(placed.number[np.flatnonzero(calls)]).tolist():
                mine = placed.codes(names[number])
                forecast.take(tick, names[number], calls[mine[mine < calls.size]])

    def snapshot(self) -> list[Any]:
        """Plain values and bytes."""
        return [[list(key[0]), key[1], made.snapshot()] for key, made in self._of.items()]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot, as far as it has what is wanted here."""
        for prefixes, zone, made in state:
            forecast = self._of.get((tuple(prefixes), zone))
            if forecast is not None:
                forecast.restore(made)
