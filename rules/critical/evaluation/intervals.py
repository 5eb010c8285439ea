"""Shares with their 95 % intervals: what stands beside every figure of a score."""

from __future__ import annotations

from math import sqrt

from msgspec import Struct

__all__ = ["Proportion", "Range", "f_score", "proportion"]

_Z = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


class Proportion(Struct, frozen=True):
    """`hits` of `of` things, as a share from 0 to 1 with a 95 % interval.

    value is None where there was nothing to count; the interval then says nothing: 0 to 1.
    """

    hits: int
    of: int
    value: float | None
    low: float
    high: float


class Range(Struct, frozen=True):
    """What is expected, and between which values it lies in 95 of 100 cases."""

    value: float
    low: float
    high: float


def proportion(hits: int, of: int) -> Proportion:
    """The share with Wilson's interval (Wilson 1927; Brown, Cai and DasGupta 2001).

    It keeps its promise for small numbers and shares near 0 or 1, where p +- 2 s does not.
    """
    if of == 0:
        return Proportion(0, 0, None, 0.0, 1.0)
    share = hits / of
    weight = 1 + _Z * _Z / of
    centre = (share + _Z * _Z / (2 * of)) / weight
    half = _Z / weight * sqrt(share * (1 - share) / of + _Z * _Z / (4 * of * of))
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == of else min(1.0, centre + half)
    return Proportion(hits, of, share, low, high)


def f_score(found: int, false: int, missed: int) -> Proportion:
    """F1 with its interval. hits: found; of: found, false and missed.

    F1 = 2j / (1 + j), where j = found / (found + false + missed) is a plain share. The formula only
    rises with j, so that the ends of j's interval are, put into it, those of F1's.
    """
    share = proportion(found, found + false + missed)
    value = None if share.value is None else _f(share.value)
    return Proportion(share.hits, share.of, value, _f(share.low), _f(share.high))


def _f(share: float) -> float:
    return 2 * share / (1 + share)
