"""Words that sound like an act: 帮价 for 绑架, as speech recognition writes what it does not know.

Homophones cannot be listed one by one, so every act of two to four syllables is looked for by sound
as well (reference: keyword lexicon, step 8). That alone is weak evidence: a frame of weight 0.5.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from rules.critical.fold import FoldedChunk
from rules.critical.sieve import Word
from rules.critical.syllables import Key, Sounds, ordinary_words
from rules.critical.view import is_latin

__all__ = ["Act", "Phonetic"]

_SHORTEST, _LONGEST = 2, 4
_PARTICLES = frozenset("我你他有了的被给把将在着过去一两俩几遭让是和就得叫")
"""They carry no meaning of their own: an act needs two other characters to be known by sound."""
_DIALECT = frozenset("咗咯噻俾畀揸攞")
"""Acts with these are written by hand; speech recognition knows no such characters."""
_GRAMMAR = _PARTICLES | frozenset("都还之不也与这而以其又个四上死姓前")
"""So frequent that they are never a wrongly heard syllable of an act."""
_FREQUENT = frozenset("到道倒三人式似墙街路巷桥楼门口")
"""Complements, places (讨到, 某某街走): believed only beside a character of the act itself."""
_WEAK = frozenset("人到倒走伤成进中断")
"""Stand in many acts and other words: that one of them is right is no reason to believe."""
_PERSON = "人"


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
        spellings: dict[str, list[int]] = {}
        for index, act in enumerate(self.acts):
            for spelling in self._sounds.spellings(act.folded):
                spellings.setdefault(spelling, []).append(index)
        self._meant = list(spellings.values())
        self._find = AhoCorasick(spellings)
        # The same few hundred chance likenesses make up nearly all that is found.
        self._act = lru_cache(maxsize=1 << 14)(self._believed)

    def find(self, chunk: FoldedChunk) -> dict[int, list[Word]]:
        """By text of the chunk: the word's number and its folded range in the text."""
        spelled = self._sounds.table[chunk.codes].tobytes().decode("utf-32-le")
        found: dict[int, list[Word]] = {}
        for pattern, start, end in self._find.find_matches_as_indexes(spelled, overlapping=True):
            heard = chunk.folded[start:end]
            act = self._act(pattern, heard)
            if act is None or (heard.isascii() and self._is_foreign(chunk, act, start, end)):
                continue
            if not self._cut_out(chunk, start, end):
                text = bisect_right(chunk.edges, start) - 1
                origin = chunk.edges[text]
                found.setdefault(text, []).append((act, start - origin, end - origin))
        return found

    def _believed(self, pattern: int, heard: str) -> int | None:
        """The number of the act meant, if it may be what was said."""
        if heard in self._words or heard in self._ordinary:
            return None
        meant = self._meant[pattern]
        if any(map(is_latin, heard)) or any(
            self._plausible(heard, self.acts[index].folded) for index in meant
        ):
            return len(self._words) + meant[0]
        return None

    def _plausible(self, heard: str, act: str) -> bool:
        """Whether one could be taken for the other: one character is right, or all sound right."""
        pairs = list(zip(heard, act, strict=True))
        wrong = [(one, other) for one, other in pairs if one != other]
        if any(one in _GRAMMAR for one, _ in wrong):
            return False
        if any(one == other and one not in _WEAK and _tells(one, act) for one, other in pairs):
            return True
        return all(one not in _FREQUENT and self._sounds.alike(one, other) for one, other in wrong)

    def _is_foreign(self, chunk: FoldedChunk, act: int, start: int, end: int) -> bool:
        """Whether two syllables stand among Latin letters: they may be a name, or no Chinese."""
        beside = chunk.folded[max(start - 1, 0) : start] + chunk.folded[end : end + 1]
        short = len(self.acts[act - len(self._words)].folded) == _SHORTEST
        return short and not any(map(self._sounds.readings.__contains__, beside))

    def _cut_out(self, chunk: FoldedChunk, start: int, end: int) -> bool:
        """Whether a character belongs to an ordinary word beside it: no 抢界 in 抢|界限.

        Three right sounds in a row are no chance: 挖出手刘弹 is a grenade in spite of 出手.
        """
        if end - start > _SHORTEST:  # pinyin of two syllables is longer as well
            return _within_latin_word(chunk, start, end)
        folded, ordinary = chunk.folded, self._ordinary
        for first in range(max(start - 2, 0), end):
            for last in range(max(first + 2, start + 1), min(first + 3, len(folded)) + 1):
                outside = first < start or end < last
                if outside and folded[first:last] in ordinary and _unbroken(chunk, first, last):
                    return True
        return _within_latin_word(chunk, start, end)


def _known_by_sound(acts: Iterable[Act], sounds: Sounds) -> list[Act]:
    """Acts of a fitting length with enough meaning, without those that a shorter one is part of.

    Of words that sound alike to the letter the first is meant, the others are ways to write it.
    """
    fitting: dict[str, tuple[Act, Key]] = {}
    for act in acts:
        word = act.folded
        if (
            _SHORTEST <= len(word) <= _LONGEST
            and sum(_tells(char, word) for char in word) >= _SHORTEST
            and _DIALECT.isdisjoint(word)
        ):
            key = sounds.key(word)
            if key:
                fitting.setdefault(sounds.pinyin(word) + act.category, (act, key))
    keys = {key for _, key in fitting.values()}
    return [act for act, key in fitting.values() if not _holds_another(key, keys)]


def _tells(char: str, word: str) -> bool:
    """Whether the character carries meaning in the word: 让人砍 has one that does."""
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
    return any(
        0 < edge < len(chunk.folded)
        and is_latin(chunk.folded[edge - 1])
        and is_latin(chunk.folded[edge])
        and _unbroken(chunk, edge - 1, edge + 1)
        for edge in (start, end)
    )


def _unbroken(chunk: FoldedChunk, first: int, last: int) -> bool:
    """Whether nothing stands between the characters."""
    return bool(chunk.places[last - 1] - chunk.places[first] == last - first - 1)
