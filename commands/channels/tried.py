"""`watchfloor channels test`: a marked test alert through one channel, and what came of it."""

from __future__ import annotations

import os
import time
from typing import Any

import click
from msgspec import json as msgjson

__all__ = ["try_channel"]


@click.command("test")
@click.argument("name", metavar="CHANNEL")
@click.option("--rules", metavar="DIR", help="A rule directory; without it WATCHFLOOR_RULES.")
@click.option("--end", is_flag=True, help="Send the end of the test alert in place of its begin.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def try_channel(
    ctx: click.Context, name: str, *, rules: str | None, end: bool, as_json: bool
) -> None:
    """Send an alert marked as a test through CHANNEL, such as webhook:hall, and say what happened.

    One attempt, by the options and secrets that the dispatcher would use. Exit code 1 where the
    receiver did not take it. The alert has the state `test` and level IV, and ends with --end.
    """
    from commands.channels.book import book_asked, channel_named
    from commands.channels.options import channel_options
    from commands.channels.trial_alert import trial_alert
    from sinks import open_channel
    from sinks.base import Rejected, Retryable
    from sinks.secrets import Secrets
    from streams.settings import load_settings

    channel = channel_named(book_asked(rules), name)
    known = f"{channel.sink}:{channel.id}"
    alert = trial_alert(channel, time.time_ns() // 1_000_000, end=end)
    options = channel_options(channel, load_settings(os.environ))
    started = time.monotonic()
    outcome, said = "delivered", ""
    try:
        with open_channel(options, Secrets(os.environ)) as sink:
            sink.send([alert])
    except Retryable as error:
        outcome, said = "retryable", str(error)
    except Rejected as error:
        outcome, said = "rejected", str(error)
    found = {
        "channel": known,
        "alert": f"{alert.id}.{alert.revision}",
        "outcome": outcome,
        "seconds": round(time.monotonic() - started, 3),
        "said": said,
    }
    click.echo(msgjson.encode(found) if as_json else _sentence(found))
    ctx.exit(int(outcome != "delivered"))


def _sentence(found: dict[str, Any]) -> str:
    head = f"{found['channel']} {{}} the test alert {found['alert']} ({found['seconds']:g} s)"
    if found["outcome"] == "delivered":
        return head.format("took") + "."
    after = {
        "retryable": "A real alert would be sent again until it is taken.",
        "rejected": "A real alert would become a dead letter.",
    }
    return f"{head.format('did not take')}: {found['said']}. {after[found['outcome']]}"
