"""`watchfloor rules routes`: who is told of a rule's alerts at a level and moment, and who next."""

from __future__ import annotations

import time

import click
from msgspec import json as msgjson

__all__ = ["routes"]


@click.command()
@click.argument("rule", metavar="ID")
@click.option(
    "--level",
    "levels",
    multiple=True,
    type=click.Choice(["I", "II", "III", "IV"]),
    help="Level of the alert; without it all four are told of.",
)
@click.option("--at", metavar="TIME", help="Moment, such as 2026-11-20T22:30; without it, now.")
@click.option("--area", metavar="AREA", help="Area of the alert, for overrides and suppressions.")
@click.option("--rules", metavar="DIR", help="A rule directory; without it the shipped rules.")
@click.option(
    "--expect",
    multiple=True,
    metavar="TARGET",
    help="Exit code 1 unless exactly these channels and contacts are told first.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a level on stdout.")
@click.pass_context
def routes(
    ctx: click.Context,
    rule: str,
    *,
    levels: tuple[str, ...],
    at: str | None,
    area: str | None,
    rules: str | None,
    expect: tuple[str, ...],
    as_json: bool,
) -> None:
    """Tell who is told of an alert of rule ID, and who is next while nobody acknowledges.

    A moment without an offset is one on the clock of the rule book's calendar. Exit code 1 where
    nobody is told although the rule has a route, or where --expect does not hold.
    """
    from commands.rules.books import book_in
    from commands.rules.routed import lines, told_of
    from rules.language.schema.names import LEVELS

    wanted = [level for level in LEVELS if not levels or level in levels]
    found = told_of(book_in(rules), rule, wanted, at, area, time.time_ns() // 1_000_000)
    for told in found:
        if as_json:
            click.echo(msgjson.encode(told))
        else:
            click.echo("\n".join(lines(told)))
    missed = [t for t in found if expect and set(t.rungs[0].to if t.rungs else ()) != set(expect)]
    for told in missed:
        said = ", ".join(told.rungs[0].to) if told.rungs else "nobody"
        click.echo(f"level {told.level}: expected {', '.join(expect)}, told is {said}", err=True)
    if missed or any(told.route is not None and not told.rungs for told in found):
        ctx.exit(1)
