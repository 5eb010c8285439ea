"""The rhythm of the city: how many reports of which category an hour of a weekday brings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from streams.sources.synthetic.plan import LOCAL, Plan
from streams.sources.synthetic.tables import table

__all__ = ["Rhythm", "times_by_rhythm"]

_SATURDAY, _FRIDAY = 5, 4


class Rhythm:
    """Categories and their weights by local hour and weekday, from rhythm.yaml."""

    def __init__(self) -> None:
        data = table("rhythm")
        profiles = {name: _curve(entry) for name, entry in data["profiles"].items()}
        self.categories: list[str] = list(data["categories"])
        self._weights = np.array(
            [entry["share"] * profiles[entry["profile"]] for entry in data["categories"].values()]
        )
        self._critical = profiles[data["critical_profile"]]

    def category_weights(self, at_s: int) -> np.ndarray:
        """Weight of every category in the hour that begins at `at_s`; float64[categories]."""
        return np.asarray(self._weights[:, _hour_of_week(at_s)])

    def weights(self, plan: Plan, *, critical: bool = False) -> np.ndarray:
        """Share of the plan's reports that each of its hours has; float64[blocks], sums to 1."""
        curve = self._critical if critical else self._weights.sum(axis=0)
        raw = np.array(
            [curve[_hour_of_week(begin)] * (end - begin) for begin, end in plan.blocks()]
        )
        return np.asarray(raw / raw.sum())


def _hour_of_week(at_s: int) -> int:
    local = datetime.fromtimestamp(at_s, LOCAL)
    return local.weekday() * 24 + local.hour


def _curve(profile: dict[str, Any]) -> np.ndarray:
    """A profile as 168 hourly weights (Monday 0 h first) with a mean near 1."""
    hours = np.arange(24) + 0.5
    day = np.full(24, profile["floor"], dtype=np.float64)
    for middle, width, height in profile["bumps"]:
        gap = np.abs(hours - middle)
        gap = np.minimum(gap, 24 - gap)  # the night goes on after midnight
        day += height * np.exp(-0.5 * (gap / width) ** 2)
    week = np.tile(day / day.mean(), 7)
    week[_SATURDAY * 24 :] *= profile["weekend"]
    week[_FRIDAY * 24 + 18 : _SATURDAY * 24 + 4] *= profile["friday_night"]
    return week


def times_by_rhythm(
    plan: Plan, count: int, rng: np.random.Generator, *, critical: bool = False
) -> np.ndarray:
    """`count` sorted instants (whole seconds) in the plan, thick where the rhythm is high."""
    blocks = np.array(plan.blocks())
    weights = Rhythm().weights(plan, critical=critical)
    block = rng.choice(len(blocks), size=count, p=weights)
    span = blocks[block, 1] - blocks[block, 0]
    return np.sort(blocks[block, 0] + (rng.random(count) * span).astype(np.int64))
