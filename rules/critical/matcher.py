"""The matcher that intake uses: one pass over a chunk for words, an exact look at what may tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rules.critical.fold import FoldedChunk
from rules.critical.judge import Evidence, evidence, evidences, verdict
from rules.critical.learning.effect import learned, with_codes
from rules.critical.lexicon import Lexicon
from rules.critical.outcomes import Outcomes
from rules.critical.rule_words import RuleWords, words_of
from rules.critical.second_stage import Heard, SecondStage
from rules.critical.sieve import Word
from rules.critical.view import View
from rules.language.book import RuleBook
from streams.observations import Finding

__all__ = ["CriticalMatcher"]

_TOGETHER = 128
"""So many texts are judged together: more would only take more memory."""


class CriticalMatcher:
    """Finds critical reports in texts; implements `streams.intake.Matcher`.

    Without a second stage it says what the words of the lexicon alone come to.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        second: SecondStage | None = None,
        books: Iterable[RuleBook] = (),
    ) -> None:
        """books: rule books of which the rules' own words are looked for, too."""
        self._lexicon = lexicon
        self._second = second
        books = list(books)
        self._words = RuleWords(lexicon, words_of(books))
        self._outcomes = Outcomes(lexicon, books)
        self._learned = learned(lexicon.learned, lexicon)

    @classmethod
    def load(cls, layers: Iterable[Path] = (), books: Iterable[RuleBook] = ()) -> CriticalMatcher:
        """With the shipped lexicon and lexicon directories laid over it. Raises RuleError."""
        return cls(Lexicon.load(layers), SecondStage.load(), books)

    def with_books(self, books: Iterable[RuleBook]) -> CriticalMatcher:
        """The same words and model, and the own words of other rule books."""
        return CriticalMatcher(self._lexicon, self._second, books)

    def match_chunk(self, texts: Sequence[str]) -> list[Finding | None]:
        """One finding per text that is critical or for review; None for every other.

        A text without a tier has one where words of a rule stand in it, or where it has an outcome
        that some rule asks for. Other outcomes are told by `match_each`: to look at all texts so
        would cost a stream three times as much.

        What is judged in full, word edges, gaps, cues and all, is what could be told: the texts
        that hold all parts of some frame, and those that the classifier takes for more than noise.
        """
        findings: list[Finding | None] = [None] * len(texts)
        if not texts:
            return findings
        chunk = self._lexicon.folder.chunk(texts)
        opinions = self._second.opinions(chunk) if self._second else None
        words = self._kept(chunk)
        for row in opinions.telling if opinions else ():
            if row not in words:
                words[row] = self._lexicon.words(chunk.text(row)[0])
        for row, finding in self._judged(chunk, words, opinions):
            if finding.tier != "none":
                findings[row] = finding
        self._outcomes.add(chunk, findings, opinions)
        self._words.add(chunk, findings)
        self._outcomes.add_losses(texts, findings)
        return findings

    def match_each(self, texts: Sequence[str]) -> list[Finding]:
        """One finding for every text, as `match` gives it, without the sieve."""
        chunk = self._lexicon.folder.chunk(texts)
        opinions = self._second.opinions(chunk) if self._second else None
        heard = self._lexicon.phonetic.find(chunk)
        words = {
            row: self._lexicon.words(chunk.text(row)[0]) + heard.get(row, [])
            for row in range(len(texts))
        }
        findings: list[Finding | None] = [f for _, f in self._judged(chunk, words, opinions)]
        self._words.add(chunk, findings)
        self._outcomes.add_losses(texts, findings)
        return [finding for finding in findings if finding is not None]

    def look(self, text: str) -> tuple[View, list[Word], Evidence]:
        """What the finding of one text rests on: for explanations."""
        chunk = self._lexicon.folder.chunk([text])
        folded, places = chunk.text(0)
        view = View(chunk.raw, 0, folded, places)
        words = self._lexicon.words(folded) + self._lexicon.phonetic.find(chunk).get(0, [])
        told = self._second.opinions(chunk).critical(0) if self._second else 1.0
        return view, words, evidence(self._lexicon, view, words, told)

    def match(self, text: str) -> Finding:
        """The finding of one text; what is not critical carries its grade III or IV."""
        return self.match_each([text])[0]

    def _kept(self, chunk: FoldedChunk) -> dict[int, list[Word]]:
        """The words of every text that holds all parts of some frame.

        One pass over the chunk finds the texts with the rarest part of some frame, a second one
        over those all their words; what sounds like an act counts too.
        """
        lexicon = self._lexicon
        heard = lexicon.phonetic.find(chunk)
        kept = {}
        for row in sorted(lexicon.rows(chunk) | heard.keys()):
            folded, places = chunk.text(row)
            words = lexicon.words(folded)
            words += heard.get(row, ())
            if lexicon.sieve.keeps(words, folded, places):
                kept[row] = words
        return kept

    def _judged(
        self, chunk: FoldedChunk, words: Mapping[int, list[Word]], opinions: Heard | None
    ) -> Iterator[tuple[int, Finding]]:
        """The findings of some texts of a chunk, by the words in them.

        Step by step for some texts together: the processor then still has each step's code at hand,
        which saves a quarter of the time.
        """
        lexicon = self._lexicon
        items = list(words.items())
        for first in range(0, len(items), _TOGETHER):
            some = items[first : first + _TOGETHER]
            views = [View(chunk.raw, chunk.raw_starts[row], *chunk.text(row)) for row, _ in some]
            seen = evidences(
                lexicon,
                [
                    (view, found, opinions.critical(row) if opinions else 1.0)
                    for view, (row, found) in zip(views, some, strict=True)
                ],
            )
            findings = [verdict(lexicon, v, e) for v, e in zip(views, seen, strict=True)]
            for (row, _), view, told, finding in zip(some, views, seen, findings, strict=True):
                yield row, self._revised(row, view, told, finding, opinions)

    def _revised(
        self, row: int, view: View, seen: Evidence, finding: Finding, opinions: Heard | None
    ) -> Finding:
        if opinions is not None:
            finding = opinions.revised(row, self._lexicon, view, seen, finding)
        if self._learned is not None:
            finding = self._learned.applied(self._lexicon, view, seen, finding)
        return with_codes(seen, finding)
