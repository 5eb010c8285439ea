"""`watchfloor coverage`: how many units areas need, and how soon help comes to them."""

from __future__ import annotations

import click

from commands.coverage.check import check
from commands.coverage.report import report

__all__ = ["command"]


@click.group(name="coverage")
def command() -> None:
    """Units that areas need, and what is missing to tell; no broker is needed."""


command.add_command(check)
command.add_command(report)
