"""`watchfloor rules why`: the full reasoning of an alert, or of an alert that did not come."""

from __future__ import annotations

import click
from msgspec import json as msgjson

from commands.rules.history_options import AREAS, FORMAT, PROGRESS

__all__ = ["why"]


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="[ALERT_ID] FILE...")
@click.option("--area", metavar="ID", help="An area, instead of an alert; with --at.")
@click.option("--at", metavar="MOMENT", help="The moment that is asked about.")
@click.option("--incident", metavar="ID", help="A report, instead of an alert.")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only this rule.")
@click.option("--rules", "directory", metavar="DIR", help="Rule directory (default: shipped).")
@AREAS
@FORMAT
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@PROGRESS
@click.pass_context
def why(
    ctx: click.Context,
    *,
    names: tuple[str, ...],
    area: str | None,
    at: str | None,
    incident: str | None,
    rules: tuple[str, ...],
    directory: str | None,
    areas: str | None,
    format_: str,
    as_json: bool,
    progress: bool,
) -> None:
    """Replay FILES and tell why an alert came, was held back or lowered, or did not come.

    Counts, what was expected, limits with the line that sets them, overrides that hold and do not,
    suppressions, and what the text of a report says. Exit code 1 where there is no such alert.

    \b
    Examples:
      watchfloor rules why 3EP7MK55C5EGDR4ALTDR night.jsonl --areas areas.geojson
      watchfloor rules why --area 990101000400 --at 2026-03-06T22:12+08:00 night.jsonl
      watchfloor rules why --incident J20260306T220000071 night.jsonl
    """
    from commands.rules.why_run import Asked, run_why
    from commands.rules.why_text import why_lines

    by_alert = area is None and incident is None
    if by_alert and len(names) < 2:  # noqa: PLR2004 - an alert and a file
        raise click.UsageError("name an alert and files, or --area and --at, or --incident")
    if (area is None) != (at is None) or (area is not None and incident is not None):
        raise click.UsageError("--area and --at go together, and without --incident")
    asked = Asked(
        alert=names[0] if by_alert else None,
        files=names[1:] if by_alert else names,
        area=area,
        at=at,
        incident=incident,
        rules=rules,
        directory=directory,
        areas=areas,
        format=format_,
        progress=progress,
    )
    report = run_why(asked)
    if as_json:
        click.echo(msgjson.encode(report))
    else:
        for line in why_lines(report):
            click.echo(line)
    if report.missing:
        ctx.exit(1)
