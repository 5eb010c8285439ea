"""How far marks may move a value: only when they are sure, a little at a time, within limits.

The share of real reports is estimated as a Beta posterior from a flat prior (river.proba.Beta);
why not by a logistic regression: docs/explanation/decisions/learning-from-dispositions.md.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from msgspec import Struct

from rules.critical.learning.tally import Tally

__all__ = ["DIGITS", "ENTRY", "THRESHOLD", "Bounds", "Move", "moved"]

DIGITS = 6


class Bounds(Struct, frozen=True):
    """What holds a value; changes are positive where they show more reports.

    least: marks' worth of one kind without which nothing moves. low, high: shares of real reports
    below and above which a value is lowered and raised. down, up: the furthest from what the
    analyst wrote. limit: the most in one step. cap: the most that one officer counts for.
    """

    least: float
    low: float
    high: float
    down: float
    up: float
    limit: float
    cap: float


ENTRY = Bounds(least=8, low=0.2, high=0.5, down=0.25, up=0.25, limit=0.05, cap=4)
"""Of the weight of a frame, or of a word."""

THRESHOLD = Bounds(least=40, low=0.1, high=0.5, down=0.2, up=0.1, limit=0.05, cap=20)
"""Of the review threshold, downward: 0.5 becomes 0.7 at most and 0.4 at least."""

_SURE = 0.9
"""So probable must it be that the share lies beyond its limit."""


class Move(NamedTuple):
    """Where a value goes; why: empty where it stays. frozen: only contradictions hold it."""

    after: float
    why: str = ""
    frozen: bool = False


def moved(before: float, tally: Tally, bounds: Bounds, new: Collection[str]) -> Move:
    """The change that a tally makes of an earlier change; more real marks never make it less.

    new: of `real` and `false` those that are among the marks of this step. Without a new one of
    its kind nothing moves, so that a step about something else is no step for this value.
    """
    target = _target(tally, bounds)
    if target is None:
        alone = Tally(tally.real, tally.false)
        frozen = tally.contradicted > 0 and _target(alone, bounds) is not None
        return Move(before, frozen=frozen)
    if ("false" if target <= 0 else "real") not in new:
        return Move(before)
    if target <= 0:
        wanted = min(before, target)
        after = max(before - bounds.limit, wanted)
    else:
        wanted = max(before, target)
        after = min(before + bounds.limit, wanted)
    after = round(min(max(after, -bounds.down), bounds.up), DIGITS) + 0.0  # no minus zero
    return Move(after, _why(tally, bounds, wanted, after))


def _target(tally: Tally, bounds: Bounds) -> float | None:
    """The change that the marks ask for by themselves; None where they are not sure."""
    if tally.false >= bounds.least:
        real = tally.real + tally.contradicted
        if _below(bounds.low, real, tally.false) >= _SURE:
            share = real / (real + tally.false)
            return -bounds.down * max(0.0, 1 - share / bounds.low)
    if tally.real >= bounds.least:
        false = tally.false + tally.contradicted
        if _below(bounds.high, tally.real, false) <= 1 - _SURE:
            share = tally.real / (tally.real + false)
            return bounds.up * max(0.0, (share - bounds.high) / (1 - bounds.high))
    return None


def _below(limit: float, real: float, false: float) -> float:
    """How probable it is that the true share of real reports lies below a limit."""
    from river.proba import Beta  # noqa: PLC0415 -- seconds of import, only where learning runs

    posterior = Beta(1 + real, 1 + false)  # type: ignore[arg-type]  # parts of marks count too
    return float(posterior.cdf(limit))


def _why(tally: Tally, bounds: Bounds, wanted: float, after: float) -> str:
    parts = [f"{tally.real:.4g} real and {tally.false:.4g} false marks count"]
    if tally.contradicted:
        parts.append(f"{tally.contradicted:.4g} contradicted")
    why = f"{', '.join(parts)}, by {tally.officers} officers"
    if abs(after - wanted) > 10**-DIGITS:
        why += f"; {wanted:+.2f} was asked for, a step is {bounds.limit:g} at most"
    return why
