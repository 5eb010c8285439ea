"""Who is told of a rule's alerts, put together from a rule book for one level and moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from difflib import get_close_matches

from msgspec import Struct

from rules.language.book import RuleBook
from rules.language.calendar import Calendar
from rules.language.checks.subject import calendar_of
from rules.language.parts import RuleEntry
from rules.language.routing import Rung
from rules.language.schema.common import CommandLevel, Grouping
from rules.language.schema.names import LEVELS, Level
from rules.language.when import Subject, compile_when
from rules.notify.chain import commands_for
from rules.notify.router import Router
from streams.errors import ConfigError

__all__ = ["Told", "lines", "told_of"]

_HOUR_MS, _MINUTE_MS, _SECOND_MS = 3_600_000, 60_000, 1_000


class Told(Struct, frozen=True, kw_only=True):
    """Who is told of an alert of one level. place: where the entry of the route stands.

    commands: of the chain, each on its topic. digest_ms: how often what was gathered is told.
    overrides: reasons of those that hold. suppressed_by: suppressions that hold whatever the report
    says. A route that has no entry for the level has no rungs.
    """

    rule: str
    level: Level
    at: datetime
    day: list[str]
    bands: list[str]
    area: str | None
    route: str | None
    place: str | None
    lifeline: bool
    rungs: tuple[Rung, ...]
    ack_ms: int | None
    repeat_ms: int | None
    digest_ms: int | None
    group: Grouping | None
    commands: tuple[CommandLevel, ...]
    overrides: list[str]
    suppressed_by: list[str]


def told_of(
    book: RuleBook,
    rule: str,
    levels: Sequence[Level],
    at: str | None,
    area: str | None,
    now_ms: int,
) -> list[Told]:
    """One answer a level, gravest first. at: a moment as in rule files; without it `now_ms`.

    Raises ConfigError for a rule or a moment that is none.
    """
    entry = _entry(book, rule)
    calendar = calendar_of(book.parts)
    try:
        at_ms = now_ms if at is None else calendar.starts(at)
    except ValueError as error:
        raise ConfigError(
            f"--at {at}: not a moment; write one such as 2026-11-20T22:30 or 2026-11-20T14:30Z"
        ) from error
    return [_told(book, entry, level, at_ms, area, calendar) for level in LEVELS if level in levels]


def lines(told: Told) -> Iterator[str]:
    """The answer for people."""
    called = ", ".join([*told.day, *told.bands])
    where = f" in {told.area}" if told.area else ""
    at = f"{told.at:%Y-%m-%d %H:%M} {told.at.tzinfo}"
    yield f"{told.rule}{where}, level {told.level}, {at} ({called})"
    if told.route is None:
        yield "  no route: the alert goes to the topic of all alerts, and nobody is told by name"
    elif not told.rungs:
        yield f"  route {told.route} has no entry for this level and moment: nobody is told"
    else:
        yield f"  route {told.route}, {told.place}"
    for rung in told.rungs:
        yield f"  {_when(rung):>8}  {_who(rung)}"
    yield f"  on the topics of: {', '.join(told.commands)}"
    if told.digest_ms is not None:
        yield f"  gathered, and told as one list every {_span(told.digest_ms)}"
    if told.group is not None:
        by = ", ".join(told.group.by)
        yield f"  told together by {by}, gathered for {told.group.wait}; the first never waits"
    if told.repeat_ms is not None:
        yield f"  told again every {_span(told.repeat_ms)} until somebody acknowledges"
    if told.lifeline:
        yield "  lifeline: nothing holds it back"
    yield from (f"  override: {because}" for because in told.overrides)
    yield from (f"  suppressed by {id_}" for id_ in told.suppressed_by)


def _told(
    book: RuleBook,
    entry: RuleEntry,
    level: Level,
    at_ms: int,
    area: str | None,
    calendar: Calendar,
) -> Told:
    tree = book.tree
    subject = Subject(
        path=tree.path(area) if area else (),
        tags=tree.tags(area) if area else (),
        rule=entry.rule.id,
    )
    overrides = [
        override
        for override in entry.rule.overrides
        if compile_when(override.when, calendar, until=override.until).holds(subject, at_ms)
    ]
    routed = Router(book).routed(entry, overrides, level, at_ms)
    plan = routed.plan
    return Told(
        rule=entry.rule.id,
        level=level,
        at=calendar.shown(at_ms),
        day=_called(calendar, at_ms),
        bands=sorted(calendar.bands_of(at_ms)),
        area=area,
        route=routed.route,
        place=routed.place,
        lifeline=routed.lifeline,
        rungs=plan.rungs,
        ack_ms=plan.ack_ms,
        repeat_ms=plan.repeat_ms,
        digest_ms=plan.digest_ms,
        group=plan.group,
        commands=commands_for(level, plan.commands),
        overrides=[override.because for override in overrides],
        suppressed_by=[] if routed.lifeline else list(_suppressed(book, subject, at_ms, calendar)),
    )


def _suppressed(book: RuleBook, subject: Subject, at_ms: int, calendar: Calendar) -> Iterator[str]:
    for placed in book.parts.suppressions:
        held = placed.value
        condition = compile_when(held.when, calendar, since=held.from_, until=held.to)
        if condition.holds(subject, at_ms):
            yield held.id


def _entry(book: RuleBook, rule: str) -> RuleEntry:
    entries = {entry.rule.id: entry for entry in book.parts.rules}
    if rule in entries:
        return entries[rule]
    close = get_close_matches(rule, entries, 1)
    meant = f'; did you mean "{close[0]}"?' if close else f" (rules: {', '.join(entries)})"
    raise ConfigError(f'no rule "{rule}" in this rule book{meant}')


def _called(calendar: Calendar, at_ms: int) -> list[str]:
    """What the day is called, its date aside."""
    return sorted(name for name in calendar.kinds_of(at_ms) if not name[0].isdigit())


def _when(rung: Rung) -> str:
    return "never" if rung.after_ms is None else f"+{_span(rung.after_ms)}"


def _who(rung: Rung) -> str:
    told = ", ".join(rung.to)
    return told if rung.channels == rung.to else f"{told} (by {', '.join(rung.channels)})"


def _span(length_ms: int) -> str:
    for unit, name in ((_HOUR_MS, "h"), (_MINUTE_MS, "min")):
        if length_ms and length_ms % unit == 0:
            return f"{length_ms // unit} {name}"
    return f"{length_ms // _SECOND_MS} s"
