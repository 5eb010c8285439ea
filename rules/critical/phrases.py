"""Phrases: words of several groups, one close after the other, that stand for a word of a group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from msgspec import Struct

from rules.critical.model import Frame, Group
from rules.critical.view import View, is_latin

__all__ = ["Hit", "Hits", "Phrases", "Term", "stretch"]

LATIN_STRETCH = 3
"""A gap of so many letters of a Latin word is worth one Chinese character."""


class Term(Struct, frozen=True, gc=False):
    """A word to look for: as written, its groups, and how it is spelled.

    friend: it is a false friend. act: it is critical by itself, so that even a comma inside it
    is taken for noise. latin, latin_end, edgeless: whether it begins or ends with a Latin letter,
    or neither. spellings: how it is written, if not always in one piece.
    """

    text: str
    groups: tuple[str, ...]
    friend: bool
    act: bool
    latin: bool
    latin_end: bool
    edgeless: bool
    spellings: tuple[str, ...]


class Hit(Struct, frozen=True, gc=False):
    """A word found: folded range [start, end) and the lexicon's term (None for a number).

    A phrase has no term of its own but the words that it is made of.
    """

    start: int
    end: int
    term: Term | None
    parts: tuple[Hit, ...] = ()

    @property
    def words(self) -> tuple[Hit, ...]:
        """The words that really stand there."""
        return self.parts or (self,)


Hits = dict[str, list[Hit]]


class Phrases:
    """The phrases of all groups."""

    def __init__(self, groups: Mapping[str, Group]) -> None:
        self._sequences = {
            name: [tuple(sequence) for sequence in group.phrases]
            for name, group in groups.items()
            if group.phrases
        }
        self._wordless = {name for name in self._sequences if not groups[name].words}
        self._by_first: dict[str, list[tuple[str, tuple[str, ...], int]]] = {}
        for name, sequences in self._sequences.items():
            for first, *rest in sequences:
                entry = (name, tuple(rest), groups[name].reach)
                self._by_first.setdefault(first, []).append(entry)

    def add(self, view: View, hits: Hits) -> None:
        """Add every phrase that stands in the text to the words of its group."""
        found: list[tuple[str, Hit]] = []
        by_first = self._by_first
        for first in [group for group in hits if group in by_first]:
            for name, rest, reach in by_first[first]:
                for group in rest:
                    if group not in hits:
                        break
                else:
                    for start in hits[first]:
                        chain = _chain(view, hits, start, rest, reach)
                        if chain:
                            found.append((name, Hit(chain[0].start, chain[-1].end, None, chain)))
        for name, hit in found:
            hits.setdefault(name, []).append(hit)

    def plain(self, frame: Frame) -> Iterable[Sequence[str]]:
        """Every way to say a frame in groups of words alone."""
        ways = [
            [
                *([] if group in self._wordless else [(group,)]),
                *self._sequences.get(group, ()),
            ]
            for group in frame.all
        ]
        for choice in product(*ways):
            yield [group for groups in choice for group in groups]


def stretch(view: View, at: int) -> int:
    """How many folded characters one of a lexicon's gap is worth at this place."""
    return LATIN_STRETCH if is_latin(view.folded[at]) else 1


def _chain(view: View, hits: Hits, start: Hit, rest: Iterable[str], reach: int) -> tuple[Hit, ...]:
    """The nearest word of each group, each at most `reach` after the one before; else nothing."""
    chain = [start]
    last = start
    for group in rest:
        least = last.end
        most = least + reach * stretch(view, last.start)
        after = [hit for hit in hits[group] if least <= hit.start <= most]
        if not after:
            return ()
        last = after[0] if len(after) == 1 else min(after, key=_first_and_longest)
        chain.append(last)
    # No word lies before the one that it follows: where the last one does, all lie in the clause.
    return tuple(chain) if view.clause(last.start) == view.clause(start.start) else ()


def _first_and_longest(hit: Hit) -> tuple[int, int]:
    return hit.start, -hit.end
