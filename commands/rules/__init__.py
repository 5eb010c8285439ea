"""`watchfloor rules`: look at the rule book and try it; its verbs need no broker."""

from __future__ import annotations

import click

from commands.rules.match import match
from commands.rules.score import score

__all__ = ["command"]


@click.group(name="rules")
def command() -> None:
    """Check, try and explain the rules; no broker needed."""


command.add_command(match)
command.add_command(score)
