"""Words that sound like an act: 帮价 for 绑架, as speech recognition writes what it does not know.

Homophones cannot be listed one by one, so every act of two to four syllables is looked for by sound
as well (reference: keyword lexicon, step 8). That alone is weak evidence: a frame of weight 0.5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from ahocorasick_rs import AhoCorasick

from rules.critical.fold import FoldedChunk
from rules.critical.sieve import Word
from rules.critical.syllables import Key, Sounds, ordinary_words
from rules.critical.view import is_latin

__all__ = ["Act", "Phonetic"]

_SHORTEST, _LONGEST = 2, 4
_PARTICLES = frozenset("我你他了的被给把将在着过去一两几咗咯噻遭让是和就得俾畀叫")
"""They carry no meaning of their own: an act needs two other characters to be known by sound."""
_GRAMMAR = frozenset("的是都还了之一不也就与和这而以其又个四")
"""So frequent that they are never a wrongly heard syllable of an act."""
_PERSON = "人"
"""Says little in a longer word: 让人砍 has one character that tells."""
_FREQUENT = frozenset("到上道倒三人式似")
"""Complements and the like (讨到, 站到): believed only beside a character of the act itself."""


class Act(NamedTuple):
    """An act that may be heard wrongly: its word, folded and as written, and its category."""

    folded: str
    text: str
    category: str


class Phonetic:
    """Finds in chunks what sounds like an act; `acts` are those used, in the order given.

    Act i is word `len(words) + i`: the numbers go on where those of the lexicon's words end.
    """

    def __init__(self, acts: Iterable[Act], words: Collection[str], friends: Iterable[str]) -> None:
        """All acts of a lexicon, all its folded words, and its false friends among them."""
        self._sounds = Sounds()
        self.acts = _known_by_sound(acts, self._sounds)
        self._words = words
        self._ordinary = ordinary_words().union(friends)
        self._meant: list[list[int]] = []
        spellings: dict[str, list[int]] = {}
        for index, act in enumerate(self.acts):
            for spelling in self._sounds.spellings(act.folded):
                spellings.setdefault(spelling, []).append(index)
        self._meant = list(spellings.values())
        self._find = AhoCorasick(spellings)

    def find(self, chunk: FoldedChunk) -> dict[int, list[Word]]:
        """By text of the chunk: the word's number and its folded range in the text."""
        spelled = self._sounds.table[chunk.codes].tobytes().decode("utf-32-le")
        found: dict[int, list[Word]] = {}
        for pattern, start, end in self._find.find_matches_as_indexes(spelled, overlapping=True):
            if chunk.folded[start:end] in self._words or self._is_ordinary(chunk, start, end):
                continue
            act = self._believed(chunk, self._meant[pattern], start, end)
            if act is not None:
                text = int(np.searchsorted(chunk.starts, start, side="right")) - 1
                origin = int(chunk.starts[text])
                found.setdefault(text, []).append(
                    (len(self._words) + act, start - origin, end - origin)
                )
        return found

    def _believed(
        self, chunk: FoldedChunk, meant: Sequence[int], start: int, end: int
    ) -> int | None:
        """The first of the acts meant, if one of them may be what was said."""
        heard = chunk.folded[start:end]
        if any(map(is_latin, heard)):
            return None if _within_latin_word(chunk, start, end) else meant[0]
        if any(self._plausible(heard, self.acts[index].folded) for index in meant):
            return meant[0]
        return None

    def _plausible(self, heard: str, act: str) -> bool:
        """Whether one could be taken for the other: one character is right, or all sound right."""
        wrong = [(one, other) for one, other in zip(heard, act, strict=True) if one != other]
        if any(one in _GRAMMAR for one, _ in wrong):
            return False
        if any(one == other and _tells(one, act) for one, other in zip(heard, act, strict=True)):
            return True
        return all(one not in _FREQUENT and self._sounds.alike(one, other) for one, other in wrong)

    def _is_ordinary(self, chunk: FoldedChunk, start: int, end: int) -> bool:
        """Whether the characters are, or share one with, an ordinary word: 吃到, 大|家报|价."""
        folded, ordinary = chunk.folded, self._ordinary
        for first in range(max(start - 2, 0), end):
            for last in range(max(first + 2, start + 1), first + 4):
                inside = start <= first and last <= end and last - first < end - start
                if not inside and folded[first:last] in ordinary and _unbroken(chunk, first, last):
                    return True
        return False


def _known_by_sound(acts: Iterable[Act], sounds: Sounds) -> list[Act]:
    """Acts of a fitting length with enough meaning, without those that a shorter one is part of."""
    fitting: dict[str, tuple[Act, Key]] = {}
    for act in acts:
        word = act.folded
        if (
            _SHORTEST <= len(word) <= _LONGEST
            and sum(_tells(char, word) for char in word) >= _SHORTEST
        ):
            key = sounds.key(word)
            if key:
                fitting.setdefault(word, (act, key))
    keys = {key for _, key in fitting.values()}
    return [act for act, key in fitting.values() if not _holds_another(key, keys)]


def _tells(char: str, word: str) -> bool:
    """Whether the character carries meaning in the word."""
    return char not in _PARTICLES and (char != _PERSON or len(word) == _SHORTEST)


def _holds_another(key: Key, keys: Collection[Key]) -> bool:
    return any(
        key[first:last] in keys
        for first in range(len(key) - 1)
        for last in range(first + _SHORTEST, len(key) + 1)
        if last - first < len(key)
    )


def _within_latin_word(chunk: FoldedChunk, start: int, end: int) -> bool:
    """Whether pinyin is cut out of a longer Latin word."""
    folded = chunk.folded
    return (
        is_latin(folded[start]) and is_latin(folded[start - 1]) and _unbroken(chunk, start - 1, end)
    ) or (
        is_latin(folded[end - 1])
        and is_latin(folded[end : end + 1] or " ")
        and _unbroken(chunk, end - 1, end + 1)
    )


def _unbroken(chunk: FoldedChunk, first: int, last: int) -> bool:
    """Whether nothing stands between the characters."""
    return bool(chunk.places[last - 1] - chunk.places[first] == last - first - 1)
