"""`watchfloor alerts`: what is open, who has it, and what was decided about it and why."""

from __future__ import annotations

import click

from commands.alerts.acts import ack, assign, close, mark, mechanism, move, opinion
from commands.alerts.audit import audit
from commands.alerts.shown import list_, show
from commands.alerts.tail import tail

__all__ = ["command"]


@click.group(name="alerts")
def command() -> None:
    """Look at alerts, and say what is done about them. Every act is on the audit log.

    The first characters of an alert's id will do where no other open alert begins with them.

    \b
    Examples:
      watchfloor alerts list
      watchfloor alerts ack 3EP7 --by duty-officer
      watchfloor alerts close 3EP7 --by duty-officer --because "false report, unit on the scene"
    """


for verb in (list_, show, tail, ack, assign, close, mark, mechanism, move, opinion, audit):
    command.add_command(verb)
