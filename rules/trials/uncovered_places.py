"""Demand without a free unit near, by kind of place: what a coverage rule saw of a history."""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.coverage.expected import uncovered
from detectors.coverage.travel import PLACES
from detectors.seasonal_pool import exact_sum
from rules.coverage.sight import Sight
from rules.limits import ticks_of

__all__ = ["PlaceDemand", "UncoveredPlaces"]

_COLD: Final = 2
_MINUTES: Final = 60.0
_SLACK: Final = 1e-9


class PlaceDemand(Struct, frozen=True):
    """One kind of place. calls: expected; uncovered: those that find no free unit near (MEXCLP).

    cold: share of station-minutes that were cold.
    """

    place: str
    station_minutes: float
    calls: float
    uncovered: float
    cold: float | None


class UncoveredPlaces:
    """Looks on while a coverage rule judges; the first rule that judges a command stands for it."""

    def __init__(self) -> None:
        self._rule: dict[str, str] = {}
        self._sums = np.zeros((4, len(PLACES)))

    def __call__(self, sight: Sight) -> None:
        """Take in one judgement of one command."""
        rule, ground = sight.entry.rule, sight.ground
        if self._rule.setdefault(ground.name, rule.id) != rule.id:
            return
        look = sight.looks[0]
        minutes = float(max(1, ticks_of(rule.every)))
        own = look.supplied.own
        busy = exact_sum(look.demand.load) / max(exact_sum(own.total), _SLACK)
        open_ = uncovered(look.calls, own, look.near, busy)
        cold = (look.found.coldness >= _COLD).astype(np.float64)
        columns: list[NDArray[np.float64]] = [
            np.ones(cold.size), look.calls / _MINUTES, open_ / _MINUTES, cold,
        ]  # fmt: skip
        place = ground.command.model.areas.place
        for at, column in enumerate(columns):
            self._sums[at] += minutes * np.bincount(place, column, len(PLACES))

    def rows(self) -> list[PlaceDemand]:
        """By place; none where nothing was judged."""
        if not self._rule:
            return []
        return [
            PlaceDemand(
                place,
                round(minutes, 1),
                round(calls, 2),
                round(open_, 3),
                round(cold / minutes, 4) if minutes else None,
            )
            for place, minutes, calls, open_, cold in zip(PLACES, *self._sums.tolist(), strict=True)
        ]
