"""Options of the verbs that run a history: backtest, plan and why."""

from __future__ import annotations

import click

__all__ = ["AREAS", "BROKER", "FORMAT", "PROGRESS"]

AREAS = click.option("--areas", metavar="FILE", help="Area file (GeoJSON).")
BROKER = click.option(
    "--broker", is_flag=True, help="Read the topic `incidents` up to now, instead of files."
)
FORMAT = click.option(
    "--format",
    "format_",
    default="watchfloor",
    show_default=True,
    metavar="NAME|FILE",
    help="Format of the files, as for replay.",
)
PROGRESS = click.option("--progress/--no-progress", default=True, help="Progress on stderr.")
