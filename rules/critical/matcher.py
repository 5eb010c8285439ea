"""The matcher that intake uses: one prefilter pass over a chunk, an exact look at what it found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from rules.critical.judge import Evidence, evidence, judge
from rules.critical.lexicon import Lexicon
from rules.critical.sieve import Word
from rules.critical.view import View
from streams.observations import Finding

__all__ = ["CriticalMatcher"]


class CriticalMatcher:
    """Finds critical reports in texts; implements `streams.intake.Matcher`."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    @classmethod
    def load(cls, layers: Iterable[Path] = ()) -> CriticalMatcher:
        """With the shipped lexicon and lexicon directories laid over it. Raises RuleError."""
        return cls(Lexicon.load(layers))

    def match_chunk(self, texts: Sequence[str]) -> list[Finding | None]:
        """One finding per text that has a tier or an outcome; None for every other.

        Three steps, each of which loses nothing that the next would find: one pass over the chunk
        for the anchors of all frames; of what that names, the sieve keeps the texts that hold all
        parts of some frame; those are judged exactly, word edges, gaps, cues and all.
        """
        findings: list[Finding | None] = [None] * len(texts)
        if not texts:
            return findings
        chunk = self._lexicon.folder.chunk(texts)
        found = self._lexicon.prefilter.find_matches_as_indexes(chunk.folded)
        if not found:
            return findings
        starts = np.fromiter((start for _, start, _ in found), dtype=np.int64, count=len(found))
        candidates = np.unique(np.searchsorted(chunk.starts, starts, side="right") - 1)
        for index in candidates.tolist():
            folded, places = chunk.text(index)
            words = self._lexicon.words(folded)
            if self._lexicon.sieve.keeps(words, folded, places):
                view = View(chunk.raw, int(chunk.raw_starts[index]), folded, places)
                finding = judge(self._lexicon, view, words)
                if finding.tier != "none" or finding.outcome != "none":
                    findings[index] = finding
        return findings

    def match_each(self, texts: Sequence[str]) -> list[Finding]:
        """One finding for every text, as `match` gives it, without prefilter and sieve."""
        lexicon = self._lexicon
        chunk = lexicon.folder.chunk(texts)
        found = []
        for index in range(len(texts)):
            folded, places = chunk.text(index)
            view = View(chunk.raw, int(chunk.raw_starts[index]), folded, places)
            found.append(judge(lexicon, view, lexicon.words(folded)))
        return found

    def look(self, text: str) -> tuple[View, list[Word], Evidence]:
        """What the finding of one text rests on: for explanations."""
        chunk = self._lexicon.folder.chunk([text])
        folded, places = chunk.text(0)
        view = View(chunk.raw, 0, folded, places)
        words = self._lexicon.words(folded)
        return view, words, evidence(self._lexicon, view, words)

    def match(self, text: str) -> Finding:
        """The finding of one text; what is not critical carries its grade III or IV."""
        return self.match_each([text])[0]
