"""`watchfloor rules effective`: a rule as it holds in one area, each value with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from msgspec import Struct
from msgspec import json as msgjson

__all__ = ["effective"]


class _Held(Struct, frozen=True):
    """An override: whether it holds; None where it depends on a moment and none was named."""

    number: int
    because: str
    place: str
    holds: bool | None


class _Line(Struct, frozen=True):
    name: str
    value: Any
    place: str | None


class _Report(Struct, frozen=True):
    rule: str
    kind: str
    area: str
    name: str
    at: str | None
    overrides: list[_Held]
    values: list[_Line]


@click.command()
@click.argument("rule", metavar="ID")
@click.argument("directory", required=False, metavar="[DIR]")
@click.option("--area", required=True, metavar="ID", help="The area.")
@click.option("--at", metavar="MOMENT", help="The moment; else what holds at all times.")
@click.option("--source", metavar="NAME", help="The channel of a report, such as phone_110.")
@click.option("--category", metavar="CODE", help="The category of a report.")
@click.option("--areas", metavar="FILE", help="Area file (GeoJSON).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def effective(
    ctx: click.Context,
    rule: str,
    directory: str | None,
    area: str,
    at: str | None,
    source: str | None,
    category: str | None,
    areas: str | None,
    *,
    as_json: bool,
) -> None:
    """Show every value of rule ID in an area, and the line of the file that sets it.

    Overrides are applied in order, the later one winning by field. A rule book with errors is
    shown as far as it can be read; exit code 2 then.

    \b
    Example:
      watchfloor rules effective heat-volume --area 320101 --at 2026-11-20T22:30+08:00
    """
    report, errors = _report(rule, directory, area, at, source, category, areas)
    if as_json:
        click.echo(msgjson.encode(report))
    else:
        for line in _shown(report):
            click.echo(line)
    if errors:
        click.echo(f"the rule book has {errors} errors: watchfloor rules check", err=True)
        ctx.exit(2)


def _report(
    rule: str,
    directory: str | None,
    area: str,
    at: str | None,
    source: str | None,
    category: str | None,
    areas: str | None,
) -> tuple[_Report, int]:
    from commands.rules.directory import asked, moment
    from rules.language.checks.subject import calendar_of
    from rules.language.leaves import close
    from rules.language.overrides import values
    from rules.language.when import Subject, compile_when
    from streams.errors import ConfigError

    reading = asked(directory, areas).read()
    parts, tree = reading.book.parts, reading.book.tree
    by_id = {entry.rule.id: entry for entry in parts.rules}
    if rule not in by_id:
        meant = close(rule, by_id)
        hint = f"; did you mean {meant}?" if meant else f" (rules: {', '.join(by_id)})"
        raise ConfigError(f"no rule {rule} here{hint}")
    if tree.known and area not in tree.ids():
        meant = close(area, tree.ids())
        hint = f"; did you mean {meant}?" if meant else "; name one of the area file"
        raise ConfigError(f"no area {area} here{hint}")
    entry, calendar = by_id[rule], calendar_of(parts)
    now_ms = None if at is None else moment(at, calendar)
    subject = Subject(
        path=tree.path(area),
        tags=tree.tags(area),
        source=source,
        categories=[category] if category else [],
    )
    held: list[_Held] = []
    for index, override in enumerate(entry.rule.overrides):
        holds: bool | None
        try:
            condition = compile_when(override.when, calendar, until=override.until)
        except ValueError:
            continue  # an error of the rule book, which is told
        holds = condition.static(subject)
        if holds and not condition.timeless:
            holds = None if now_ms is None else condition.dynamic(now_ms)
        place = str(entry.place("overrides", index))
        held.append(_Held(index + 1, override.because, place, holds))
    hits = [item.number - 1 for item in held if item.holds]
    lines = [
        _Line(value.name, value.value, None if value.place is None else str(value.place))
        for value in values(entry, hits)
    ]
    return (
        _Report(rule, entry.kind, area, tree.name(area), at, held, lines),
        len(reading.errors),
    )


def _shown(report: _Report) -> Iterator[str]:
    from rules.language.report import width

    name = f" ({report.name})" if report.name else ""
    moment = f" at {report.at}" if report.at else ""
    yield f"{report.rule} ({report.kind}) in {report.area}{name}{moment}"
    for held in report.overrides:
        said = {True: "holds", False: "does not hold", None: "holds at times (name one: --at)"}
        yield f"  override {held.number} {said[held.holds]}: {held.because}  [{held.place}]"
    longest = max(len(line.name) for line in report.values)
    texts = [_text(line.value) for line in report.values]
    wide = max(width(text) for text in texts)
    for line, text in zip(report.values, texts, strict=True):
        pad = " " * (wide - width(text))
        yield f"  {line.name:<{longest}}  {text}{pad}  {line.place or 'built in'}"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return msgjson.encode(value).decode()
