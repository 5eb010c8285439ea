"""`watchfloor channels`: the channels of the rule book, and whether their receivers take alerts."""

from __future__ import annotations

import click

from commands.channels.listed import list_channels
from commands.channels.tried import try_channel

__all__ = ["command"]


@click.group(name="channels")
def command() -> None:
    """Show the channels of the rule book, and send a marked test alert to one.

    \b
    Examples:
      watchfloor channels list --rules DIR
      watchfloor channels test webhook:hall --rules DIR
    """


command.add_command(list_channels)
command.add_command(try_channel)
