"""`watchfloor silence expire`: a silence ends now, before its time."""

from __future__ import annotations

import os

import click

from commands.alerts.options import BY, JSON, LANG, WHY, Lang, new_id, now_ms, role

__all__ = ["expire"]


@click.command()
@click.argument("id_", metavar="ID")
@BY
@WHY
@JSON
@LANG
def expire(id_: str, *, by: str | None, because: str, as_json: bool, lang: Lang) -> None:
    """End a silence: what it hid and is open still is told with its next revision, at once."""
    from commands.alerts.doing import announce
    from commands.rules.publishing import read_control
    from streams.acts import Act
    from streams.errors import ConfigError
    from streams.settings import load_settings

    settings = load_settings(os.environ)
    who = role(by, settings)
    standing = read_control(settings).silences
    hits = [name for name in standing if name == id_] or [
        name for name in standing if name.startswith(id_)
    ]
    if len(hits) != 1:
        known = ", ".join(sorted(standing)) or "none"
        raise ConfigError(f"no single silence is called {id_!r} (known: {known})")
    act = Act(kind="expire", id=new_id(), by=who, because=because, at_ms=now_ms(), to=hits[0])
    announce(settings, act, as_json=as_json, lang=lang)
