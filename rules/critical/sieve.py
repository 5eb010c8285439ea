"""Which texts could be more than noise: some frame has all its parts among the words found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rules.critical.fold import Places
from rules.critical.model import ATTEND, Frame
from rules.critical.people import people
from rules.critical.view import is_latin

__all__ = ["Sieve", "Word", "tells"]

Word = tuple[int, int, int]
"""A place of a word as the automaton gives it: index of the term, folded range [start, end)."""


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
        """ways: the groups that together tell something, the anchor first.

        Terms by index: the groups of each, and whether it begins with a Latin letter.
        """
        self._bits: dict[str, int] = {}
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
        unions = {groups: self._union(known & groups) for groups in set(terms)}
        self._terms = [unions[groups] for groups in terms]
        self._latin = latin

    def keeps(self, words: Sequence[Word], folded: str, places: Places) -> bool:
        """Whether some frame that gives a text a tier or an outcome has all its parts."""
        if not self._suffice(words, folded):
            return False
        standing = [word for word in words if not self._inside(word, folded, places)]
        return len(standing) == len(words) or self._suffice(standing, folded)

    def _suffice(self, words: Iterable[Word], folded: str) -> bool:
        terms = self._terms
        present = 0
        for index, _, _ in words:
            present |= terms[index]
        if present & self._enough:
            return True
        anchors = present & self._anchors
        while anchors:
            anchor = anchors & -anchors
            anchors ^= anchor
            for need in self._needs[anchor]:
                if present & need.groups == need.groups and _counts(folded, need.people):
                    return True
        return False

    def _inside(self, word: Word, folded: str, places: Places) -> bool:
        """Whether the word is the tail of a Latin word: no rape in scrape."""
        index, start, _ = word
        return (
            self._latin[index]
            and start > 0
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


def _counts(folded: str, least: int) -> bool:
    return not least or any(number >= least for _, _, number in people(folded))


def tells(frame: Frame) -> bool:
    """Whether a text gets a tier or an outcome by this frame, and is not only graded."""
    return frame.category not in (None, ATTEND)
