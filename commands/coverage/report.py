"""`watchfloor coverage report`: does help come as soon in the country as in town?"""

from __future__ import annotations

import click
from msgspec import json as msgjson

from commands.rules.history_options import AREAS, FORMAT, PROGRESS

__all__ = ["report"]


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--rules", "directory", metavar="DIR", help="Rule directory (default: shipped).")
@AREAS
@FORMAT
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@PROGRESS
def report(
    *,
    files: tuple[str, ...],
    directory: str | None,
    areas: str | None,
    format_: str,
    as_json: bool,
    progress: bool,
) -> None:
    """Compare how soon units arrive in town, suburb and country, from FILES of calls with times.

    Calls tell `dispatched_at` and `arrived_at`. With unit positions among the files and a coverage
    rule in the rule book also the calls that are expected to find no free unit near. Classes of
    areas only, never units or persons.

    \b
    Example:
      watchfloor coverage report calls.jsonl units.jsonl --areas areas.geojson --rules RULES
    """
    from commands.coverage.response_run import Asked, run_report
    from commands.coverage.response_text import response_lines

    found = run_report(
        Asked(files=files, directory=directory, areas=areas, format=format_, progress=progress)
    )
    if as_json:
        click.echo(msgjson.encode(found))
    else:
        click.echo("\n".join(response_lines(found)))
