"""`watchfloor channels list`: every channel, where it leads, and what it lacks."""

from __future__ import annotations

import os

import click
from msgspec import json as msgjson

__all__ = ["list_channels"]


@click.command("list")
@click.option("--rules", metavar="DIR", help="A rule directory; without it WATCHFLOOR_RULES.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a channel on stdout.")
@click.pass_context
def list_channels(ctx: click.Context, *, rules: str | None, as_json: bool) -> None:
    """Show the channels of the rule book; exit code 1 where one lacks a secret or an extra.

    Nothing is sent, and no receiver is called.
    """
    from commands.channels.book import book_asked, channels_of, lacking
    from sinks.secrets import Secrets
    from streams.settings import load_settings

    known = channels_of(book_asked(rules))
    secrets, settings = Secrets(os.environ), load_settings(os.environ)
    missing = {name: lacking(channel, secrets, settings) for name, channel in known.items()}
    width = max((len(name) for name in known), default=0)
    for name, channel in known.items():
        if as_json:
            click.echo(
                msgjson.encode(
                    {"channel": name, "leads": _leads(channel), "missing": missing[name]}
                )
            )
        else:
            said = "; ".join(missing[name]) or "ready"
            click.echo(f"{name:<{width}}  {_leads(channel)}  {said}")
    if not known and not as_json:
        click.echo("The rule book has no channels: alerts go to the topics of the commands alone.")
    ctx.exit(int(any(missing.values())))


def _leads(channel: object) -> str:
    """Where it leads, as the book has it; no secret stands there."""
    for name in ("url", "topic", "directory", "host", "file"):
        value = getattr(channel, name, None)
        if value is not None:
            return str(value)
    return "standard output"
