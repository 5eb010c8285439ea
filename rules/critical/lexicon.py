"""The compiled lexicon: folded words, two automata, and frames found by their anchor."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from rules.critical.fold import Folder
from rules.critical.loader import SHIPPED, Layers, read_layers
from rules.critical.model import Cue, Frame, Grade
from rules.critical.sieve import Sieve, Word, can_be_critical
from rules.critical.view import is_latin
from streams.errors import RuleError

__all__ = ["FRIEND", "LATIN_STRETCH", "Lexicon", "Term"]

FRIEND = "!friend"
"""The group of false friends; the sign keeps it apart from the names of a file."""

LATIN_STRETCH = 3
"""A gap of so many letters of a Latin word is worth one Chinese character."""

_NOWHERE: frozenset[int] = frozenset()
_CUE = "!cue."
_ACT = "!act."


class Term(NamedTuple):
    """A word to look for: as written, its groups, and where its Latin words part.

    required and allowed are indexes of the folded word before which a space must or may stand.
    act: it says something by itself, so that even a comma inside it is taken for noise.
    """

    text: str
    groups: tuple[str, ...]
    latin: bool
    latin_end: bool
    required: frozenset[int]
    allowed: frozenset[int]
    act: bool


class Lexicon:
    """Words, frames, cues and grades, ready to be matched; immutable once made."""

    def __init__(self, layers: Layers) -> None:
        words = _words_by_group(layers)
        letters = set().union(*(word for entries in words.values() for word in entries))
        self.folder = Folder(char for char in letters if unicodedata.category(char) == "So")
        self.cues: dict[str, Cue] = {_CUE + name: cue for name, cue in layers.cues.items()}
        self.groups = layers.groups
        self.counts = sorted((c.least, name) for name, c in layers.counts.items())
        self.grades: Sequence[Grade] = layers.grades
        self.frames = _frames(layers)
        self.by_anchor: dict[str, list[tuple[str, Frame, list[str]]]] = {}
        for name, frame in self.frames.items():
            self.by_anchor.setdefault(frame.all[0], []).append((name, frame, frame.all[1:]))
        self.facts = {name: group.fact for name, group in layers.groups.items() if group.fact}
        terms = self._terms(words)
        self.terms = list(terms.values())
        counts = {name: count.least for name, count in layers.counts.items()}
        self.sieve = Sieve(
            self.frames.values(),
            [term.groups for term in self.terms],
            [term.latin for term in self.terms],
            counts,
        )
        self._find = AhoCorasick(terms)
        self.prefilter = AhoCorasick(self._anchors(terms))

    @classmethod
    def load(cls, layers: Iterable[Path] = ()) -> Lexicon:
        """The shipped lexicon with further directories laid over it. Raises RuleError."""
        return cls(read_layers([SHIPPED, *layers]))

    def words(self, folded: str) -> list[Word]:
        """Every place of every word in a folded text, overlapping ones too."""
        return self._find.find_matches_as_indexes(folded, overlapping=True)

    def _terms(self, words: dict[str, list[str]]) -> dict[str, Term]:
        """Every word by its folded form, with all its groups and spellings."""
        groups_of: dict[str, dict[str, None]] = {}
        spellings: dict[str, list[tuple[str, list[int]]]] = {}
        written = [(group, word) for group, entries in words.items() for word in entries]
        chunk = self.folder.chunk([word for _, word in written])
        starts, places = chunk.starts.tolist(), chunk.places.tolist()
        raw_starts = chunk.raw_starts.tolist()
        for i, (group, word) in enumerate(written):
            start, end = starts[i], starts[i + 1] - 1
            folded = chunk.folded[start:end]
            if not folded:
                raise RuleError(f'the lexicon word "{word}" holds no letter; remove it')
            groups_of.setdefault(folded, {})[group] = None
            parted = " " in word or "-" in word
            at = [place - raw_starts[i] for place in places[start:end]] if parted else []
            spellings.setdefault(folded, []).append((word, at))
        return {
            folded: Term(
                forms[0][0],
                tuple(groups_of[folded]),
                is_latin(folded[0]),
                is_latin(folded[-1]),
                *_parts(forms),
                any(group.startswith(_ACT) for group in groups_of[folded]),
            )
            for folded, forms in spellings.items()
        }

    def _anchors(self, terms: dict[str, Term]) -> list[str]:
        """Folded words without which no frame can be critical or for review."""
        anchors = {frame.all[0] for frame in self.frames.values() if can_be_critical(frame)}
        return [folded for folded, term in terms.items() if not anchors.isdisjoint(term.groups)]


def _words_by_group(layers: Layers) -> dict[str, list[str]]:
    words = {name: group.words for name, group in layers.groups.items()}
    words |= {f"{_ACT}{i}": act.words for i, act in enumerate(layers.acts)}
    words |= {_CUE + name: cue.words for name, cue in layers.cues.items()}
    words[FRIEND] = layers.friends
    return words


def _frames(layers: Layers) -> dict[str, Frame]:
    """The frames, and every act as a frame of its own."""
    acts = {
        f"{_ACT}{i}": Frame(
            all=[f"{_ACT}{i}"],
            category=act.category,
            kind=act.kind,
            weight=act.weight,
            facts=act.facts,
        )
        for i, act in enumerate(layers.acts)
    }
    return acts | layers.frames


def _parts(forms: list[tuple[str, list[int]]]) -> tuple[frozenset[int], frozenset[int]]:
    """Where words must and may part, over all spellings (`hold up`, `hold-up`, `holdup`)."""
    if not any(at for _, at in forms):
        return _NOWHERE, _NOWHERE
    required, allowed = set[int](), set[int]()
    for number, (word, at) in enumerate(forms):
        spaces, both = set[int](), set[int]()
        for i, (before, place) in enumerate(pairwise(at), start=1):
            if place - before > 1:
                between = word[before + 1 : place]
                if " " in between:
                    spaces.add(i)
                if " " in between or "-" in between:
                    both.add(i)
        required = required & spaces if number else spaces
        allowed |= both
    return frozenset(required), frozenset(allowed)
