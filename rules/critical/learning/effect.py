"""What a learned layer does to a finding: it moves the line between nothing and review, no other.

Whether a report is critical is decided before, on the weights of the lexicon alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from rules.critical.judge import REVIEW_SCORE, Evidence, spans
from rules.critical.learning.entries import MODEL, codes, entries
from rules.critical.learning.layer import TEACHABLE, LearnedLayer, deltas
from rules.critical.lexicon import Lexicon
from rules.critical.model import CATEGORIES
from rules.critical.view import View
from streams.observations import Finding

__all__ = ["Learned", "learned", "with_codes"]

_SLACK = 1e-9
"""Sums of decimal fractions miss their value by a little."""

_REVIEW = "tier:review"
_RAISED, _LOWERED, _CATEGORY = "learned:raised", "learned:lowered", "learned:category"


class Learned(Struct, frozen=True):
    """A learned layer made ready for one lexicon.

    deltas: what to add to the weight of an entry, by code. review_from: the review threshold.
    """

    deltas: Mapping[str, float]
    review_from: float

    def applied(self, lexicon: Lexicon, view: View, seen: Evidence, finding: Finding) -> Finding:
        """The finding by learned weights; reasons `learned:...` where these changed it.

        A critical finding is given back as it is. The grade stays in any case: what is taken out
        of review may still be a fight that somebody should go to.
        """
        if finding.tier == "critical":
            return finding
        shown = self._shown(seen, finding)
        if finding.tier == "review":
            if finding.category in shown:
                return finding
            if shown:
                reasons = (*finding.reasons, _CATEGORY)
                return replace(finding, category=shown[0], reasons=reasons)
            kept = tuple(reason for reason in finding.reasons if reason != _REVIEW)
            reasons = (*kept, _LOWERED)
            return replace(finding, tier="none", category="none", spans=(), reasons=reasons)
        if not shown:
            return finding
        return replace(
            finding,
            tier="review",
            category=shown[0],
            level="III",
            spans=spans(lexicon, view, seen.alive),
            reasons=(*finding.reasons, _REVIEW, _RAISED),
        )

    def _shown(self, seen: Evidence, finding: Finding) -> list[str]:
        """The categories that reach the threshold, the first in priority first."""
        scores: dict[str, float] = {c: seen.scores.get(c, 0.0) for c in CATEGORIES}
        told = codes(seen.alive)
        for category in CATEGORIES:
            if MODEL + category in finding.reasons:
                scores[category] += REVIEW_SCORE
                told[MODEL + category] = category
        for code, named in told.items():
            scores[named] += self.deltas.get(code, 0.0)
        least = self.review_from - _SLACK
        return [category for category, score in scores.items() if score >= least]


def learned(layer: LearnedLayer | None, lexicon: Lexicon) -> Learned | None:
    """A layer made ready for a lexicon; None where there is none, or where it changes nothing."""
    if layer is None or not layer.steps:
        return None
    last = layer.steps[-1]
    usable = deltas(last.weights, entries(lexicon))
    if not usable and last.review_from == REVIEW_SCORE:
        return None
    return Learned(usable, last.review_from)


def with_codes(seen: Evidence, finding: Finding) -> Finding:
    """The finding with the codes of the doubtful entries behind it, so that a mark can teach them.

    There are none where a keyword stands: it explains the report, whatever else was said.
    """
    if finding.tier == "none":
        return finding
    if any(t.frame.weight >= TEACHABLE and t.frame.category in CATEGORIES for t in seen.alive):
        return finding
    told = codes(seen.alive)
    return replace(finding, reasons=(*finding.reasons, *told)) if told else finding
