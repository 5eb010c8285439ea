"""Alerts a day at real shares, reckoned from labelled lines: seeded draws over reweighted kinds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.critical.evaluation.intervals import Range
from rules.critical.evaluation.shares import Shares
from rules.critical.evaluation.tally import Cell

__all__ = ["Kind", "Reweighted", "reweighted"]

_DRAWS = 10_000
_ENDS = (2.5, 97.5)
_Floats = NDArray[np.float64]
_EMPTY = Cell()


class Kind(Struct, frozen=True):
    """What one kind brings: its false alerts a day, and the lines on which that rests."""

    name: str
    share: float
    lines: int
    false: int
    false_alerts: float


class Reweighted(Struct, frozen=True):
    """What a day would bring. Numbers a day hold the chance of the day itself; shares do not.

    covered: the share of the mix whose kinds have labelled lines; the rest borrows the rate of its
    group. precision: of the alerts, at this share of critical calls. kinds: those with false
    alerts, the most first; a large share with few lines calls for more lines.
    """

    calls_a_day: int
    critical_share: float
    source: str
    seed: int
    covered: float
    without_lines: list[str]
    alerts: Range
    false_alerts: Range
    missed: Range
    reviews: Range
    precision: Range
    kinds: list[Kind]


class _Rate(Struct, frozen=True):
    """The share of some lines that got something: as counted, and as it may be."""

    value: float
    draws: _Floats


def reweighted(
    strata: Mapping[str, Cell],
    shares: Shares,
    *,
    calls: int,
    critical_share: float,
    seed: int,
) -> Reweighted:
    """Estimate alerts a day from counts by stratum.

    Harmless lines are weighted to the mix of `shares`. Critical lines are not: nobody knows how
    critical calls are worded on average, so their recall is that of the labelled set.

    A draw resamples every kind's lines, and adds to each one line's worth of its group, whose rate
    is drawn from Jeffreys' posterior: a kind with three lines and no false alert is not free of
    them. So intervals are wide where lines are few.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    critical = sum(cell.critical for cell in strata.values())
    recall = _jeffreys(rng, sum(cell.found for cell in strata.values()), critical)
    shown = _jeffreys(rng, sum(cell.review_critical for cell in strata.values()), critical)
    groups = shares.groups()
    false = _mixed(rng, groups, {k: (c.false, c.harmless) for k, c in strata.items()})
    review = _mixed(rng, groups, {k: (c.review_harmless, c.harmless) for k, c in strata.items()})
    many = rng.binomial(calls, critical_share, _DRAWS)
    found = rng.binomial(many, recall.draws)
    alarms = rng.binomial(calls - many, false.draws)
    reviews = rng.binomial(many, shown.draws) + rng.binomial(calls - many, review.draws)
    ours, rest = calls * critical_share, calls * (1 - critical_share)
    without = [k for group in groups for k in group if not strata.get(k, _EMPTY).harmless]
    return Reweighted(
        calls_a_day=calls,
        critical_share=critical_share,
        source=shares.source,
        seed=seed,
        covered=1.0 - sum(share for g in groups for k, share in g.items() if k in without),
        without_lines=without,
        alerts=_range(ours * recall.value + rest * false.value, found + alarms),
        false_alerts=_range(rest * false.value, alarms),
        missed=_range(ours * (1 - recall.value), many - found),
        reviews=_range(ours * shown.value + rest * review.value, reviews),
        precision=_range(
            _precision(ours * recall.value, rest * false.value),
            ours * recall.draws / (ours * recall.draws + rest * false.draws),
        ),
        kinds=_kinds(strata, groups, rest),
    )


def _kinds(strata: Mapping[str, Cell], groups: list[dict[str, float]], calls: float) -> list[Kind]:
    found = [
        Kind(name, share, cell.harmless, cell.false, calls * share * cell.false / cell.harmless)
        for group in groups
        for name, share in group.items()
        if (cell := strata.get(name, _EMPTY)).false
    ]
    return sorted(found, key=lambda kind: (-kind.false_alerts, kind.name))


def _mixed(
    rng: np.random.Generator,
    groups: list[dict[str, float]],
    counted: Mapping[str, tuple[int, int]],
) -> _Rate:
    """The rate over the whole mix; `counted` gives hits and lines by stratum."""
    value, draws = 0.0, np.zeros(_DRAWS)
    for group in groups:
        pairs = {kind: counted.get(kind, (0, 0)) for kind in group}
        pool = _jeffreys(
            rng, sum(hits for hits, _ in pairs.values()), sum(lines for _, lines in pairs.values())
        )
        for kind, share in group.items():
            hits, lines = pairs[kind]
            own = rng.binomial(lines, hits / lines, _DRAWS) if lines else 0
            value += share * (hits / lines if lines else pool.value)
            draws += share * (own + pool.draws) / (lines + 1)
    return _Rate(value, draws)


def _jeffreys(rng: np.random.Generator, hits: int, lines: int) -> _Rate:
    """The plain share (0 where there is nothing), and draws from Beta(hits + 1/2, others + 1/2)."""
    draws = rng.beta(hits + 0.5, lines - hits + 0.5, _DRAWS)
    return _Rate(hits / lines if lines else 0.0, draws)


def _precision(found: float, false: float) -> float:
    return found / (found + false) if found + false else 0.0


def _range(value: float, draws: NDArray[np.generic]) -> Range:
    """The plain value lies within, also where nothing was counted and all draws are above it."""
    low, high = np.percentile(np.asarray(draws, dtype=np.float64), _ENDS)
    return Range(value, min(value, float(low)), max(value, float(high)))
