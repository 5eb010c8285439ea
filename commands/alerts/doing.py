"""Does an act about alerts: finds them, writes the acts, waits for the watch, tells what came."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click
from msgspec import Struct

from commands.acting import perform
from commands.alerts.followed import Answers
from commands.alerts.newest import find, is_open, read
from commands.alerts.options import Lang, new_id, now_ms, role
from commands.alerts.text import act_line, alert_line
from streams.acts import Act, Disposition, Kind, encode_act
from streams.alert_codec import encode_alert
from streams.kafka_client import consumer
from streams.records import Alert
from streams.settings import Settings, load_settings

__all__ = ["Asked", "announce", "do", "idle"]


class Asked(Struct, frozen=True, kw_only=True):
    """What a person wants done; the fields are those of `Act`."""

    kind: Kind
    prefixes: tuple[str, ...]
    by: str | None
    because: str
    to: str | None = None
    unit: str | None = None
    disposition: Disposition | None = None
    count: int | None = None
    times: float | None = None


def do(asked: Asked, *, wait: float, as_json: bool, lang: Lang) -> int:
    """Do it, and tell what became of it; the exit code: 1 where there was nothing to do."""
    settings = load_settings(os.environ)
    by = role(asked.by, settings)
    if asked.kind == "assign" and asked.to is not None:
        role(asked.to, settings)
    known = read(())
    alerts = [find(known, prefix) for prefix in asked.prefixes]
    todo = []
    for alert in alerts:
        why = idle(asked, alert)
        if why:
            click.echo(f"{alert.id}: {why}", err=True)
        else:
            todo.append(alert)
    if not todo:
        return 1
    with consumer(settings) as client:
        answers = Answers(client, settings)
        perform(settings, [_act(asked, alert, by) for alert in todo])
        came = answers.until({alert.id: alert.revision for alert in todo}, wait) if wait else {}
    _tell(todo, came, as_json=as_json, lang=lang, waited=wait)
    return 1 if len(todo) < len(alerts) else 0


def announce(settings: Settings, act: Act, *, as_json: bool, lang: Lang) -> None:
    """Do an act that is about no single alert, and show it."""
    perform(settings, [act])
    click.echo(encode_act(act) if as_json else act_line(act, lang))


def idle(asked: Asked, alert: Alert) -> str:
    """Why there is nothing to do; empty where there is something."""
    mechanism = alert.mechanism
    if asked.kind == "ack" and alert.ack.by is not None:
        return f"{alert.ack.by} has it since {alert.ack.at}"
    if asked.kind == "close" and not is_open(alert):
        return f"it is {alert.status} already ({alert.close_reason})"
    if asked.kind == "mechanism":
        if mechanism is None:
            return "it proposes no joint mechanism"
        if mechanism.status == "started" or (asked.to, mechanism.status) == ("decline", "declined"):
            return f"the mechanism is {mechanism.status} already, by {mechanism.by}"
    if asked.kind == "move" and all(move.unit != asked.unit for move in alert.suggest.moves):
        units = ", ".join(move.unit for move in alert.suggest.moves) or "none"
        return f"it suggests no move of {asked.unit} (now: {units})"
    return ""


def _act(asked: Asked, alert: Alert, by: str) -> Act:
    fields: dict[str, Any] = {
        name: getattr(asked, name) for name in ("to", "unit", "disposition", "count", "times")
    }
    return Act(
        kind=asked.kind,
        id=new_id(),
        alert=alert.id,
        by=by,
        because=asked.because,
        at_ms=now_ms(),
        **fields,
    )


def _tell(
    todo: Sequence[Alert], came: dict[str, Alert], *, as_json: bool, lang: Lang, waited: float
) -> None:
    for alert in todo:
        answer = came.get(alert.id)
        if answer is not None:
            click.echo(encode_alert(answer) if as_json else alert_line(answer, now_ms(), lang))
        elif waited:
            click.echo(
                f"{alert.id}: written, and no watch has answered within {waited:g} s; it will be "
                "applied when a worker runs (`watchfloor doctor`)",
                err=True,
            )
