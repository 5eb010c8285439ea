"""Runs `watchfloor evaluate`: the calls of a city, every detector through the protocol, figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from commands.evaluate import figures
from commands.evaluate.candidates import Candidate, candidates
from commands.evaluate.goals import goals_of, null_goals
from commands.evaluate.null_run import null_report
from commands.evaluate.reading import Calls, Read, Wanted, read_calls
from commands.evaluate.report import (
    City,
    DetectorReport,
    Gap,
    Learning,
    Options,
    Report,
    Stratum,
)
from detectors import Detector
from detectors.evaluation.history import History, history_of, strays, stretches
from detectors.evaluation.learning import learnt
from detectors.evaluation.protocol import Plan, measure
from detectors.evaluation.rates import Observed, own_rates_of
from detectors.evaluation.surges import Kind, draw
from rules.linking import Linking
from rules.same_type import SameType
from streams.errors import SourceError

__all__ = ["Asked", "evaluate", "sample_of"]

_MINUTE_MS = 60_000
_LEARNING_DRAWS = 2
_LEAST_WEEKS = 4
"""Two weeks to begin with, and at least one either side of the split."""

Progress = Callable[[str, float], None]


class Asked(Struct, frozen=True, kw_only=True):
    """What was asked on the command line."""

    wanted: Wanted
    options: Options
    kinds: Sequence[Kind]
    detectors: Sequence[str]
    rules: str | None
    sample: int
    null: bool
    null_areas: int
    null_weeks: int


class _Ready(Struct, frozen=True):
    """A city on its grid of ticks."""

    history: History
    begin: int
    areas: NDArray[np.bool_]
    rates: NDArray[np.float64]
    city: City


def evaluate(asked: Asked, progress: Progress) -> Report:
    """Everything. Raises SourceError, RuleError and ConfigError for what cannot be evaluated."""
    # Simulated weeks begin at the epoch in UTC, and know no daylight saving.
    zone = "UTC" if asked.null else asked.options.time_zone
    named, left_out = candidates(asked.detectors, asked.rules, asked.options, zone)
    ready = _ready(asked, progress) if asked.wanted.files else None
    found: list[DetectorReport] = []
    nulls = []
    for number, candidate in enumerate(named):

        def told(share: float, number: int = number, name: str = candidate.name) -> None:
            progress(name, (number + share) / len(named))

        if asked.null:
            history = None if ready is None else ready.history
            few = min(asked.null_areas, asked.sample) if candidate.slow else asked.null_areas
            size = few, asked.null_weeks
            nulls.append(null_report(candidate, history, asked.options, *size, told))
        elif ready is not None:
            found.append(_evaluated(candidate, ready, asked, told))
    city = None if ready is None else ready.city
    goals = [goal for each in nulls for goal in null_goals(each)]
    if city is not None:
        goals = [goal for each in found for goal in goals_of(each, city)] + goals
    return Report(
        schema="evaluation/1",
        options=asked.options,
        city=city,
        detectors=found,
        null=nulls,
        goals=goals,
        left_out=left_out,
    )


def _ready(asked: Asked, progress: Progress) -> _Ready:
    calls, read = read_calls(asked.wanted, lambda rows: progress(f"reading, row {rows:,}", 0.0))
    options = asked.options
    per_hour = 60 // options.every
    ticks = calls.times // (options.every * _MINUTE_MS)
    stray = strays(ticks, per_hour)
    repeats = _repeats(calls, options) & ~stray
    kept = ~(repeats | stray)
    history = history_of(ticks[kept], calls.areas[kept], len(calls.names), per_hour)
    begin = history.split(options.train_share)
    train, hold = history.weeks(0, begin), history.weeks(begin, len(history.seen))
    if train + hold < _LEAST_WEEKS or min(train, hold) < 1:
        raise SourceError(
            f"{', '.join(asked.wanted.files)}: {train + hold:.1f} observed weeks are too few, "
            f"{train:.1f} of them to train on and {hold:.1f} to hold out; give at least "
            f"{_LEAST_WEEKS} weeks, and a week to either side (--train-share)"
        )
    seen = history.counts[:begin][history.seen[:begin]]
    rates = seen.mean(axis=0, dtype=np.float64) * per_hour
    areas = rates > 0
    counted = {"calls": ~stray, "linked": repeats, "stray": stray}
    sums = {name: int(where.sum()) for name, where in counted.items()}
    city = _city(read, sums, history, begin, rates, options)
    return _Ready(history, begin, areas, rates, city)


def _repeats(calls: Calls, options: Options) -> NDArray[np.bool_]:
    """Which calls repeat one about the same place of an area, or soon after one of its type."""
    repeats = np.zeros(len(calls.times), dtype=np.bool_)
    if options.link is not None:
        by_place = Linking(options.link * _MINUTE_MS)
        repeats = by_place.mark(calls.times, calls.places, calls.areas)
    if options.link_type is not None:
        left = np.flatnonzero(~repeats)
        by_type = SameType(options.link_type * _MINUTE_MS)
        repeats[left] = by_type.mark(calls.times[left], calls.areas[left], calls.types[left])
    return repeats


def _city(
    read: Read,
    sums: dict[str, int],
    history: History,
    begin: int,
    rates: NDArray[np.float64],
    options: Options,
) -> City:
    def moment(row: int) -> str:
        seconds = (history.first_tick + row) * options.every * 60
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")

    areas = rates > 0
    end = len(history.seen)
    strata = figures.strata_of(rates, areas)
    per_day = 24 * history.per_hour
    return City(
        read=read,
        **sums,
        areas=int(areas.sum()),
        new_areas=int((~areas).sum()),
        new_area_calls=int(history.counts[:, ~areas].sum()),
        rate=float(rates[areas].mean()),
        first=moment(0),
        holdout_from=moment(begin),
        last=moment(end),
        train_weeks=history.weeks(0, begin),
        holdout_weeks=history.weeks(begin, end),
        gaps=[Gap(moment(a), moment(b), (b - a) / per_day) for a, b in stretches(~history.seen)],
        strata=[Stratum(name, int(where.sum())) for name, where in strata.items()],
    )


def _evaluated(
    candidate: Candidate, ready: _Ready, asked: Asked, progress: Callable[[float], None]
) -> DetectorReport:
    options = asked.options
    columns = np.arange(ready.history.areas)
    if candidate.slow:
        columns = sample_of(ready.areas, ready.rates, asked.sample)
    history, areas, rates = ready.history.take(columns), ready.areas[columns], ready.rates[columns]
    begin, end = ready.begin, len(history.seen)
    observed = Observed(history.days(), history.seen, begin, areas, history.weeks(begin, end))
    names = [kind.name for kind in asked.kinds]
    strata = figures.strata_of(rates, areas)
    ground = figures.Ground(observed, names, strata, history.per_week)

    def make() -> Detector:
        return candidate.make(options)

    plan = Plan(
        window=options.window // options.every,
        begin=begin,
        surges=[draw(history, begin, list(asked.kinds), seed) for seed in options.seeds],
        rates=options.rates,
        areas=areas,
        progress=lambda share: progress(share * 0.6),
    )
    measured = measure(make, history, plan)
    at = figures.at_rates(measured, ground, options.rates)
    weekly = measured.hold.level_for(observed.area_weeks)
    draws = options.seeds[:_LEARNING_DRAWS]
    changes = learnt(make, history, plan.window, begin, measured, draws)
    progress(1.0)
    return DetectorReport(
        name=candidate.name,
        parameters=_parameters(candidate.config),
        areas=int(areas.sum()),
        sampled=int(areas.sum()) if candidate.slow else None,
        observed_over_expected=(
            measured.observed / measured.expected if measured.expected > 0 else None
        ),
        at=at,
        asked=figures.asked(measured, ground, options.rates, standard=candidate.standard),
        curve=figures.curve(measured, ground),
        own_rates=[] if weekly is None else own_rates_of(observed, *measured.hold.starts(weekly)),
        start=figures.start(measured, ground, weekly),
        learning=None if changes is None else _learning(changes, strata),
    )


def _learning(changes: Any, strata: dict[str, NDArray[np.bool_]]) -> Learning:
    taken, surges = changes.taken_for_level()
    followed = {name: changes.followed(areas) for name, areas in strata.items()}
    return Learning(
        inflation=changes.inflation(),
        surges=surges,
        taken_for_level=taken,
        followed={name: value for name, value in followed.items() if value is not None},
    )


def sample_of(
    areas: NDArray[np.bool_], rates: NDArray[np.float64], number: int
) -> NDArray[np.int64]:
    """Areas of every base rate, evenly over their order: what a slow detector is measured on.

    areas: [areas], which may be taken; rates: [areas], by which they are ordered.
    """
    order = np.flatnonzero(areas)[np.argsort(rates[areas], kind="stable")]
    picked = np.linspace(0, len(order) - 1, min(number, len(order))).round().astype(np.int64)
    return np.sort(order[np.unique(picked)])


def _parameters(config: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = msgspec.to_builtins(config)
    return parameters
