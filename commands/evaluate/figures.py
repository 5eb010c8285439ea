"""Figures of a detector's run: power, delay and rates at equal numbers of episodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from commands.evaluate.report import Asked, AtRate, ByRate, CurvePoint, FalseByRate, Power, Start
from detectors.evaluation.power import Detected, SurgeScores
from detectors.evaluation.protocol import Measured
from detectors.evaluation.rates import Observed, own_rates, rate_of, worst_days
from rules.critical.evaluation.intervals import proportion

__all__ = ["Ground", "asked", "at_rates", "curve", "nominal_level", "start", "strata_of"]

Ints = NDArray[np.int64]
Episodes = tuple[Ints, Ints]

_EDGES = (0.1, 0.25, 0.5, 1.0, 2.0)
_CURVE = np.geomspace(0.01, 3.0, 16)
_DAYS_A_WEEK = 7
_EARLY_WEEKS = 2


class Ground(NamedTuple):
    """What figures are taken on. strata: [areas] of every stratum; train: of training time."""

    observed: Observed
    kinds: Sequence[str]
    strata: dict[str, NDArray[np.bool_]]
    per_week: int


def strata_of(rates: NDArray[np.float64], areas: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """Measured areas by base rate (calls an hour); strata without an area are left out."""
    index = np.searchsorted(_EDGES, rates, "right")
    names = [
        f"below {_EDGES[0]:g}",
        *(f"{a:g} to {b:g}" for a, b in pairwise(_EDGES)),
        f"{_EDGES[-1]:g} and more",
    ]
    found = {name: (index == number) & areas for number, name in enumerate(names)}
    return {name: where for name, where in found.items() if where.any()}


def nominal_level(rate: float, per_week: int) -> float:
    """The normal quantile that a share rate / ticks of a week lies above."""
    return NormalDist().inv_cdf(1.0 - min(rate / per_week, 0.5))


def at_rates(measured: Measured, ground: Ground, rates: Sequence[float]) -> list[AtRate]:
    """The detector at thresholds matched on the hold-out, so that detectors can be compared."""
    return [_at_rate(measured, ground, rate) for rate in rates]


def _at_rate(measured: Measured, ground: Ground, rate: float) -> AtRate:
    level = measured.hold.level_for(rate * ground.observed.area_weeks)
    if level is None:
        return AtRate(rate=rate, possible=False)
    episodes = measured.hold.starts(level)
    low, high = own_rates(ground.observed, *episodes)
    return AtRate(
        rate=rate,
        possible=True,
        threshold=level,
        measured=rate_of(ground.observed, *episodes),
        own_p10=low,
        own_p90=high,
        worst_days=worst_days(ground.observed, *episodes),
        by_rate=_by_rate(ground, *episodes),
        power=_powers(measured.surges, ground, level),
    )


def asked(
    measured: Measured, ground: Ground, rates: Sequence[float], *, standard: bool
) -> list[Asked]:
    """Thresholds that were set before the hold-out, or as it went, and what they gave.

    standard: the score is in standard deviations, so that a rate has a nominal threshold.
    """
    found = []
    for rate in rates:
        if standard:
            level = nominal_level(rate, ground.per_week)
            found.append(_asked(ground, rate, "nominal", level, measured.hold.starts(level), []))
        most = rate * measured.train_weeks * float(ground.observed.areas.sum())
        trained = measured.train.level_for(most)
        if trained is not None:
            episodes = measured.hold.starts(trained)
            found.append(_asked(ground, rate, "training", trained, episodes, []))
        alarms = measured.calibrated.get(rate)
        if alarms is not None:
            power = _powers(alarms.surges, ground, 0.0)
            episodes = (alarms.rows, alarms.areas)
            level = alarms.last_threshold
            calibrated = _asked(ground, rate, "calibrated", level, episodes, power)
            flat = measured.hold.level_for(calibrated.measured.episodes)
            shares = {} if flat is None else _shares(measured, ground, flat)
            found.append(structs.replace(calibrated, flat=shares))
    return found


def _asked(
    ground: Ground, rate: float, way: str, level: float, episodes: Episodes, power: list[Power]
) -> Asked:
    measured = rate_of(ground.observed, *episodes)
    low, high = own_rates(ground.observed, *episodes)
    return Asked(
        rate=rate,
        way=way,
        threshold=level,
        measured=measured,
        ratio=measured.value / rate,
        ratio_low=measured.low / rate,
        ratio_high=measured.high / rate,
        own_p10=low,
        own_p90=high,
        worst_days=worst_days(ground.observed, *episodes),
        by_rate=_by_rate(ground, *episodes),
        power=power,
    )


def _by_rate(ground: Ground, rows: Ints, areas: Ints) -> list[FalseByRate]:
    """Episodes per area-week in the areas of every stratum."""
    return [
        FalseByRate(name, rate_of(ground.observed._replace(areas=where), rows, areas))
        for name, where in ground.strata.items()
    ]


def _powers(runs: Sequence[SurgeScores], ground: Ground, level: float) -> list[Power]:
    """Power by kind, of all seeds together, in all areas and by stratum."""
    found = []
    for number, kind in enumerate(ground.kinds):
        whole = _detected(runs, level, number, ground.observed.areas)
        parts = [
            ByRate(name, proportion(part.hits, part.of), part.delay)
            for name, areas in ground.strata.items()
            if (part := _detected(runs, level, number, areas)).of
        ]
        found.append(Power(kind, proportion(whole.hits, whole.of), whole.delay, parts))
    return found


def _detected(
    runs: Sequence[SurgeScores], level: float, kind: int, areas: NDArray[np.bool_]
) -> Detected:
    each = [run.detected(level, run.of_kind(kind) & run.in_areas(areas)) for run in runs]
    hits, of = sum(d.hits for d in each), sum(d.of for d in each)
    delays = sum(d.hits * d.delay for d in each if d.delay is not None)
    return Detected(hits, of, delays / hits if hits else None)


def curve(measured: Measured, ground: Ground) -> list[CurvePoint]:
    """Power by kind over rates from 0.01 to 3, where the score allows such a rate."""
    return list(_curve(measured, ground))


def _curve(measured: Measured, ground: Ground) -> Iterator[CurvePoint]:
    for rate in _CURVE:
        level = measured.hold.level_for(rate * ground.observed.area_weeks)
        if level is not None:
            yield CurvePoint(round(float(rate), 4), _shares(measured, ground, level))


def _shares(measured: Measured, ground: Ground, level: float) -> dict[str, float]:
    """Surges seen by kind, in all areas that are measured."""
    found = {}
    for number, kind in enumerate(ground.kinds):
        seen = _detected(measured.surges, level, number, ground.observed.areas)
        if seen.of:
            found[kind] = seen.hits / seen.of
    return found


def start(measured: Measured, ground: Ground, level: float | None) -> Start | None:
    """Episodes in the first days over those asked, at the threshold of one a week."""
    if level is None or measured.early_weeks < _EARLY_WEEKS:
        return None
    rows, areas = measured.early.starts(level)
    rows = rows[ground.observed.areas[areas]]
    number = float(ground.observed.areas.sum())
    day = ground.per_week // _DAYS_A_WEEK
    return Start(
        float(np.count_nonzero(rows < day)) / number * _DAYS_A_WEEK,
        float(np.count_nonzero(rows < ground.per_week)) / number,
        float(np.count_nonzero((rows >= ground.per_week) & (rows < 2 * ground.per_week))) / number,
    )
