"""A silence as it was asked for on the command line: its bounds, its conditions, its name."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

import click
import msgspec

from commands.rules.books import book_in
from commands.rules.directory import moment
from commands.rules.publishing import read_control
from rules.language.book import RuleBook
from rules.language.bundle import book_in_bundle
from rules.language.calendar import Calendar
from rules.language.schema.common import SuppressWhen
from rules.language.schema.names import Duration, duration_ms
from rules.language.when import problems
from streams.acts import Silence, SilenceWhen
from streams.settings import Settings

__all__ = ["book_for", "bounds", "described", "made"]

_LONGEST_MS = 31 * 24 * 3600 * 1000


def book_for(settings: Settings, rules: str | None) -> RuleBook:
    """The book whose calendar and rules are meant: of --rules, else published, else the own one."""
    if rules is None and settings.broker:
        view = read_control(settings)
        bundle = None if view.current is None else view.bundle(view.current.hash)
        if bundle is not None:
            return book_in_bundle(bundle)
    return book_in(rules or settings.rules or None)


def bounds(
    first: str | None, last: str | None, span: str | None, now_ms: int, calendar: Calendar
) -> tuple[int, int]:
    """From and to, in ms of event time. Raises click.UsageError, ConfigError."""
    if (last is None) == (span is None):
        raise click.UsageError("say how long: --for 2h, or --to MOMENT; a silence has an end")
    from_ms = now_ms if first is None else moment(first, calendar)
    to_ms = from_ms + _span(span) if span is not None else moment(last or "", calendar)
    if to_ms <= max(from_ms, now_ms):
        raise click.UsageError("it would be over before it begins: look at --from, --to and --for")
    if to_ms - from_ms > _LONGEST_MS:
        raise click.UsageError(
            "a silence is for 31 days at most: what lasts longer belongs into the rule book "
            "(`suppress:`), where it is reviewed"
        )
    return from_ms, to_ms


def made(
    conditions: Mapping[str, Sequence[str]],
    id_: str | None,
    from_ms: int,
    to_ms: int,
    book: RuleBook,
    *,
    lifeline: bool,
) -> Silence:
    """The silence. Raises click.UsageError for one of everything, or a condition that is none."""
    named = {name: list(values) for name, values in conditions.items() if values}
    if not named:
        raise click.UsageError("name what is silenced: --area, --rule, --alert, --category ...")
    times = SuppressWhen(time=named.get("time"), day=named.get("day"))
    for problem in problems(times, book.calendar):
        raise click.UsageError(problem.message)
    rules = {entry.rule.id for entry in book.parts.rules}
    for rule in named.get("rule", ()):
        if rule not in rules:
            raise click.UsageError(f"there is no rule {rule!r} in this rule book (--rules)")
    plain = {
        "id": id_ or f"s-{secrets.token_hex(3)}",
        "when": named,
        "from_ms": from_ms,
        "to_ms": to_ms,
        "lifeline": lifeline,
    }
    try:
        return msgspec.convert(plain, Silence)
    except msgspec.ValidationError as error:
        raise click.UsageError(f"that is no silence: {error}") from error


def _span(text: str) -> int:
    days = text.removesuffix("d")
    if days != text and days.isdigit():
        return int(days) * 24 * 3600 * 1000
    try:
        return duration_ms(msgspec.convert(text, Duration))
    except msgspec.ValidationError as error:
        raise click.UsageError(f"{text!r} is no time: write 30m, 2h or 7d") from error


def described(when: SilenceWhen) -> str:
    """The conditions in a line: `area 320102, rule heat-street`."""
    parts = [
        f"{name} {' | '.join(values)}"
        for name in when.__struct_fields__
        if (values := getattr(when, name))
    ]
    return ", ".join(parts)
