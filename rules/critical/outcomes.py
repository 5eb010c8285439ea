"""Outcomes in the stream: which quiet reports belong to another desk, where some rule asks for it.

The text model has read every text already; the lexicon's words are looked for only where it finds
an outcome at least as likely as not. So a city of everyday calls costs next to nothing, unlike a
look at every text in full (`CriticalMatcher.match_each`), which knows cues, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from ahocorasick_rs import AhoCorasick
from msgspec.structs import replace

from rules.critical.fold import FoldedChunk
from rules.critical.judge import DOUBT
from rules.critical.lexicon import ACT, Lexicon
from rules.critical.loss import loss_of
from rules.critical.model import OUTCOMES
from rules.critical.phrases import Term
from rules.critical.scan import stands
from rules.critical.second_stage import Heard
from rules.critical.view import View
from rules.language.book import RuleBook
from rules.language.schema.keyword import KeywordRule
from streams.observations import Finding, Outcome
from streams.records import Level

__all__ = ["Outcomes"]

_LEAST: Final = 0.5
"""Below it a denial (我没有被骗) is as likely, and only a full look tells the two apart."""
_LEVELS: Final[Mapping[str, Level]] = {"fraud": "III", "missing_person": "III"}
"""A unit should go, or money can still be stopped; all others are grade IV."""


class Outcomes:
    """Looks for the outcomes that keyword rules of some books ask for, and for lost money."""

    def __init__(self, lexicon: Lexicon, books: Iterable[RuleBook] = ()) -> None:
        rules = list(_rules(books))
        asked = {outcome for rule in rules for outcome in rule.match.outcome}
        self._asked: tuple[Outcome, ...] = tuple(o for o in OUTCOMES if o in asked)
        self._antifraud = frozenset(rule.id for rule in rules if rule.divert == "antifraud")
        self._lexicon = lexicon
        self._words = _Words(lexicon) if self._asked else None

    def add(self, chunk: FoldedChunk, findings: list[Finding | None], heard: Heard | None) -> None:
        """Put the likeliest outcome asked for into the findings of texts that have none."""
        if heard is None or self._words is None:
            return
        likely = np.max([heard.shares(outcome) for outcome in self._asked], axis=0)
        for row in np.flatnonzero(likely >= _LEAST).tolist():
            if findings[row] is None:
                outcome, confidence = heard.outcome(row, self._words.told(chunk, row))
                if outcome in self._asked:
                    level = _LEVELS.get(outcome, "IV")
                    findings[row] = Finding(
                        "none", "none", level, outcome=outcome, confidence=confidence
                    )

    def add_losses(self, texts: Iterable[str], findings: list[Finding | None]) -> None:
        """Put what is gone into the findings that an anti-fraud rule may answer to."""
        if not self._antifraud:
            return
        for row, (text, finding) in enumerate(zip(texts, findings, strict=True)):
            if finding is not None and self._concerns(finding):
                findings[row] = replace(finding, loss=loss_of(text))

    def _concerns(self, finding: Finding) -> bool:
        return finding.outcome == "fraud" or not self._antifraud.isdisjoint(finding.rules)


class _Words:
    """The lexicon's words of outcomes, each with the acts that it belongs to."""

    def __init__(self, lexicon: Lexicon) -> None:
        acts = {
            name: frame
            for name, frame in lexicon.frames.items()
            if name.startswith(ACT) and frame.category in OUTCOMES
        }
        self._lexicon = lexicon
        self._terms: list[tuple[Term, list[str]]] = []
        for term in lexicon.terms:
            groups = [group for group in term.groups if group in acts]
            if groups:
                self._terms.append((term, groups))
        forms = lexicon.folder.words([term.text for term, _ in self._terms])
        self._find = AhoCorasick(forms, store_patterns=False)
        self._weights = {name: frame.weight for name, frame in acts.items()}
        self._outcomes = {name: str(frame.category) for name, frame in acts.items()}

    def told(self, chunk: FoldedChunk, row: int) -> dict[str, float]:
        """How sure the words of a text alone are of each outcome: each act leaves some doubt."""
        folded, places = chunk.text(row)
        found: set[str] = set()
        view = None
        for index, start, end in self._find.find_matches_as_indexes(folded, overlapping=True):
            term, groups = self._terms[index]
            if not term.edgeless:
                view = view or View(chunk.raw, chunk.raw_starts[row], folded, places)
                if not stands(self._lexicon, view, term, start, end):
                    continue
            found.update(groups)
        weights: defaultdict[str, float] = defaultdict(float)
        for group in found:
            weights[self._outcomes[group]] += self._weights[group]
        return {outcome: 1 - DOUBT**weight for outcome, weight in weights.items()}


def _rules(books: Iterable[RuleBook]) -> Iterable[KeywordRule]:
    for book in books:
        for entry in book.parts.rules:
            if isinstance(entry.rule, KeywordRule) and entry.rule.state != "off":
                yield entry.rule
