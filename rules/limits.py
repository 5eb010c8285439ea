"""The limits of a heat rule for all areas as arrays, which overrides by time change and move back.

What holds of the overrides at a moment is a *phase*; between two phases nothing has to be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors import Verdicts
from rules.ladder import RUNGS
from rules.language.book import EffectiveHeat, HeatEntry
from rules.language.schema.names import duration_ms
from streams.clock import TICK_MS

__all__ = ["Limits", "Phase", "rungs_of", "ticks_of"]

_NO_LIMIT = -np.inf
_UNREACHABLE = np.inf
_SIDES = ("fire", "clear")
_UNITS = ("count", "ratio", "score")
_PHASES_KEPT = 8
"""Most rules have two: by day and by night."""


class Phase(Struct, frozen=True):
    """The limits while the same overrides hold; arrays have the shape [areas].

    variants: the rule with overrides, one for each set of them that holds in some area; of: the
    variant of an area. low: quiet is judged; then counts and ratios, and their limits, are taken
    with the other sign, and the floor is one of what was expected.
    """

    variants: list[EffectiveHeat]
    of: NDArray[np.int64]
    floor: NDArray[np.float64]
    values: dict[tuple[int, str, str], NDArray[np.float64]]
    low: bool = False

    def effective(self, column: int) -> EffectiveHeat:
        """The rule as it holds in an area."""
        return self.variants[int(self.of[column])]

    def rungs(
        self,
        window: NDArray[np.int64],
        verdicts: Verdicts,
        asked: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Highest rung whose `fire` holds, and highest one that is not yet cleared, per cell.

        asked: the score that the rule's budget asks for to fire, [ticks, areas]. Where a rung does
        not say at which score it clears, half of that holds it.
        """
        fired = np.zeros(window.shape, dtype=np.int8)
        held = np.zeros(window.shape, dtype=np.int8)
        counted = -window if self.low else window
        enough = self.enough(window, verdicts)
        stays: NDArray[np.bool_] | None = None
        if asked is not None:
            enough &= verdicts.ready & (verdicts.score >= asked)
            stays = verdicts.score >= asked / 2.0
        for rung in range(1, len(RUNGS) + 1):
            count = self.values[rung, "fire", "count"]
            if np.isinf(count).all() and (count > 0).all():
                continue  # no area has this rung
            over = (counted >= count) & enough
            fired[over & self._odd(rung, "fire", window, verdicts)] = rung
            count = self.values[rung, "clear", "count"]
            holds = (counted >= count) & self._odd(rung, "clear", window, verdicts)
            if stays is not None:
                holds &= stays | (self.values[rung, "clear", "score"] != _NO_LIMIT)
            held[holds] = rung
        return fired, held

    def _odd(
        self, rung: int, side: str, window: NDArray[np.int64], verdicts: Verdicts
    ) -> NDArray[np.bool_]:
        """Where the window is odd enough for what it was compared with: ratio and score.

        Nothing fires by a comparison while too little is known; it is held all the same.
        """
        odd = np.ones(window.shape, dtype=bool)
        for unit in ("ratio", "score"):
            limit = self.values[rung, side, unit]
            if (limit == _NO_LIMIT).all():
                continue
            value = self._ratio(window, verdicts) if unit == "ratio" else verdicts.score
            known = verdicts.ready if side == "fire" else True
            odd &= (limit == _NO_LIMIT) | ((value >= limit) & known)
        return odd

    def enough(self, window: NDArray[np.int64], verdicts: Verdicts) -> NDArray[np.bool_]:
        """Where the window, or for quiet what was expected of it, reaches the floor."""
        if self.low:
            return np.asarray(verdicts.ready & (verdicts.expected >= self.floor))
        return window >= self.floor

    def _ratio(self, window: NDArray[np.int64], verdicts: Verdicts) -> NDArray[np.float64]:
        ratio = window / verdicts.expected
        return -ratio if self.low else ratio

    def equals(self, other: Phase, column: int) -> bool:
        """Whether an area has the same limits in another phase, of this rule or another."""
        return self.floor[column] == other.floor[column] and all(
            values[column] == other.values[key][column] for key, values in self.values.items()
        )


def rungs_of(
    phases: Sequence[tuple[slice, Phase]],
    window: NDArray[np.int64],
    verdicts: Verdicts,
    asked: NDArray[np.float64] | None,
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Rungs that fire and that hold, by the limits of each tick's phase; none where there is none.

    Arrays as in `Phase.rungs`; phases: with their rows.
    """
    if len(phases) == 1:
        return phases[0][1].rungs(window, verdicts, asked)
    fired = np.zeros(window.shape, dtype=np.int8)
    held = np.zeros(window.shape, dtype=np.int8)
    for rows, phase in phases:
        fired[rows], held[rows] = phase.rungs(
            window[rows], verdicts.part(rows), None if asked is None else asked[rows]
        )
    return fired, held


class Limits:
    """All phases of one rule, with a column for every area known so far."""

    def __init__(self, entry: HeatEntry) -> None:
        self.entry = entry
        self._timed = [i for i, c in enumerate(entry.conditions) if not c.timeless]
        self._patterns: dict[tuple[int, ...], int] = {}
        self._of: list[int] = []  # pattern of each column
        self._phases: dict[tuple[int, ...], Phase] = {}

    def __len__(self) -> int:
        return len(self._of)

    def extend(self, area_ids: Sequence[str]) -> None:
        """Add columns for new areas."""
        if not area_ids:
            return
        for area_id in area_ids:
            local = self.entry.local(area_id)
            self._of.append(self._patterns.setdefault(local, len(self._patterns)))
        self._phases.clear()

    def at(self, tick: int) -> Phase:
        """The limits of a tick: those that hold at its end."""
        end_ms = (tick + 1) * TICK_MS
        conditions = self.entry.conditions
        off = tuple(i for i in self._timed if not conditions[i].dynamic(end_ms))
        phase = self._phases.get(off)
        if phase is None:
            if len(self._phases) >= _PHASES_KEPT:
                self._phases.clear()
            phase = self._phases[off] = self._phase(frozenset(off))
        return phase

    def phases(self, first_tick: int, ticks: int) -> Iterator[tuple[slice, Phase]]:
        """The phases of consecutive ticks, each with its rows. One without overrides by time."""
        row = 0
        while row < ticks:
            tick = first_tick + row
            change = self._next_change(tick)
            end = ticks if change is None else min(ticks, change - first_tick)
            yield slice(row, end), self.at(tick)
            row = end

    def _next_change(self, tick: int) -> int | None:
        """The first later tick whose end another phase may hold at."""
        end_ms = (tick + 1) * TICK_MS
        changes = [self.entry.conditions[i].next_change(end_ms) for i in self._timed]
        change = min((c for c in changes if c is not None), default=None)
        return None if change is None else -(-change // TICK_MS) - 1

    def _phase(self, off: frozenset[int]) -> Phase:
        variants = [
            self.entry.with_overrides([i for i in pattern if i not in off])
            for pattern in self._patterns
        ]
        of = np.array(self._of, dtype=np.int64)
        rows = [_row(variant) for variant in variants]
        columns = np.array(rows).reshape(len(rows), 1 + len(_KEYS))[of].T
        values = dict(zip(_KEYS, columns[1:], strict=True))
        return Phase(variants, of, columns[0], values, low=self.entry.rule.side == "low")


_KEYS = [
    (rung, side, unit) for rung in range(1, len(RUNGS) + 1) for side in _SIDES for unit in _UNITS
]


def _row(effective: EffectiveHeat) -> list[float]:
    """Floor and limits of one variant, in the order of the keys."""
    return [effective.rule.floor, *(_limit(effective, *key) for key in _KEYS)]


def _limit(effective: EffectiveHeat, rung: int, side: str, unit: str) -> float:
    """A limit; no limit where the rung does not name one; out of reach where there is no rung."""
    level = effective.rule.levels.get(RUNGS[rung - 1])
    if level is None:
        return _UNREACHABLE
    value: float | None = getattr(getattr(level, side), unit)
    if value is None:
        return _NO_LIMIT
    return -value if effective.rule.side == "low" and unit != "score" else value


@lru_cache(maxsize=1024)
def ticks_of(duration: str) -> int:
    """Whole ticks of a duration."""
    return duration_ms(duration) // TICK_MS
