"""The ladder of a heat rule: one area's way up and down, and what of it was told."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from rules.language.schema.names import LEVELS
from rules.suppression import Standing
from streams.records import Level

__all__ = ["RUNGS", "Changed", "OpenAlert", "Step", "advance", "tell"]

RUNGS: tuple[Level, ...] = tuple(reversed(LEVELS))
"""Rung numbers 1..4 are levels IV..I; 0 is no alert."""

Changed = Literal["", "limits", "shape"]


class OpenAlert(Struct, array_like=True):
    """An alert of one area under this rule, in ticks; `low_since` counts keep-firing.

    told: the rung that was told last, lowered by a cap; 0 before anything was told. test: told as
    an exercise only. changed: other rules hold since the last judged tick, with other limits for
    this area, or with counts that began anew. under: the alert of a storm that speaks for it, where
    what was told of it called nobody.
    """

    breached: int
    rung: int
    fired: int | None = None
    revision: int = 0
    low_since: int | None = None
    told: int = 0
    test: bool = False
    changed: Changed = ""
    under: str = ""

    @property
    def unsettled(self) -> bool:
        """Whether it may change although its rung stands."""
        return (
            self.rung == 0
            or self.low_since is not None
            or self.told != self.rung
            or self.test
            or bool(self.changed)
        )


class Step(Struct, frozen=True):
    """A transition. rung: of before. reason: why it ended; None while it is open."""

    rung: int
    reason: str | None


def advance(
    open_: OpenAlert, tick: int, fired: int, held: int, *, wait: int, keep: int
) -> Step | None:
    """One judged tick of the ladder; None where it stays.

    Up at once when a higher rung fires (after `wait` ticks for the first one); down, one notice,
    after `keep` ticks in which the rung held was cleared, or at once where it is other limits that
    do not hold it. Where counts began anew only what fires holds it.
    """
    before, changed, open_.changed = open_.rung, open_.changed, ""
    stays = fired if changed == "shape" else max(held, fired)
    if before == 0:
        if fired == 0 or tick - open_.breached < wait:
            return None
        open_.rung, open_.fired = fired, tick
    elif fired > before:
        open_.rung, open_.low_since = fired, None
    elif stays >= before:
        open_.low_since = None
        return None
    elif changed == "shape" or (changed and open_.low_since is None):
        open_.rung, open_.low_since = stays, None
        return Step(before, None if stays else "rule_changed")
    else:
        open_.low_since = tick if open_.low_since is None else open_.low_since
        if tick - open_.low_since + 1 < keep:
            return None
        open_.rung, open_.low_since = stays, None
    return Step(before, None if open_.rung else "cleared")


def tell(open_: OpenAlert, standing: Standing, *, grown: bool = False) -> int | None:
    """Count what is to be told of the alert as it stands; the rung told before it, None if nothing.

    A suppression says nothing by itself when it begins: a hold keeps back what comes, a cap lowers
    it; once they are over, what is graver than what was told is told. An end is told where
    anything was, whatever stands, since a silence must not leave an alert open for ever. What was
    told as real stays so in an exercise, and what is left of one is real when it is over.
    grown: it speaks for more areas than were told.
    """
    before = open_.told
    if open_.rung == 0:
        if not before:
            return None
        open_.told = 0
    elif standing.hold:
        return None
    else:
        rung = RUNGS.index(standing.level(RUNGS[open_.rung - 1])) + 1
        test = standing.exercise and (open_.test or not before)
        if not grown and test == open_.test and (rung == before or rung < before <= open_.rung):
            return None
        open_.told, open_.test = rung, test
    open_.revision += 1
    return before
