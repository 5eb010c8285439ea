"""`watchfloor silence add`: which alerts, for how long and why; `--dry`: what it would hide."""

from __future__ import annotations

import os
from typing import Any

import click
import msgspec

from commands.alerts.options import BY, JSON, LANG, WHY, Lang, new_id, now_ms, role

__all__ = ["add"]

_CONDITIONS = ("alert", "area", "tag", "rule", "category", "level", "time", "day")


def _conditions(function: Any) -> Any:
    told = {
        "alert": "This alert, by its whole id.",
        "area": "An area and those under it.",
        "tag": "A tag of the area.",
        "rule": "A rule.",
        "category": "A critical category.",
        "level": "A level: I, II, III or IV.",
        "time": "A band of the calendar, or a span as 22:00-06:00.",
        "day": "A weekday, a kind of day, or a date.",
    }
    for name in reversed(_CONDITIONS):
        option = click.option(f"--{name}", name, multiple=True, metavar="NAME", help=told[name])
        function = option(function)
    return function


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@_conditions
@click.option("--for", "span", metavar="TIME", help="How long: 30m, 2h, 7d.")
@click.option("--from", "first", metavar="MOMENT", help="From when (event time); else now.")
@click.option("--to", "last", metavar="MOMENT", help="Until when, instead of --for.")
@click.option("--lifeline", is_flag=True, help="Also alerts of lifeline rules. Think twice.")
@click.option("--id", "id_", metavar="NAME", help="Its name; of one that stands: it is replaced.")
@click.option("--dry", is_flag=True, help="Only tell what it would have hidden in the last week.")
@click.option("--rules", metavar="DIR", help="With --dry: the rule directory; else the setting's.")
@BY
@WHY
@JSON
@LANG
def add(
    files: tuple[str, ...],
    *,
    span: str | None,
    first: str | None,
    last: str | None,
    lifeline: bool,
    id_: str | None,
    dry: bool,
    rules: str | None,
    by: str | None,
    because: str,
    as_json: bool,
    lang: Lang,
    **conditions: tuple[str, ...],
) -> None:
    """Silence the alerts that meet all conditions; of one condition, any of its names will do.

    FILEs of alerts are for --dry, instead of the broker's log of the last week. Exit code 1 where
    it would have hidden alerts of lifeline rules or of level I.
    """
    from commands.alerts.doing import announce
    from commands.silence.asked import book_for, bounds, made
    from commands.silence.dry import hidden, lines
    from streams.acts import Act
    from streams.settings import load_settings

    settings = load_settings(os.environ)
    now, book = now_ms(), book_for(settings, rules)
    from_ms, to_ms = bounds(first, last, span, now, book.calendar)
    silence = made(conditions, id_, from_ms, to_ms, book, lifeline=lifeline)
    if dry:
        found = hidden(silence, book, files, now)
        for line in [msgspec.json.encode(found)] if as_json else lines(found, lang):
            click.echo(line)
        click.get_current_context().exit(int(found.grave > 0))
    if files:
        raise click.UsageError("files are for --dry")
    act = Act(
        kind="silence",
        id=new_id(),
        by=role(by, settings),
        because=because,
        at_ms=now,
        silence=silence,
    )
    announce(settings, act, as_json=as_json, lang=lang)
