"""`watchfloor alerts audit`: who did what, when and why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import click
import msgspec

from commands.alerts.options import JSON, LANG, Lang
from streams.acts import KINDS, Act, decode_act, encode_act
from streams.topics import AUDIT

__all__ = ["acts_on_broker", "audit"]


@click.command()
@click.argument("alert", required=False)
@click.option("--since", metavar="TIME", help="Only since: an RFC 3339 time, or an age as 2h.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only such acts.")
@JSON
@LANG
def audit(
    alert: str | None, *, since: str | None, kinds: tuple[str, ...], as_json: bool, lang: Lang
) -> None:
    """Show the acts about an ALERT, or all of them, oldest first. They are kept for a year.

    \b
    Examples:
      watchfloor alerts audit 3EP7
      watchfloor alerts audit --since 12h --kind close --kind mark --json
    """
    from commands.alerts.text import act_line
    from commands.deadletters import since_ms

    start = None if since is None else since_ms(since, datetime.now(UTC))
    for act in acts_on_broker(alert, start):
        if not kinds or act.kind in kinds:
            click.echo(encode_act(act) if as_json else act_line(act, lang))


def acts_on_broker(alert: str | None, since_ms: int | None) -> Iterator[Act]:
    """Acts on the audit log, each once; `alert`: only about those whose id begins so."""
    # Here, since the broker's client is slow to import and other verbs read files.
    from streams.kafka_client import consumer, read_all
    from streams.settings import load_settings

    settings = load_settings(os.environ)
    seen: set[str] = set()
    with consumer(settings) as client:
        for message in read_all(client, settings.topic(AUDIT), since_ms=since_ms):
            try:
                act = decode_act(message.value or b"")
            except msgspec.DecodeError:
                continue
            about = alert is None or act.alert.startswith(alert.upper())
            if about and act.id not in seen:
                seen.add(act.id)
                yield act
