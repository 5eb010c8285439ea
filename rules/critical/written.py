"""The words of a lexicon as they are written, each looked at as if it were a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rules.critical.frames import Trigger
from rules.critical.judge import evidence
from rules.critical.layers import Entry, Layers
from rules.critical.lexicon import Lexicon
from rules.critical.origins import Origins
from rules.critical.phrases import Hit
from rules.critical.scan import at_edges
from rules.critical.view import View
from streams.yaml_nodes import Place

__all__ = ["Book", "Inside", "Written"]


class Written(NamedTuple):
    """One item of a `words` list: its entry, the name of its group, its place and its words."""

    entry: Entry
    group: str
    place: Place
    words: tuple[str, ...]


class Inside(NamedTuple):
    """What a word holds when it stands alone: its folded form, and the lexicon's words in it."""

    folded: str
    hits: list[Hit]

    def whole(self, hit: Hit) -> bool:
        """Whether a hit is the word itself."""
        return hit.start == 0 and hit.end == len(self.folded)


class Book:
    """A lexicon under inspection: its layers, its compiled form, and where everything stands."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        self.lexicon = Lexicon(layers)
        self.origins = Origins(layers, self.lexicon.folder)
        self._bare: Lexicon | None = None
        self._inside: dict[str, Inside] = {}

    def written(self, *sections: str) -> Iterator[Written]:
        """Every written item of these sections that still stands for words."""
        for entry in self.layers.entries:
            if entry.section in sections and entry.written:
                group = self.origins.name(entry)
                for i, words in enumerate(entry.written):
                    if words:
                        self._look(words)
                        yield Written(entry, group, entry.place("words", i), words)

    def inside(self, word: str) -> Inside:
        """The words of groups, acts and cues in a word, false friends left aside."""
        self._look([word])
        return self._inside[word]

    def told(self, words: Sequence[str]) -> list[list[Trigger]]:
        """What each word would tell if there were no false friends, cues left aside."""
        bare = self._bare = self._bare or Lexicon(self.layers._replace(friends=[]))
        chunk = bare.folder.chunk(words)
        told = []
        for row in range(len(words)):
            folded, places = chunk.text(row)
            view = View(chunk.raw, int(chunk.raw_starts[row]), folded, places)
            told.append(evidence(bare, view, bare.words(folded)).found)
        return told

    def groups_in(self, words: Sequence[str]) -> dict[str, set[str]]:
        """By word, every group that has a word in it."""
        self._look(words)
        return {
            word: {
                group for hit in self._inside[word].hits if hit.term for group in hit.term.groups
            }
            for word in words
        }

    def _look(self, words: Sequence[str]) -> None:
        """Look at words together: folding them one by one costs ten times as much."""
        new = [word for word in words if word not in self._inside]
        if not new:
            return
        chunk = self.lexicon.folder.chunk(new)
        for row, word in enumerate(new):
            folded, places = chunk.text(row)
            view = View(chunk.raw, int(chunk.raw_starts[row]), folded, places)
            hits, _ = at_edges(self.lexicon, view, self.lexicon.words(folded))
            self._inside[word] = Inside(folded, hits)
