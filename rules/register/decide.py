"""What each act does to an alert: the table of docs/explanation/lifecycle.md, as code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec.structs import replace

from rules.alerts import instant
from rules.register.held import Closed, Held
from streams.acts import Act, Kind
from streams.decisions import Ack, MoveAnswer, Opinion

__all__ = ["decide"]


def decide(held: Held, act: Act) -> bool:
    """Let an act change an alert; whether it did. What makes no sense any more changes nothing."""
    change = _CHANGES.get(act.kind)
    return change is not None and change(held, act)


def _ack(held: Held, act: Act) -> bool:
    """Somebody has it: nobody else has to be told. The first one stands."""
    if held.ack.by is not None:
        return False
    held.ack = replace(held.ack, by=act.by, at=instant(act.at_ms), due=None)
    return True


def _assign(held: Held, act: Act) -> bool:
    before, held.assignee = held.assignee, act.to
    return held.assignee != before


def _close(held: Held, act: Act) -> bool:
    if held.over or held.closed is not None:
        return False
    held.closed = Closed(act.at_ms, held.alert.level)
    held.ack = replace(held.ack, due=None)
    return True


def _mark(held: Held, act: Act) -> bool:
    """The newest mark stands; also an alert that is over may be marked."""
    before, held.disposition = held.disposition, act.disposition or held.disposition
    return held.disposition != before


def _told(held: Held, act: Act) -> bool:
    """A rung of the route was notified, and has until `due`. Late news of a lower one is none."""
    rung = act.rung or 0
    waits = held.ack.by is None and not held.over and held.closed is None
    if not waits or rung < held.ack.rung or (act.kind == "escalate" and rung == held.ack.rung):
        return False
    before, held.ack = held.ack, Ack(due=_moment(act.due_ms), rung=rung)
    return held.ack != before


def _mechanism(held: Held, act: Act) -> bool:
    """Started or declined by a person; who declined may start it after all."""
    mechanism = held.mechanism
    if mechanism is None or mechanism.status == "started":
        return False
    if act.to == "start":
        status = "started"
    elif act.to == "decline" and mechanism.status == "proposed":
        status = "declined"
    elif act.to == "overdue" and mechanism.status == "proposed" and not held.over:
        rung = mechanism.rung + 1 if act.rung is None else act.rung
        if rung <= mechanism.rung:
            return False
        held.mechanism = replace(mechanism, rung=rung, due=_moment(act.due_ms))
        return True
    else:
        return False
    held.mechanism = replace(mechanism, status=status, due=None, by=act.by, at=instant(act.at_ms))
    return True


def _move(held: Held, act: Act) -> bool:
    """The newest answer to a suggestion stands."""
    unit, answer = act.unit, act.to
    if unit is None or answer not in ("accept", "decline"):
        return False
    known = held.answers.get(unit)
    if known is not None and known.answer == answer:
        return False
    if all(move.unit != unit for move in held.alert.suggest.moves):
        return False
    made = MoveAnswer("accept" if answer == "accept" else "decline", act.by, instant(act.at_ms))
    held.answers = {**held.answers, unit: made}
    return True


def _opinion(held: Held, act: Act) -> bool:
    if act.count is None or act.times is None:
        return False
    before, held.opinion = held.opinion, Opinion(act.count, act.times)
    return held.opinion != before


def _moment(time_ms: int | None) -> datetime | None:
    return None if time_ms is None else instant(time_ms)


_CHANGES: Mapping[Kind, Callable[[Held, Act], bool]] = {
    "ack": _ack,
    "assign": _assign,
    "close": _close,
    "mark": _mark,
    "told": _told,
    "escalate": _told,
    "mechanism": _mechanism,
    "move": _move,
    "opinion": _opinion,
}
