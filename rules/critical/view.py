"""One text as the matcher sees it: folded characters, their places, and what lay between them."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from rules.critical.fold import Places
from rules.critical.respell import JOINER

__all__ = ["CLAUSE", "SENTENCE", "View", "is_latin"]

SOFT = 1
"""Something stands between two folded characters, but neither clause nor sentence ends there."""
CLAUSE = 2
SENTENCE = 3

# Full-width signs are written as escapes, since they look like the narrow ones beside them.
_SENTENCE = frozenset("。!?\uff01\uff1f\n\r…")
_CLAUSE = frozenset(",;:()[]\uff0c\uff1b\uff1a\uff08\uff09\uff3b\uff3d、【】—|\t")
# These stand inside words, as do characters without a width and marks over letters.
_APOSTROPHES = frozenset("'’‘`´\uff07\uff40")
_WIDTHLESS = ("Cf", "Mn", "Me")


class View:
    """A folded text; places[i] is where i stands in `raw`, gaps[i] what lies before it.

    `origin` is where the text itself begins in `raw`, which may hold others beside it.
    """

    __slots__ = ("_raw", "clause_starts", "folded", "gaps", "origin", "places", "sentence_starts")

    def __init__(self, raw: str, origin: int, folded: str, places: Places) -> None:
        self.origin = origin
        self.folded = folded
        self.places: list[int] = places.tolist()
        self.gaps = bytearray(len(folded) + 1)
        self._raw = raw
        signs = self._read_gaps(raw)
        breaks = list(signs)
        _join_spelled_out(self.gaps, signs, len(folded))
        self.clause_starts = [at for at in breaks if self.gaps[at] >= CLAUSE]
        self.sentence_starts = [at for at in breaks if self.gaps[at] == SENTENCE]

    def clause(self, at: int) -> int:
        """Number of the clause that the character at `at` stands in."""
        return bisect_right(self.clause_starts, at)

    def sentence(self, at: int) -> int:
        """Number of the sentence that the character at `at` stands in."""
        return bisect_right(self.sentence_starts, at)

    def split_at(self, at: int) -> None:
        """Begin a clause at `at`: a word such as `but` does so without a comma."""
        if at and self.gaps[at] < CLAUSE:
            self.gaps[at] = max(self.gaps[at], SOFT)
            self.clause_starts = sorted({*self.clause_starts, at})

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original text that the folded range stands for."""
        last = self.places[end - 1] + 1
        while self._raw.startswith(JOINER, last):  # the rest of an entity
            last += 1
        return self.places[start] - self.origin, last - self.origin

    def _read_gaps(self, raw: str) -> dict[int, str]:
        """The signs before each folded character that does not follow the last one directly."""
        folded = self.folded
        signs = {}
        for at, (before, place) in enumerate(pairwise(self.places), start=1):
            if place - before > 1:
                between = raw[before + 1 : place]
                kind = _gap_kind(between, is_latin(folded[at - 1]), is_latin(folded[at]))
                if kind:
                    self.gaps[at] = kind
                    signs[at] = between
        return signs


def is_latin(char: str) -> bool:
    """Whether words of this script are set apart by spaces."""
    return char < "\u0530" and char.isalpha()


@lru_cache(maxsize=4096)
def _gap_kind(between: str, *latin: bool) -> int:
    """What the signs between two characters end; `latin`: which of the two are Latin letters."""
    between = "".join(sign for sign in between if not _stands_inside(sign))
    if not between:
        return 0
    signs = set(between)
    if not between.strip(" \u3000\xa0"):
        # In Chinese a space often stands for a comma; between Latin words it is just a space.
        return SOFT if any(latin) else CLAUSE
    if not _SENTENCE.isdisjoint(signs) or (between.startswith(".") and len(between) > 1):
        return SENTENCE
    return SOFT if _CLAUSE.isdisjoint(signs) else CLAUSE


def _stands_inside(sign: str) -> bool:
    return sign in _APOSTROPHES or unicodedata.category(sign) in _WIDTHLESS


def _join_spelled_out(gaps: bytearray, signs: dict[int, str], length: int) -> None:
    """Where single characters were spaced or dotted out, the signs between them end no clause.

    In a longer row those do that are not the usual ones of it: the comma in `有 人 , 快 来`.
    """
    edges = [0, *signs, length]
    single = [end - start == 1 for start, end in pairwise(edges)]
    if not any(single):
        return
    row: list[int] = []
    for i, at in enumerate(signs):
        if single[i] and single[i + 1]:
            row.append(at)
        elif row:
            _join(gaps, signs, row)
            row = []
    if row:
        _join(gaps, signs, row)


def _join(gaps: bytearray, signs: dict[int, str], row: list[int]) -> None:
    usual = Counter(signs[at] for at in row).most_common(1)[0][0]
    for at in row:
        if signs[at] == usual:
            gaps[at] = SOFT
