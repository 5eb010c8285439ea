"""`watchfloor report`: the false alarms that heat rules may give beside the alerts they gave."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime

import click
import msgspec
from msgspec import Struct

from commands.alert_lines import alerts_of, alerts_on
from commands.rules.directory import asked as asked_directory
from commands.rules.directory import moment
from rules.language.checks.subject import calendar_of
from rules.language.schema.heat import HeatRule
from rules.language.schema.names import LEVELS
from rules.trials.budgets import Budgets, Rate, RuleBudget
from streams.errors import ConfigError

__all__ = ["command"]

_MANY, _SMALL = 100, 0.05


class BudgetReport(Struct, frozen=True):
    """The span that was asked for, a row a rule, and rules with a budget that gave no alert."""

    since: datetime | None
    until: datetime | None
    rules: list[RuleBudget]
    silent: list[str]


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE...]")
@click.option("--rules", "directory", metavar="DIR", help="Rule directory, for silent rules.")
@click.option("--since", metavar="MOMENT", help="Count alerts from here on.")
@click.option("--until", metavar="MOMENT", help="Count alerts up to here.")
@click.option(
    "--weeks",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Weeks that were observed; else what the alerts say.",
)
@click.option("--areas", type=click.IntRange(min=1), metavar="N", help="With --weeks: so many.")
@click.option("--strict", is_flag=True, help="Exit with 1 where more came than was asked for.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def command(
    *,
    files: tuple[str, ...],
    directory: str | None,
    since: str | None,
    until: str | None,
    weeks: float | None,
    areas: int | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Tell of every heat rule how many false alarms were asked for, and how many alerts came.

    FILE holds alerts as JSON lines: what `replay --out` wrote; `-` is stdin. Without a file the
    topic alerts.log is read. Every alert counts as false here: what of them was true, only people
    know. Intervals hold 95 % and know no storms: many alerts of one day widen them.

    \b
    Examples:
      watchfloor replay calls.csv.gz --rules my-rules --out alerts.jsonl
      watchfloor report alerts.jsonl --rules my-rules
      watchfloor report --since 2027-03-01 --strict
    """
    if areas is not None and weeks is None:
        raise click.UsageError("--areas says of how many areas --weeks are: give both")
    book = asked_directory(directory).read().book
    calendar = calendar_of(book.parts)
    since_ms = None if since is None else moment(since, calendar)
    until_ms = None if until is None else moment(until, calendar)
    if since_ms is not None and until_ms is not None and until_ms <= since_ms:
        raise ConfigError(f"--until {until} is not after --since {since}")
    budgets = Budgets()
    budgets.add(alerts_of(files) if files else alerts_on(["alerts.log"], since_ms))
    rows = budgets.rows(since_ms=since_ms, until_ms=until_ms, weeks=weeks, areas=areas)
    told = {row.rule for row in rows}
    budgeted = [e.rule for e in book.heat if isinstance(e.rule, HeatRule) and e.rule.budget]
    report = BudgetReport(
        None if since_ms is None else calendar.shown(since_ms),
        None if until_ms is None else calendar.shown(until_ms),
        rows,
        [rule.id for rule in budgeted if rule.id not in told] if directory else [],
    )
    click.echo(msgspec.json.encode(report) if as_json else "\n".join(_lines(report)))
    if strict and any(row.above for row in rows):
        sys.exit(1)


def _lines(report: BudgetReport) -> Iterator[str]:
    if not report.rules and not report.silent:
        yield "no alerts of heat rules"
    for row in report.rules:
        yield from _row(row)
    for rule in report.silent:
        yield f"{rule}: no alert"


def _row(row: RuleBudget) -> Iterator[str]:
    if row.asked is None:
        yield f"{row.rule}: no budget, {row.alerts} alerts{_measured(row)}"
    else:
        yield f"{row.rule}: asked {row.asked:g} per area and week{_measured(row)}"
    if row.share is not None:
        more = "more than was asked for, beyond chance" if row.above else "measured / asked"
        yield f"  {more}: {_rate(row.share)}"
    levels = ", ".join(f"{level} {row.levels[level]}" for level in LEVELS if level in row.levels)
    early = f", {row.learning} of them while little was known" if row.learning else ""
    yield f"  {row.alerts} alerts (level {levels or 'none'}){early}"
    if row.p10 is not None and row.p90 is not None:
        yield f"  areas' own rates: {row.p10:g} to {row.p90:g} (10th and 90th of 100)"
    if row.worst_days is not None:
        yield f"  on the worst 5 % of days: {100 * row.worst_days:.0f} % of the alerts"
    for area in row.worst:
        mark = ", more than was asked for" if area.above else ""
        yield f"  {area.area}: {area.alerts} alerts, {_rate(area.rate)} a week{mark}"


def _measured(row: RuleBudget) -> str:
    if row.rate is None or row.area_weeks is None:
        return "" if row.asked is None else ", nothing measured: too little was observed"
    seen = f"{row.area_weeks:g} area-weeks of {row.areas} areas"
    return f", measured {_rate(row.rate)} in {seen}"


def _rate(rate: Rate) -> str:
    return f"{_short(rate.measured)} ({_short(rate.low)} to {_short(rate.high)})"


def _short(value: float) -> str:
    if value >= _MANY:
        return f"{value:.0f}"
    return f"{value:.2f}" if value >= _SMALL else f"{value:.2g}"
