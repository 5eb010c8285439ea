"""`watchfloor rules status`: which rules run where, since when, published by whom and why."""

from __future__ import annotations

import os
import time

import click
from msgspec import json as msgjson

__all__ = ["status"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def status(ctx: click.Context, *, as_json: bool) -> None:
    """Show the bundle that holds, and what every partition of the log runs.

    Exit code 1 where something is wrong: two bundles for more than two minutes, a bundle that was
    refused, a partition without a worker.

    \b
    Example:
      watchfloor rules status --json | jq -r .findings[]
    """
    from commands.rules.publishing import read_control
    from commands.rules.running import lines, state_of
    from streams.settings import load_settings

    settings = load_settings(os.environ)
    now_ms = round(time.time() * 1000)
    state = state_of(read_control(settings), settings.partitions, now_ms)
    if as_json:
        click.echo(msgjson.encode(state))
    else:
        for line in lines(state):
            click.echo(line)
    ctx.exit(int(bool(state.findings)))
