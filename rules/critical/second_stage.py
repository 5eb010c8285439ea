"""The second stage: what the classifier thinks is added to what the words say.

It raises: a critical report stays as the lexicon judged it. By itself it makes a report critical
only with the stretches of text that speak for it, to show to the duty officer, and a tier less
where a cue takes the text back (a drill, a question, a denial of the same thing). The one way in
which its doubt counts is through weak cues (see `Cue.below`), which leave a keyword for review.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rules.critical.classifier.grammar import LABELS
from rules.critical.classifier.model import Classifier, Opinion, Opinions, Probabilities
from rules.critical.fold import FoldedChunk
from rules.critical.judge import CRITICAL_SCORE, REVIEW_SCORE, Evidence, facts, grade
from rules.critical.lexicon import Lexicon
from rules.critical.model import MODEL, OUTCOMES
from rules.critical.view import View
from streams.observations import Finding, Outcome, Span
from streams.records import Level

__all__ = ["Heard", "SecondStage"]

_OUTCOME_LEAST = 0.5
"""An outcome that the classifier alone sees counts from this probability on."""
_ATTEND_LEAST = 0.6
_LIKELY = 0.5
"""From here on a report for review has the grade that it would have if it were critical."""
_SURE = 0.95
"""From here on a cue does not doubt the opinion: it has read films, drills and questions too."""
_WORTH = {"critical": CRITICAL_SCORE, "review": REVIEW_SCORE, "none": 0.0}
_ATTENDED = ("attend", "missing_person", "fraud")
"""What is grade III: a unit should go, or money can still be stopped."""


class SecondStage:
    """The classifier and what its opinion is worth."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    @classmethod
    def load(cls) -> SecondStage:
        """With the shipped weights. Raises RuleError."""
        return cls(Classifier.load())

    def opinions(self, chunk: FoldedChunk) -> Heard:
        """What the classifier thinks of every text of a chunk."""
        return Heard(self._classifier, self._classifier.opinions(chunk))


class Heard:
    """Opinions on the texts of one chunk, to be added to the findings of the lexicon."""

    def __init__(self, classifier: Classifier, opinions: Opinions) -> None:
        self._classifier = classifier
        self._opinions = opinions

    @property
    def telling(self) -> Sequence[int]:
        """The texts to which the classifier alone would give a tier."""
        told = self._opinions.critical >= self._classifier.facts.review
        rows: list[int] = np.flatnonzero(told).tolist()
        return rows

    def critical(self, row: int) -> float:
        """How likely one text is a critical report."""
        return float(self._opinions.critical[row])

    def shares(self, label: str) -> Probabilities:
        """How likely every text is of one label."""
        return self._opinions.probabilities[:, LABELS.index(label)]

    def opinion(self, row: int) -> Opinion:
        """What the classifier thinks of one text."""
        return self._classifier.judged(self._opinions.probabilities[row])

    def outcome(self, row: int, told: Mapping[str, float]) -> tuple[Outcome, float]:
        """Where a text belongs, and how sure that is; told: how sure its words are by outcome."""
        return _outcome(told, self.opinion(row))

    def revised(
        self, row: int, lexicon: Lexicon, view: View, seen: Evidence, finding: Finding
    ) -> Finding:
        """The finding of a text, raised where the opinion is a reason to."""
        if finding.tier == "critical":
            return finding
        opinion = self.opinion(row)
        tier = _tier(seen, finding, opinion)
        if tier == "critical":
            category = finding.category if finding.tier == "review" else opinion.category
            spans = (*finding.spans, *self.spans(view, category))
            if spans:
                return _critical(lexicon, seen, finding, category, spans)
        outcome = _outcome({finding.outcome: finding.confidence}, opinion)
        if tier != "none" and finding.tier == "none":
            spans = self.spans(view, opinion.category)
            reasons = (*finding.reasons, f"model:{opinion.category}", "tier:review")
            level = _higher(finding.level, opinion.critical + _attended(opinion))
            if opinion.critical >= _LIKELY:
                level, _ = grade(lexicon, opinion.category, facts(lexicon, seen))
            return Finding("review", opinion.category, level, spans, reasons, *outcome)
        level, reasons = finding.level, finding.reasons
        if not seen.scopes.whole and _higher(level, _attended(opinion)) != level:
            level, reasons = "III", (*reasons, "model:attend")
        return Finding(finding.tier, finding.category, level, finding.spans, reasons, *outcome)

    def spans(self, view: View, category: str) -> tuple[Span, ...]:
        """The stretches of a text that speak for a category, as spans of the original."""
        return tuple(
            Span(*view.original(start, end), f"~{category}", category, MODEL)
            for start, end, _ in self._classifier.evidence(view.folded, category)
        )


def _tier(seen: Evidence, finding: Finding, opinion: Opinion) -> str:
    weight = _WORTH[opinion.tier]
    if _doubted(seen, opinion):
        weight -= REVIEW_SCORE
    if finding.tier == "review" and not seen.scopes.whole:
        weight += REVIEW_SCORE
    if weight >= CRITICAL_SCORE:
        return "critical"
    return "review" if weight >= REVIEW_SCORE else "none"


def _doubted(seen: Evidence, opinion: Opinion) -> bool:
    """Whether a cue takes back the whole text, or the very words that the opinion may rest on."""
    if opinion.critical >= _SURE:
        return False
    return seen.scopes.whole or any(
        trigger.cancelled and trigger.frame.category == opinion.category for trigger in seen.found
    )


def _critical(
    lexicon: Lexicon, seen: Evidence, finding: Finding, category: str, spans: tuple[Span, ...]
) -> Finding:
    level, because = grade(lexicon, category, facts(lexicon, seen))
    told = tuple(code for code in finding.reasons if code.startswith("lexicon:"))
    ordered = tuple(sorted(spans, key=lambda span: (span.start, span.end, span.category)))
    return Finding("critical", category, level, ordered, (*told, f"model:{category}", *because))


def _higher(level: Level, share: float) -> Level:
    """Grade III instead of IV where the opinion is sure enough that somebody should go."""
    return "III" if level == "IV" and share >= _ATTEND_LEAST else level


def _attended(opinion: Opinion) -> float:
    return sum(opinion.of(label) for label in _ATTENDED)


def _outcome(told: Mapping[str, float], opinion: Opinion) -> tuple[Outcome, float]:
    """What words and classifier say together: two doubts that do not know of each other.

    told: how sure the words are, by outcome.
    """
    best: tuple[Outcome, float] = ("none", 0.0)
    for outcome in OUTCOMES:
        share = opinion.of(outcome)
        if outcome not in told and share < _OUTCOME_LEAST:
            continue
        confidence = round(1 - (1 - told.get(outcome, 0.0)) * (1 - share), 2)
        if confidence > best[1]:
            best = (outcome, confidence)
    return best
