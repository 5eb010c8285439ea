"""The null run: Poisson counts of known means, on which no more episodes may come than asked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from commands.evaluate.candidates import Candidate
from commands.evaluate.figures import nominal_level
from commands.evaluate.report import NullRate, NullReport, Options
from detectors.evaluation.history import History, typical_week
from detectors.evaluation.null import invented_week, simulated
from detectors.evaluation.protocol import Measured, Plan, measure
from detectors.evaluation.rates import poisson_upper

__all__ = ["null_report"]

_TRAIN = 1 / 3


def null_report(
    candidate: Candidate,
    history: History | None,
    options: Options,
    areas: int,
    weeks: int,
    progress: Callable[[float], None],
) -> NullReport:
    """A detector on simulated counts, with the means of a city's areas or with invented ones."""
    per_hour = 60 // options.every
    if history is None:
        rates, shape = invented_week(areas, per_hour, options.seeds[0])
        source = "invented"
    else:
        rates, shape = typical_week(history)
        rates = np.resize(rates[rates > 0], areas)
        # The simulated week begins where `hours_of_week` counts from: the same week for both.
        source = "of the file"
    city = simulated(rates, shape, weeks, per_hour, options.seeds[0])
    begin = city.split(_TRAIN)
    plan = Plan(
        window=options.window // options.every,
        begin=begin,
        surges=[],
        rates=options.rates,
        areas=np.ones(city.areas, dtype=np.bool_),
        progress=progress,
    )
    measured = measure(lambda: candidate.make(options), city, plan)
    measured_weeks = city.weeks(begin, len(city.seen))
    found = [
        _null_rate(rate, way, episodes, measured_weeks * city.areas)
        for rate in options.rates
        for way, episodes in _episodes(candidate, measured, rate, city).items()
    ]
    return NullReport(
        name=candidate.name, areas=city.areas, weeks=measured_weeks, source=source, rates=found
    )


def _episodes(
    candidate: Candidate, measured: Measured, rate: float, city: History
) -> dict[str, int]:
    """Episodes in the hold-out by the way in which the threshold was set."""
    found = {}
    if candidate.standard:
        found["nominal"] = measured.hold.count(nominal_level(rate, city.per_week))
    level = measured.train.level_for(rate * measured.train_weeks * city.areas)
    if level is not None:
        found["training"] = measured.hold.count(level)
    if rate in measured.calibrated:
        found["calibrated"] = len(measured.calibrated[rate].rows)
    return found


def _null_rate(rate: float, way: str, episodes: int, area_weeks: float) -> NullRate:
    upper = poisson_upper(episodes) / area_weeks
    return NullRate(
        rate=rate,
        way=way,
        measured=episodes / area_weeks,
        upper=upper,
        episodes=episodes,
        kept=upper <= rate,
    )
