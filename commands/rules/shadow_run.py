"""Reads alerts of rules in shadow from files or topics, and tells of each rule how it does."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from commands.alert_lines import alerts_of, alerts_on
from commands.rules.backtest_text import share_text
from commands.rules.directory import asked as asked_directory
from commands.rules.directory import moment
from rules.language.book import RuleBook
from rules.language.calendar import Calendar
from rules.language.checks.subject import calendar_of
from rules.language.schema.names import LEVELS
from rules.trials.expected import expected_a_day
from rules.trials.shadow import Known, ShadowRow, Trial
from streams.errors import ConfigError, RuleError

__all__ = ["Asked", "ShadowReport", "run_shadow", "shadow_lines"]

_TOPICS = ("alerts.shadow", "alerts.log")


class Asked(Struct, frozen=True, kw_only=True):
    """What was asked on the command line."""

    files: Sequence[str]
    broker: bool
    since: str | None
    until: str | None
    directory: str | None
    days: float
    most: float | None


class ShadowReport(Struct, frozen=True):
    """The span that was counted, and one row a rule."""

    since: datetime | None
    until: datetime | None
    rules: list[ShadowRow]


def run_shadow(asked: Asked) -> ShadowReport:
    """Raises ConfigError, RuleError, SourceError and BrokerError for what cannot be read."""
    book = _book(asked.directory)
    calendar = Calendar() if book is None else calendar_of(book.parts)
    since = None if asked.since is None else moment(asked.since, calendar)
    until = None if asked.until is None else moment(asked.until, calendar)
    if since is not None and until is not None and until <= since:
        raise ConfigError(f"--until {asked.until} is not after --since {asked.since}")
    trial = Trial()
    trial.add(alerts_on(_TOPICS, since) if asked.broker else alerts_of(asked.files))
    last = round(time.time() * 1000) if asked.broker else trial.last
    begin = since if since is not None else trial.first
    end = until if until is not None else last
    if begin is None or end is None:
        begin = end = 0
    rows = trial.report(
        {} if book is None else _in_shadow(book),
        begin=begin,
        end=max(begin, end),
        least_days=asked.days,
        most_a_day=asked.most,
    )
    shown = [calendar.shown(at) if at else None for at in (begin, end)]
    return ShadowReport(shown[0], shown[1], rows)


def shadow_lines(report: ShadowReport) -> Iterator[str]:
    """The report for people."""
    if not report.rules:
        yield "no alerts of rules in shadow, and no such rule"
        return
    if report.since is not None and report.until is not None:
        yield f"{report.since:%F %H:%M} to {report.until:%F %H:%M}"
    for row in report.rules:
        levels = ", ".join(f"{level} {row.levels[level]}" for level in LEVELS if row.levels[level])
        yield f"{row.rule}: {'may be promoted' if row.ready else 'not yet'}"
        yield (
            f"  {row.alerts} alerts in {row.days:g} days, {row.a_day:g} a day"
            f"{f' ({levels})' if levels else ''}, {row.areas} areas"
        )
        if row.told.of:
            yield f"  told by live rules too: {share_text(row.told)}"
        for text in row.because:
            yield f"  {text}"
        if row.ready:
            yield f"  watchfloor rules promote {row.rule} DIR"


def _book(directory: str | None) -> RuleBook | None:
    if directory is None:
        return None
    reading = asked_directory(directory).read()
    if reading.errors:
        raise RuleError("\n".join(str(fault) for fault in reading.errors))
    return reading.book


def _in_shadow(book: RuleBook) -> dict[str, Known]:
    return {
        entry.rule.id: Known(entry.kind, expected_a_day(entry.rule), entry.hash)
        for entry in book.parts.rules
        if entry.rule.state == "shadow"
    }
