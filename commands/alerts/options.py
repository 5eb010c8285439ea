"""Options that the verbs of alerts and silences share: who acts, why, and in which language."""

from __future__ import annotations

import re
import time
import uuid
from typing import Literal, get_args

import click

from streams.privacy import mask
from streams.settings import Settings

__all__ = ["BECAUSE", "BY", "JSON", "LANG", "WAIT", "WHY", "Lang", "new_id", "now_ms", "role"]

Lang = Literal["zh", "en"]

BY = click.option(
    "--by",
    metavar="ROLE",
    help="The role in which you act, never a name; else WATCHFLOOR_OPERATOR.",
)
BECAUSE = click.option("--because", metavar="TEXT", default="", help="Why; kept on the audit log.")
WHY = click.option(
    "--because", metavar="TEXT", required=True, help="Why; kept on the audit log for a year."
)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
LANG = click.option(
    "--lang",
    type=click.Choice(get_args(Lang)),
    default="zh",
    show_default=True,
    help="Language of what is shown.",
)
WAIT = click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    help="Seconds to wait until the watch answers; 0 does not wait.",
)

_ROLE = re.compile(r"[^\W\d_][\w.-]{1,63}")
_NOBODY = frozenset({"none", "null", "nobody", "unknown", "anonymous", "me", "user", "test", "无"})


def role(by: str | None, settings: Settings) -> str:
    """The role that acts. Raises click.UsageError for none, and for what names a person."""
    said = (by if by is not None else settings.operator).strip()
    if not said:
        raise click.UsageError(
            "say in which role you act: --by duty-officer, or set WATCHFLOOR_OPERATOR"
        )
    if not _ROLE.fullmatch(said) or said.casefold() in _NOBODY or mask(said) != said:
        raise click.UsageError(
            f"{said!r} is no role: write one word such as duty-officer or 值班长, no name"
        )
    return said


def new_id() -> str:
    """An id for an act, that no other has."""
    return uuid.uuid4().hex


def now_ms() -> int:
    """The clock, in ms since the epoch."""
    return time.time_ns() // 1_000_000
