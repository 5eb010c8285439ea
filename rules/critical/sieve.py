"""Which texts could be more than noise: some frame has all its parts among the words found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from rules.critical.fold import Places
from rules.critical.model import CATEGORIES, Frame
from rules.critical.people import people
from rules.critical.view import is_latin

__all__ = ["Sieve", "Word", "rarest_first", "tells"]

Word = tuple[int, int, int]
"""A place of a word as the automaton gives it: index of the term, folded range [start, end)."""


_LATIN = "!latin"
"""Stands among the groups of every word that begins with a Latin letter."""


class _Need(NamedTuple):
    """The groups of one frame as a set of bits, and how many people it asks for."""

    groups: int
    people: int


class Sieve:
    """Judges by groups alone, without gaps, false friends and cues, so that it loses nothing."""

    def __init__(
        self,
        ways: Iterable[Sequence[str]],
        terms: Sequence[tuple[str, ...]],
        latin: Sequence[bool],
        counts: Mapping[str, int],
    ) -> None:
        """ways: the groups that together tell something, the one to begin with (the anchor) first.

        Terms by index: the groups of each, and whether it begins with a Latin letter.
        """
        self._bits: dict[str, int] = {_LATIN: 1}
        self._enough = 0
        self._needs: dict[int, set[_Need]] = {}
        for way in ways:
            words = [group for group in way if group not in counts]
            most = max((counts[group] for group in way if group in counts), default=0)
            if len(way) == 1:
                self._enough |= self._bit(words[0])
            else:
                need = _Need(self._union(words), most)
                self._needs.setdefault(self._bit(words[0]), set()).add(need)
        self._anchors = sum(self._needs)
        known = self._bits.keys()
        plain = {groups: self._union(known & groups) for groups in set(terms)}
        marked = {groups: union | self._bits[_LATIN] for groups, union in plain.items()}
        self._terms = [
            (marked if begins_latin else plain)[groups]
            for groups, begins_latin in zip(terms, latin, strict=True)
        ]

    def keeps(self, words: Sequence[Word], folded: str, places: Places) -> bool:
        """Whether some frame that makes a text critical or for review has all its parts."""
        present = self._present(words)
        if not self._suffices(present, folded):
            return False
        if not present & self._bits[_LATIN]:
            return True
        standing = [word for word in words if not self._inside(word, folded, places)]
        return len(standing) == len(words) or self._suffices(self._present(standing), folded)

    def _present(self, words: Iterable[Word]) -> int:
        terms = self._terms
        present = 0
        for index, _, _ in words:
            present |= terms[index]
        return present

    def _suffices(self, present: int, folded: str) -> bool:
        """Whether these groups tell something."""
        if present & self._enough:
            return True
        anchors = present & self._anchors
        while anchors:
            anchor = anchors & -anchors
            anchors ^= anchor
            for groups, people_needed in self._needs[anchor]:
                if present & groups == groups and _counts(folded, people_needed):
                    return True
        return False

    def _inside(self, word: Word, folded: str, places: Places) -> bool:
        """Whether the word is the tail of a Latin word: no rape in scrape."""
        index, start, _ = word
        return (
            start > 0
            and bool(self._terms[index] & self._bits[_LATIN])
            and is_latin(folded[start - 1])
            and bool(places[start] - places[start - 1] == 1)
        )

    def _bit(self, group: str) -> int:
        return self._bits.setdefault(group, 1 << len(self._bits))

    def _union(self, groups: Iterable[str]) -> int:
        union = 0
        for group in groups:
            union |= self._bit(group)
        return union


def rarest_first(
    ways: Iterable[Sequence[str]], counts: Mapping[str, int], rarity: Callable[[str], object]
) -> list[list[str]]:
    """The ways with the group in front that least texts hold; numbers of people stay behind."""
    return [sorted(way, key=lambda group: (group in counts, rarity(group), group)) for way in ways]


def _counts(folded: str, least: int) -> bool:
    return not least or any(number >= least for _, _, number in people(folded))


def tells(frame: Frame) -> bool:
    """Whether a text is critical or for review by this frame, and not only graded or sent on."""
    return frame.category in CATEGORIES
