"""`watchfloor rules rollback`: the bundle that held before is published again."""

from __future__ import annotations

import getpass
import os
import time

import click
from msgspec import structs

from commands.rules.publish import WAIT

__all__ = ["rollback"]


@click.command()
@click.option("--to", "hash_", metavar="HASH", help="This bundle; its first characters will do.")
@click.option("--by", metavar="NAME", help="Who does it; else the name of this login.")
@click.option("--because", metavar="TEXT", default="", help="Why, for those who read it later.")
@click.option("--at", metavar="INSTANT", help="Event time from which it holds; else now.")
@click.option("--in", "after", metavar="TIME", help="The same from now on: 10s, 30m, 2h.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=WAIT,
    show_default=True,
    help="Seconds to wait until every partition says that it was told; 0 does not wait.",
)
@click.pass_context
def rollback(
    ctx: click.Context,
    hash_: str | None,
    by: str | None,
    because: str,
    at: str | None,
    after: str | None,
    *,
    wait: float,
) -> None:
    """Publish an earlier bundle again: the one before, or the one of HASH.

    What it holds was checked when it was published, and comes from the broker: no directory is
    read. Rolling back twice gives the newer rules again. Exit codes as of rules publish.

    \b
    Example:
      watchfloor rules rollback --because "too many alerts at the station"
    """
    from commands.rules.publishing import publish_bundle, read_control
    from commands.rules.switched import earlier, effective, tell
    from rules.language.calendar import Calendar
    from streams.settings import load_settings

    settings = load_settings(os.environ)
    now_ms = round(time.time() * 1000)
    effective_ms = effective(at, after, now_ms, Calendar())
    bundle = earlier(read_control(settings), hash_)
    again = structs.replace(
        bundle, by=by or getpass.getuser(), because=because or "rolled back", at_ms=now_ms
    )
    switch = publish_bundle(settings, again, effective_ms=effective_ms)
    ctx.exit(tell(settings, switch, wait))
