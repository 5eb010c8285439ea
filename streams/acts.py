"""Acts: what people, or the clock on their behalf, decide about alerts; pure values on the log.

An act is written once, to `audit`, with who and why, and announced on every partition of
`observations`: so every watch applies it at the same place of its log, live and in a replay, and
the partition that has the alert answers with a new revision. One that comes twice, or that means
an alert of another partition, changes nothing. docs/explanation/lifecycle.md tells what each does.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

__all__ = [
    "DISPOSITIONS",
    "KINDS",
    "LONGEST_REASON",
    "Act",
    "Disposition",
    "Kind",
    "Silence",
    "SilenceWhen",
    "act_key",
    "decode_act",
    "encode_act",
    "silence_name",
]

Kind = Literal[
    "ack",
    "assign",
    "close",
    "mark",
    "told",
    "escalate",
    "mechanism",
    "move",
    "silence",
    "expire",
    "opinion",
]
KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]
Disposition = Literal["true_alarm", "false_alarm", "duplicate", "drill", "other"]
DISPOSITIONS: tuple[Disposition, ...] = Disposition.__args__  # type: ignore[attr-defined]

LONGEST_REASON = 500
"""Characters of `because`."""
_Name = Annotated[str, Meta(min_length=1, max_length=64)]
_Level = Literal["I", "II", "III", "IV"]


class SilenceWhen(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which alerts a silence is for: all conditions must hold, any name within one will do.

    alert: ids. area: ids, an area holds for all that lie under it. category: of critical reports.
    level: the level of the moment. time, day: as in rule files (bands, spans; weekdays, dates).
    """

    alert: list[_Name] = []
    area: list[_Name] = []
    tag: list[_Name] = []
    rule: list[_Name] = []
    category: list[_Name] = []
    level: list[_Level] = []
    time: list[_Name] = []
    day: list[_Name] = []


class Silence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Alerts that nobody is notified of from one moment of event time (ms) to another.

    lifeline: it is for alerts of lifeline rules too, which it leaves alone otherwise.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$(?!\n)")]
    when: SilenceWhen
    from_ms: int
    to_ms: int
    lifeline: bool = False


class Act(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision. `id` is chosen by whoever acts: what has the same id is the same act.

    alert: id of the alert, empty for a silence. by: a role, never a person's name; because: the
    reason in the desk's own words. at_ms: clock of whoever acts.

    ack: somebody has it; stops the ladder. assign: `to` a unit or role. close: it is over; `told`:
    rung `rung` was notified and has until `due_ms`. escalate: nobody acknowledged, rung `rung` is
    notified now, and has until `due_ms`. mark: what it turned out to be, `disposition`. mechanism:
    `to` is start or decline; or `overdue`, nobody answered: `rung` levels of command further up
    it is asked, until `due_ms`. move: `to` is accept or decline, of the suggestion for `unit`.
    silence: `silence` holds. expire: the silence named `to` ends now. opinion: `count` posts,
    `times` the usual, counted by another system.
    """

    # A factory, so that it is written out although it is the default.
    schema: Literal["act/1"] = field(default_factory=lambda: "act/1")
    kind: Kind
    id: Annotated[str, Meta(min_length=1, max_length=128)]
    alert: Annotated[str, Meta(max_length=64)] = ""
    by: _Name
    because: Annotated[str, Meta(max_length=LONGEST_REASON)] = ""
    at_ms: int
    rung: Annotated[int, Meta(ge=0)] | None = None
    due_ms: int | None = None
    to: _Name | None = None
    unit: _Name | None = None
    disposition: Disposition | None = None
    silence: Silence | None = None
    count: Annotated[int, Meta(ge=0)] | None = None
    times: Annotated[float, Meta(ge=0)] | None = None


_decoder = msgspec.json.Decoder(Act)


def silence_name(silence_id: str) -> str:
    """How an alert names a silence in `suppressed_by`, and its key on `control`."""
    return f"silence/{silence_id}"


def act_key(act: Act) -> bytes:
    """Key on `audit`: all acts about one alert, or about one silence, lie behind each other."""
    if act.silence is not None:
        return silence_name(act.silence.id).encode()
    if act.kind == "expire":
        return silence_name(act.to or "").encode()
    return act.alert.encode()


def encode_act(act: Act) -> bytes:
    """The value of a record on `audit`, and of one on `control`: one line of JSON."""
    return msgspec.json.encode(act)


def decode_act(value: bytes) -> Act:
    """The act in such a record. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(value)
