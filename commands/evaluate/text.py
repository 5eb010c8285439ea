"""The evaluation for people: tables of power, delay and rates, every figure with its interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from commands.evaluate.report import (
    Asked,
    AtRate,
    City,
    DetectorReport,
    Goal,
    Learning,
    NullReport,
    Options,
    Power,
    Report,
)
from detectors.evaluation.rates import Rate
from rules.critical.evaluation.intervals import Proportion

__all__ = ["lines"]

_NOTHING = "-"


def lines(report: Report) -> Iterator[str]:
    """The whole report."""
    if report.city is not None:
        yield from _city(report.city, report.options)
    for rate in report.options.rates if report.detectors else ():
        yield from _power_table(report.detectors, rate)
    if report.detectors:
        yield from _strata(report.detectors, report.options)
        yield from _asked_table(report.detectors)
        yield from _learning_table(report.detectors)
    for null in report.null:
        yield from _null(null)
    for name, reason in report.left_out.items():
        yield f"Left out: {name}: {reason}"
    if report.goals:
        yield from _goals(report.goals)


def _city(city: City, options: Options) -> Iterator[str]:
    read = city.read
    yield (
        f"{', '.join(read.files)} ({', '.join(read.format)}): {read.rows:,} rows, {city.calls:,} "
        f"calls count; {read.unusable:,} without time or area, {read.repeated:,} seen before, "
        f"{read.left_out:,} left out, {city.stray:,} far from all others in time"
    )
    ways = [f"within {options.link} min at one place"] if options.link is not None else []
    if options.link_type is not None:
        ways.append(f"within {options.link_type} min of one of their type in their area")
    link = " or ".join(ways) or "not linked"
    yield f"  repeats            {city.linked:,} ({link})"
    yield (
        f"  areas              {city.areas}, {city.rate:.2f} calls an hour each; {city.new_areas} "
        f"more have no call in training ({city.new_area_calls} calls) and are not measured"
    )
    strata = ", ".join(f"{s.name}: {s.areas}" for s in city.strata)
    yield f"  by calls an hour   {strata}"
    yield (
        f"  training           {city.train_weeks:.1f} observed weeks from {city.first}, times "
        f"without offset in {options.time_zone}"
    )
    yield f"  hold-out           {city.holdout_weeks:.1f} weeks from {city.holdout_from}"
    for gap in city.gaps:
        yield f"  missing data       {gap.days:.1f} days from {gap.first}"
    yield (
        f"  windows            {options.window} min every {options.every} min; surges with seeds "
        f"{', '.join(map(str, options.seeds))}, one per area and 3.5 days"
    )


def _power_table(detectors: list[DetectorReport], rate: float) -> Iterator[str]:
    yield ""
    yield f"At {rate:g} episodes per area and week, measured on the hold-out: surges seen, delay"
    for detector in detectors:
        at = next(at for at in detector.at if at.rate == rate)
        yield f"  {detector.name}{_sampled(detector)}"
        if not at.possible or at.measured is None:
            yield "    impossible: the score saturates, no threshold gives so few episodes"
            continue
        yield f"    {_at(at)}"
        yield from (f"    {_power(power)}" for power in at.power)


def _at(at: AtRate) -> str:
    measured = at.measured
    if measured is None:
        return _NOTHING
    worst = "" if at.worst_days is None else f", worst 5 % of days {at.worst_days:.1%}"
    return (
        f"threshold {at.threshold:.2f}, measured {measured.value:.3f} ({measured.low:.3f} to "
        f"{measured.high:.3f}), areas' own p10 to p90 {at.own_p10:.2f} to {at.own_p90:.2f}{worst}"
    )


def _power(power: Power) -> str:
    return (
        f"{power.kind:8} {_share(power.share)}  delay {_delay(power.delay):>8}  n {power.share.of}"
    )


def _delay(minutes: float | None) -> str:
    return _NOTHING if minutes is None else f"{minutes:.0f} min"


def _rate(rate: Rate) -> str:
    return f"{rate.value:.2f} ({rate.low:.2f} to {rate.high:.2f})"


def _share(share: Proportion) -> str:
    if share.value is None:
        return f"{_NOTHING:20}"
    return f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f})"


def _strata(detectors: list[DetectorReport], options: Options) -> Iterator[str]:
    """By base rate, where one number would hide that busy areas see little."""
    for rate in options.rates[:2]:
        yield ""
        yield f"By calls an area-hour, at {rate:g}: false episodes, surges seen and their delay"
        for detector in detectors:
            at = next(at for at in detector.at if at.rate == rate)
            if at.by_rate:
                parts = "  ".join(f"{p.stratum}: {_rate(p.measured):29}" for p in at.by_rate)
                yield f"  {detector.name:16} {'false':8} {parts}".rstrip()
            for power in at.power:
                parts = "  ".join(
                    f"{p.stratum}: {_share(p.share)} {_delay(p.delay):>8}" for p in power.by_rate
                )
                yield f"  {detector.name:16} {power.kind:8} {parts}"


def _asked_table(detectors: list[DetectorReport]) -> Iterator[str]:
    yield ""
    yield "Asked and measured episodes per area and week (95 %, bootstrap over days)"
    for detector in detectors:
        for asked in detector.asked:
            yield f"  {detector.name:16} {_asked(asked)}"
            if asked.power:
                seen = ", ".join(
                    f"{p.kind} {p.share.value:.2f}"
                    for p in asked.power
                    if p.share.value is not None
                )
                yield f"  {'':27}surges seen: {seen}"


def _asked(asked: Asked) -> str:
    m = asked.measured
    return (
        f"asked {asked.rate:<5g} {asked.way:10} measured {m.value:.4f} ({m.low:.4f} to "
        f"{m.high:.4f}), ratio {asked.ratio:.2f} ({asked.ratio_low:.2f} to {asked.ratio_high:.2f})"
        f", areas {asked.own_p10:.2f} to {asked.own_p90:.2f}"
    )


def _learning_table(detectors: list[DetectorReport]) -> Iterator[str]:
    yield ""
    yield "Cold start and learning"
    for detector in detectors:
        begun, ratio = detector.start, detector.observed_over_expected
        if ratio is not None:
            yield f"  {detector.name:16} observed / expected on the hold-out {ratio:.2f}"
        if begun is not None:
            yield (
                f"  {detector.name:16} episodes / asked 1: first day {begun.first_day:.2f}, "
                f"first week {begun.first_week:.2f}, second {begun.second_week:.2f}"
            )
        if detector.learning is not None:
            yield from _learning(detector.name, detector.learning)


def _learning(name: str, learning: Learning) -> Iterator[str]:
    if learning.inflation is not None:
        yield (
            f"  {name:16} the day after 72 h at x4 is expected {learning.inflation:.1%} too high; "
            f"{learning.taken_for_level} of {learning.surges} surges taken for a new level"
        )
    parts = ", ".join(f"{stratum}: x{value:.2f}" for stratum, value in learning.followed.items())
    yield f"  {name:16} a lasting x2 after 7 days, by calls an hour: {parts}"


def _null(null: NullReport) -> Iterator[str]:
    yield ""
    yield (
        f"Null run, {null.name}: Poisson counts, {null.areas} areas, {null.weeks:.0f} weeks "
        f"measured, means {null.source}"
    )
    for rate in null.rates:
        verdict = "kept" if rate.kept else "NOT KEPT"
        yield (
            f"  asked {rate.rate:<5g} {rate.way:10} measured {rate.measured:.5f}, at most "
            f"{rate.upper:.5f} ({rate.episodes} episodes): {verdict}"
        )


def _goals(goals: Iterable[Goal]) -> Iterator[str]:
    yield ""
    yield "Goals"
    for goal in goals:
        value = _NOTHING if goal.value is None else f"{goal.value:.3f}"
        low = "" if goal.low is None else f">= {goal.low:g} "
        high = "" if goal.high is None else f"<= {goal.high:g} "
        verdict = "met" if goal.met else "not met"
        yield f"  {goal.detector:16} {goal.name:58} {value:>8}   {low}{high}  {verdict}"


def _sampled(detector: DetectorReport) -> str:
    return "" if detector.sampled is None else f" (slow: measured on {detector.sampled} areas)"
