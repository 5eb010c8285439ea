"""What was decided about an alert, as its record shows it: by people, by the clock, or by a rule.

Fields of an alert, never a status: an alert that was acknowledged, silenced or marked lives on, and
still resolves and says so. Every one of them comes from an act (streams/acts.py), but for what a
rule proposes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from streams.texts import Text2

__all__ = ["Ack", "Cells", "Divert", "Mechanism", "MoveAnswer", "Opinion"]


class Ack(Struct, frozen=True):
    """Acknowledgement by a role, never scored per person.

    due: until when somebody has to acknowledge; None where nobody has to (any more). rung: how far
    up the route's ladder it was told while nobody did; 0 is the first.
    """

    by: str | None = None
    at: datetime | None = None
    due: datetime | None = None
    rung: int = 0


class Cells(Struct, frozen=True, kw_only=True):
    """What the four cells of the joint mechanism 情指勤舆 are asked to do (capability C4)."""

    intelligence: Text2
    command: Text2
    duty: Text2
    opinion: Text2


class Mechanism(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The joint mechanism of a level-I alert: proposed, and started by a person (capability C4).

    due: until when somebody has to answer. rung: how many levels of command above the first it was
    taken to while nobody did. at: since when its status is so. by: who answered; `rules` where the
    book starts it itself.
    """

    status: Literal["proposed", "started", "declined"]
    cells: Cells
    checks: list[Text2] = []
    due: datetime | None = None
    rung: int = 0
    by: str | None = None
    at: datetime | None = None


class Divert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a report belongs that is not for the police alone (capabilities C16, C17).

    confidence: 0 to 1. amount: what was lost, in `currency` (ISO 4217); minutes: since it was
    transferred, as the report tells.
    """

    to: Literal["antifraud", "12345"]
    confidence: float
    amount: float | None = None
    currency: str | None = None
    minutes: float | None = None


class Opinion(Struct, frozen=True):
    """Public attention to an incident or area, counted elsewhere (capability C26).

    count: posts about the topic; times: how many times the usual. No account, no text.
    """

    count: int
    times: float


class MoveAnswer(Struct, frozen=True):
    """What was answered to a suggested move, by whom and when."""

    answer: Literal["accept", "decline"]
    by: str
    at: datetime
