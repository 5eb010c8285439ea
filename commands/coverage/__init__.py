"""`watchfloor coverage`: how many units areas need, and what the area file lacks for that."""

from __future__ import annotations

import click

from commands.coverage.check import check

__all__ = ["command"]


@click.group(name="coverage")
def command() -> None:
    """Units that areas need, and what is missing to tell; no broker is needed."""


command.add_command(check)
