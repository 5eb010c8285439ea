"""`watchfloor silence list`: what is silenced, until when, by whom and why."""

from __future__ import annotations

import os

import click

from commands.alerts.options import JSON, LANG, Lang, now_ms

__all__ = ["list_"]


@click.command("list")
@click.option("--all", "all_", is_flag=True, help="Also those whose time is over.")
@JSON
@LANG
def list_(*, all_: bool, as_json: bool, lang: Lang) -> None:
    """Show the silences that stand or are to come."""
    from commands.rules.publishing import read_control
    from commands.silence.text import silence_line
    from streams.acts import encode_act
    from streams.settings import load_settings

    clock = now_ms()
    acts = read_control(load_settings(os.environ)).silences.values()
    for act in sorted(acts, key=lambda act: act.at_ms):
        if act.silence is not None and (all_ or act.silence.to_ms > clock):
            click.echo(encode_act(act) if as_json else silence_line(act, clock, lang))
