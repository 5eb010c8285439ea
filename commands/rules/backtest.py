"""`watchfloor rules backtest`: what a rule book would have told over a history, and how well."""

from __future__ import annotations

import click
from msgspec import json as msgjson

from commands.rules.history_options import AREAS, BROKER, FORMAT, PROGRESS
from commands.rules.history_topic import histories

__all__ = ["backtest"]


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE...]")
@BROKER
@click.option("--rules", "directory", metavar="DIR", help="Rule directory (default: shipped).")
@AREAS
@FORMAT
@click.option("--from", "from_", metavar="MOMENT", help="Count alerts from here; before, learn.")
@click.option("--to", metavar="MOMENT", help="Count alerts up to here, and read no further.")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only alerts of this rule.")
@click.option("--truth", metavar="FILE", help="True events, JSON lines (simulate --truth).")
@click.option("--shadow", is_flag=True, help="Count rules in shadow too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@PROGRESS
def backtest(
    files: tuple[str, ...],
    directory: str | None,
    areas: str | None,
    format_: str,
    from_: str | None,
    to: str | None,
    rules: tuple[str, ...],
    truth: str | None,
    *,
    shadow: bool,
    as_json: bool,
    progress: bool,
    broker: bool,
) -> None:
    """Replay FILES through a rule book and count its alerts: a day, by rule, level and area.

    With --truth it says how many of the events that are known to be true were told, how soon, and
    what share of the alerts belongs to none of them.

    \b
    Example:
      watchfloor rules backtest examples/night/incidents.jsonl --rules my-rules \\
          --areas examples/night/areas.geojson --truth examples/night/truth.jsonl
    """
    from commands.rules.backtest_run import Asked, run_backtest
    from commands.rules.backtest_text import backtest_lines

    with histories(files, broker=broker) as named:
        asked = Asked(
            files=named,
            directory=directory,
            areas=areas,
            format=format_,
            first=from_,
            last=to,
            rules=rules,
            truth=truth,
            shadow=shadow,
            progress=progress,
        )
        report = run_backtest(asked)
    if as_json:
        click.echo(msgjson.encode(report))
    else:
        for line in backtest_lines(report):
            click.echo(line)
