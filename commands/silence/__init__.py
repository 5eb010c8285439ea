"""`watchfloor silence`: keep alerts from people for a time; they are published and end as ever."""

from __future__ import annotations

import click

from commands.silence.add import add
from commands.silence.ended import expire
from commands.silence.shown import list_

__all__ = ["command"]


@click.group(name="silence")
def command() -> None:
    """Silence alerts for a time, see which silences stand, and end one early.

    A silenced alert is still raised, recorded and resolved; people are not notified of it. What
    recurs belongs into the rule book, where it is reviewed (`suppress:`).

    \b
    Examples:
      watchfloor silence add --area 320102 --rule heat-street --for 2h --because "street fair" --dry
      watchfloor silence list
      watchfloor silence expire works-main-street --because "works are over"
    """


for verb in (add, list_, expire):
    command.add_command(verb)
