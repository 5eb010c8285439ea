"""The ladder of a coverage rule for all areas as arrays, which overrides by time change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.ladder import RUNGS
from rules.language.coverage_entry import CoverageEntry, EffectiveCoverage
from rules.language.schema.coverage import Enough, Short
from streams.clock import TICK_MS

__all__ = ["Rungs", "Seen"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ranks = NDArray[np.int8]

_PATTERNS_KEPT: Final = 8
_NEVER, _ALWAYS = np.inf, -np.inf


class Seen(Struct, frozen=True):
    """What is judged, by area. hot: whether an alert of a rule is open; blind: see `Blind`."""

    free: Floats
    gap: Floats
    cold: Ranks
    blind: Flags
    hot: Callable[[str], Flags]


class _Limits(Struct, frozen=True):
    """Limits [rungs, areas]; those of a rung that an area does not have are out of reach."""

    free_below: Floats
    gap: Floats
    cold: Floats
    free_at_least: Floats
    gap_most: Floats
    cold_most: Floats


class Rungs:
    """The rule in each of some areas, with the overrides that hold there at a tick.

    variants: the rule with each set of overrides that holds in some area now; of: an area's.
    """

    def __init__(self, entry: CoverageEntry, area_ids: Sequence[str]) -> None:
        self._entry = entry
        self._local = [entry.local(area_id) for area_id in area_ids]
        self._timed = [i for i, c in enumerate(entry.conditions) if not c.timeless]
        self._made: dict[tuple[int, ...], tuple[list[EffectiveCoverage], list[int], _Limits]] = {}
        self.variants: list[EffectiveCoverage] = []
        self.of: list[int] = []
        self._limits = self._at(())[2]

    def move(self, tick: int) -> None:
        """On to a tick: the overrides that hold at its end."""
        end_ms = (tick + 1) * TICK_MS
        off = tuple(i for i in self._timed if not self._entry.conditions[i].dynamic(end_ms))
        self.variants, self.of, self._limits = self._at(off)

    def effective(self, column: int) -> EffectiveCoverage:
        """The rule as it holds in an area."""
        return self.variants[self.of[column]]

    def judge(self, seen: Seen) -> tuple[Ranks, Ranks]:
        """(highest rung that fires, highest one that is not left) by area."""
        fired = np.zeros(seen.free.size, dtype=np.int8)
        held = np.zeros(seen.free.size, dtype=np.int8)
        limits = self._limits
        for rung in range(1, len(RUNGS) + 1):
            at = rung - 1
            hot = self._hot(rung, seen)
            fires = (seen.free < limits.free_below[at]) & (seen.gap >= limits.gap[at])
            fires &= (seen.cold >= limits.cold[at]) & hot
            left = (seen.free >= limits.free_at_least[at]) & (seen.gap <= limits.gap_most[at])
            left &= seen.cold <= limits.cold_most[at]
            fired[fires] = rung
            held[~left & hot] = rung
        return self._blind(seen, fired, held)

    def _hot(self, rung: int, seen: Seen) -> Flags:
        """Where an alert is open that the rung asks for; everywhere where it asks for none."""
        hot = np.ones(seen.free.size, dtype=np.bool_)
        for number, variant in enumerate(self.variants):
            level = variant.rule.levels.get(RUNGS[rung - 1])
            if level is not None and level.fire.with_ is not None:
                mine = np.array(self.of) == number
                hot[mine] = seen.hot(level.fire.with_)[mine]
        return hot

    def _blind(self, seen: Seen, fired: Ranks, held: Ranks) -> tuple[Ranks, Ranks]:
        """Where too many units are lost nothing opens, moves or ends; or that itself is told."""
        fired[seen.blind], held[seen.blind] = 0, len(RUNGS)
        for number, variant in enumerate(self.variants):
            blind = variant.rule.blind
            if blind is not None and blind.do == "raise_blind":
                lowest = min(RUNGS.index(level) + 1 for level in variant.rule.levels)
                fired[seen.blind & (np.array(self.of) == number)] = lowest
        return fired, held

    def _at(self, off: tuple[int, ...]) -> tuple[list[EffectiveCoverage], list[int], _Limits]:
        made = self._made.get(off)
        if made is None:
            if len(self._made) >= _PATTERNS_KEPT:
                self._made.clear()
            patterns: dict[tuple[int, ...], int] = {}
            hits = [tuple(i for i in local if i not in off) for local in self._local]
            of = [patterns.setdefault(hit, len(patterns)) for hit in hits]
            variants = [self._entry.with_overrides(hit) for hit in patterns]
            made = self._made[off] = variants, of, _limits(variants, of)
        return made


def _limits(variants: Sequence[EffectiveCoverage], of: Sequence[int]) -> _Limits:
    rows = np.array([[_rung(v, level) for level in RUNGS] for v in variants]).reshape(-1, 4, 6)
    columns = rows[np.array(of, dtype=np.int64)]
    return _Limits(*(columns[:, :, at].T for at in range(6)))


def _rung(variant: EffectiveCoverage, level: str) -> list[float]:
    """Limits of a level in the order of `_Limits`."""
    rung = variant.rule.levels.get(level)  # type: ignore[call-overload]  # a plain level
    if rung is None:
        return [_ALWAYS, _NEVER, _NEVER, _ALWAYS, _NEVER, _NEVER]
    fire, clear = rung.fire, rung.clear
    return [*_fires(fire), *_leaves(clear)]


def _fires(fire: Short) -> list[float]:
    return [
        _NEVER if fire.free_below is None else fire.free_below,
        _ALWAYS if fire.gap is None else fire.gap,
        _ALWAYS if fire.cold is None else fire.cold,
    ]


def _leaves(clear: Enough) -> list[float]:
    return [
        _ALWAYS if clear.free_at_least is None else clear.free_at_least,
        _NEVER if clear.gap is None else clear.gap,
        _NEVER if clear.cold is None else clear.cold,
    ]
