"""Runs a plan: one history through two rule books, and what differs between their alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from commands.rules.backtest_history import Ran, core_of, open_history
from commands.rules.backtest_run import known_rules
from commands.rules.directory import moment
from rules.language.calendar import Calendar
from rules.language.checks.subject import calendar_of
from rules.language.loader import SHIPPED
from rules.trials.difference import Change, Run, What, changes_of
from rules.trials.ledger import millis
from streams.errors import ConfigError
from streams.records import Alert

__all__ = ["Asked", "PlanReport", "run_plan"]


class Asked(Struct, frozen=True, kw_only=True):
    """What was asked on the command line."""

    old: str
    new: str
    files: Sequence[str]
    areas: str | None
    format: str
    first: str | None
    last: str | None
    rules: Sequence[str]
    progress: bool


class PlanReport(Struct, frozen=True, kw_only=True):
    """What differs. counts and those by rule and area: how many of each sort; same: none of them.

    timezone: of the new book, on whose clock people read the moments.
    """

    old: str
    new: str
    timezone: str
    history: Ran
    same: int
    counts: Mapping[What, int]
    by_rule: Mapping[str, Mapping[What, int]]
    by_area: Mapping[str, Mapping[What, int]]
    changes: list[Change]


def run_plan(asked: Asked) -> PlanReport:
    """Raises ConfigError, RuleError and SourceError for what cannot be run."""
    if "-" in asked.files:
        raise ConfigError("the history is read twice, so that it cannot be standard input")
    cores = [core_of(_directory(name), asked.areas) for name in (asked.old, asked.new)]
    calendar = calendar_of(cores[1].book.parts)
    for rule in asked.rules:
        if not any(rule in (e.rule.id for e in core.book.parts.rules) for core in cores):
            known_rules(cores[1].book, [rule])
    first = None if asked.first is None else moment(asked.first, calendar)
    last = None if asked.last is None else moment(asked.last, calendar)
    runs: list[Run] = []
    for core, verb in zip(cores, ("plan, old", "plan, new"), strict=True):
        history = open_history(asked.files, asked.format, progress=asked.progress, verb=verb)
        kept = _Kept(asked.rules, first, last)
        ran = history.run(core, kept.add, until_ms=last)
        runs.append(kept.run)
    changes = changes_of(*runs)
    return PlanReport(
        old=cores[0].book.bundle,
        new=cores[1].book.bundle,
        timezone=_zone(calendar),
        history=ran,
        same=changes.same,
        counts=changes.counts(),
        by_rule=changes.by_rule(),
        by_area=changes.by_area(),
        changes=changes.changes,
    )


class _Kept:
    """The alerts of a run that are compared: those first told in the span, by the rules named."""

    def __init__(self, rules: Sequence[str], first: int | None, last: int | None) -> None:
        self.run = Run()
        self._rules = frozenset(rules)
        self._first = first
        self._last = last
        self._out: set[str] = set()
        self._in: set[str] = set()

    def add(self, alerts: Sequence[Alert]) -> None:
        mine = [a for a in alerts if not self._rules or a.rule.id in self._rules]
        for alert in mine:
            if alert.id not in self._in and not self._spans(millis(alert)):
                self._out.add(alert.id)
            elif alert.id not in self._out:
                self._in.add(alert.id)
        self.run.add([alert for alert in mine if alert.id in self._in])

    def _spans(self, time_ms: int) -> bool:
        after = self._first is None or time_ms >= self._first
        return after and (self._last is None or time_ms <= self._last)


def _directory(name: str) -> str:
    return str(SHIPPED) if name == "-" else name


def _zone(calendar: Calendar) -> str:
    return calendar.file.timezone
