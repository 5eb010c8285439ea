"""`watchfloor rules plan`: what another rule book would have told over the same history."""

from __future__ import annotations

import click
from msgspec import json as msgjson

from commands.rules.history_options import AREAS, BROKER, FORMAT, PROGRESS
from commands.rules.history_topic import histories

__all__ = ["plan"]


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.argument("files", nargs=-1, metavar="[FILE...]")
@BROKER
@AREAS
@FORMAT
@click.option("--from", "from_", metavar="MOMENT", help="Compare alerts from here on.")
@click.option("--to", metavar="MOMENT", help="Compare alerts up to here, and read no further.")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only alerts of this rule.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help="Exit code 1 where more alerts than this differ.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@PROGRESS
@click.pass_context
def plan(
    ctx: click.Context,
    *,
    old: str,
    new: str,
    files: tuple[str, ...],
    areas: str | None,
    format_: str,
    from_: str | None,
    to: str | None,
    rules: tuple[str, ...],
    limit: int | None,
    as_json: bool,
    progress: bool,
    broker: bool,
) -> None:
    """Replay FILES through the rule directories OLD and NEW, and name the alerts that differ.

    An alert is gained, lost, moved in level, moved in time, or says something else. Hashes and
    line numbers of rule files do not count. `-` for OLD or NEW is the shipped rule book.

    \b
    Example:
      watchfloor rules plan rules-today rules-tomorrow last-month.jsonl --limit 20
    """
    from commands.rules.plan_run import Asked, run_plan
    from commands.rules.plan_text import plan_lines

    with histories(files, broker=broker) as named:
        asked = Asked(
            old=old,
            new=new,
            files=named,
            areas=areas,
            format=format_,
            first=from_,
            last=to,
            rules=rules,
            progress=progress,
        )
        report = run_plan(asked)
    if as_json:
        click.echo(msgjson.encode(report))
    else:
        for line in plan_lines(report):
            click.echo(line)
    if limit is not None and len(report.changes) > limit:
        click.echo(f"{len(report.changes)} alerts differ, {limit} allowed", err=True)
        ctx.exit(1)
