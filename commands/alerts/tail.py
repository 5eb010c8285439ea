"""`watchfloor alerts tail`: every revision of every alert, as it is published."""

from __future__ import annotations

import os

import click

from commands.alerts.options import JSON, LANG, Lang, now_ms

__all__ = ["tail"]


@click.command()
@click.option("--since", metavar="TIME", help="Begin there: an RFC 3339 time, or an age as 2h.")
@click.option("--level", "levels", multiple=True, type=click.Choice(["I", "II", "III", "IV"]))
@click.option("--once", is_flag=True, help="End at what is there by now, instead of waiting.")
@JSON
@LANG
def tail(
    *, since: str | None, levels: tuple[str, ...], once: bool, as_json: bool, lang: Lang
) -> None:
    """Follow alerts.log, from now on or from --since; Ctrl-C ends it.

    \b
    Example:
      watchfloor alerts tail --since 1h --level I
    """
    from commands.alerts.followed import followed
    from commands.alerts.text import alert_line
    from streams.alert_codec import encode_alert
    from streams.settings import load_settings

    for alert in followed(load_settings(os.environ), since, once=once):
        if not levels or alert.level in levels:
            line = encode_alert(alert) if as_json else alert_line(alert, now_ms(), lang)
            click.echo(line)
