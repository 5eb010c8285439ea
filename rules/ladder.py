"""The ladder of a heat rule: limits of all areas as arrays, and one area's way up and down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors import Verdicts
from rules.language.book import EffectiveHeat
from rules.language.schema.names import LEVELS
from streams.records import Level

__all__ = ["RUNGS", "Limits", "OpenAlert", "advance"]

RUNGS: tuple[Level, ...] = tuple(reversed(LEVELS))
"""Rung numbers 1..4 are levels IV..I; 0 is no alert."""
_NO_LIMIT = -np.inf
_UNREACHABLE = np.inf


class OpenAlert(Struct, array_like=True):
    """An alert of one area under this rule, in ticks; `low_since` counts keep-firing."""

    breached: int
    rung: int
    fired: int | None = None
    revision: int = 0
    low_since: int | None = None


class Limits:
    """Thresholds of all areas as arrays [areas] by rung and side."""

    def __init__(self) -> None:
        self._floor = np.zeros(0)
        self._values = {key: np.zeros(0) for key in _limit_keys()}

    def extend(self, rules: Sequence[EffectiveHeat]) -> None:
        """Add columns for new areas."""
        self._floor = np.append(self._floor, [e.rule.floor for e in rules])
        for key in self._values:
            self._values[key] = np.append(self._values[key], [_limit(e, *key) for e in rules])

    def rungs(
        self, window: NDArray[np.int64], verdicts: Verdicts, judged: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Highest rung whose `fire` holds, and highest one that is not yet cleared, per cell."""
        fired = np.zeros(window.shape, dtype=np.int8)
        held = np.zeros(window.shape, dtype=np.int8)
        for rung in range(1, len(RUNGS) + 1):
            count, ratio = self._values[rung, "fire", "count"], self._values[rung, "fire", "ratio"]
            if np.isinf(count).all() and (count > 0).all():
                continue  # no area has this rung
            over = (window >= np.maximum(count, self._floor)) & (verdicts.score >= ratio)
            over &= verdicts.ready | (ratio == _NO_LIMIT)
            fired[over] = rung
            count, ratio = (
                self._values[rung, "clear", "count"],
                self._values[rung, "clear", "ratio"],
            )
            held[(window >= count) & (verdicts.score >= ratio)] = rung
        fired[~judged] = 0
        return fired, held


def _limit_keys() -> list[tuple[int, str, str]]:
    return [
        (rung, side, unit)
        for rung in range(1, len(RUNGS) + 1)
        for side in ("fire", "clear")
        for unit in ("count", "ratio")
    ]


def _limit(effective: EffectiveHeat, rung: int, side: str, unit: str) -> float:
    """A limit; no limit where the rung does not name one; out of reach where there is no rung."""
    level = effective.rule.levels.get(RUNGS[rung - 1])
    if level is None:
        return _UNREACHABLE
    value: float | None = getattr(getattr(level, side), unit)
    return _NO_LIMIT if value is None else value


def advance(
    open_: OpenAlert, tick: int, fired: int, held: int, *, wait: int, keep: int
) -> int | None:
    """One tick of the ladder; the rung before a transition that is to be told, else None.

    Up at once when a higher rung fires (after `wait` ticks for the first one); down, one notice,
    after `keep` ticks in which the rung held was cleared.
    """
    before = open_.rung
    if before == 0:
        if fired == 0 or tick - open_.breached < wait:
            return None
        open_.rung, open_.fired = fired, tick
    elif fired > before:
        open_.rung, open_.low_since = fired, None
    elif max(held, fired) >= before:
        open_.low_since = None
        return None
    else:
        open_.low_since = tick if open_.low_since is None else open_.low_since
        if tick - open_.low_since + 1 < keep:
            return None
        open_.rung, open_.low_since = max(held, fired), None
    open_.revision += 1
    return before
