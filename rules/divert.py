"""What a rule proposes to another desk: how sure it is, how much money is gone, how long ago."""

from __future__ import annotations

from typing import Final

from rules.critical.judge import DOUBT
from rules.critical.model import OWN
from rules.language.schema.keyword import KeywordRule
from streams.decisions import Divert
from streams.observations import Finding

__all__ = ["divert_of", "fuller", "stays", "sums"]

_OUTCOME_OF: Final = {"antifraud": "fraud", "12345": "non_police"}
_GRAVE: Final = frozenset({"I", "II"})


def stays(rule: KeywordRule, finding: Finding) -> bool:
    """Whether a report is none to give away: danger words, or the seat's grade, keep it here.

    Demand goes to 12345 only where nothing critical was found, not even for review (capability
    C17). The anti-fraud desk is told beside the police, so nothing keeps a report from it.
    """
    return rule.divert == "12345" and (finding.tier != "none" or finding.level in _GRAVE)


def divert_of(rule: KeywordRule, finding: Finding) -> Divert | None:
    """The proposal of a rule that diverts. Capabilities C16 and C17.

    Every word of the rule's own leaves a part of the doubt, as the lexicon's words do, and the
    outcome that fits the desk leaves its own.
    """
    if rule.divert is None:
        return None
    own = {s.term for s in finding.spans if s.kind == OWN and s.category == rule.id}
    fits = finding.outcome == _OUTCOME_OF[rule.divert]
    doubt = DOUBT ** len(own) * (1 - finding.confidence if fits else 1.0)
    loss = finding.loss if rule.divert == "antifraud" else None
    return Divert(
        to=rule.divert,
        confidence=round(1 - doubt, 2),
        amount=None if loss is None else loss.amount,
        currency=(loss.currency or None) if loss is not None else None,
        minutes=None if loss is None else loss.minutes,
    )


def fuller(held: Divert | None, told: Divert | None) -> Divert | None:
    """The proposal with what a further report adds: a larger sum, a time not told before."""
    if held is None or told is None:
        return held or told
    larger = (told.amount or 0.0) > (held.amount or 0.0)
    newer = told if larger else held
    return Divert(
        to=held.to,
        confidence=max(held.confidence, told.confidence),
        amount=newer.amount,
        currency=newer.currency,
        minutes=held.minutes if held.minutes is not None else told.minutes,
    )


def sums(divert: Divert | None) -> tuple[float | None, float | None]:
    """Amount and minutes, for which a revision is told where a further report adds them."""
    return (None, None) if divert is None else (divert.amount, divert.minutes)
