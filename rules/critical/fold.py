"""Folding of texts: width, case and script made one, everything between letters taken out.

A folded text holds only letters, digits and the symbols that the lexicon knows, so that a word is
found however it was spaced, starred or punctuated; where each character stood is kept. A chunk
folds in one numpy pass: str.translate costs 50 ns a character, this 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules.critical.letters import EXPANDED, Codes, expansions, letters
from rules.critical.respell import (
    draw_in,
    letters_for_digits,
    may_hide_letters,
    resolve_entities,
)

__all__ = ["BREAK", "FoldedChunk", "Folder", "Places"]

BREAK = "\x1e"
"""Stands between the texts of a chunk; no lexicon word holds it."""

Places = npt.NDArray[np.int64]


class FoldedChunk(NamedTuple):
    """A folded chunk: texts joined by BREAK, and where every character of it stood in `raw`.

    codes are the code points of `folded`; starts[i] is where text i begins in `folded`,
    raw_starts[i] where it begins in `raw`. edges are `starts` as a list, quicker to ask one by one.
    """

    folded: str
    codes: Codes
    places: Places
    starts: Places
    raw: str
    raw_starts: list[int]
    edges: list[int]

    def text(self, index: int) -> tuple[str, Places]:
        """Text `index`, folded, and where its characters stand in `raw`."""
        start, end = self.edges[index], self.edges[index + 1] - 1
        return self.folded[start:end], self.places[start:end]


class Folder:
    """Folds words and chunks of texts; `symbols` are the characters beyond letters to keep."""

    def __init__(self, symbols: Iterable[str] = ()) -> None:
        self._table = letters().copy()
        self._table[ord(BREAK)] = ord(BREAK)
        for symbol in symbols:
            if not self._table[ord(symbol)]:
                self._table[ord(symbol)] = ord(symbol)

    def word(self, text: str) -> str:
        """One word, folded."""
        return self._fold(text)[0]

    def words(self, texts: Sequence[str]) -> list[str]:
        """Many words, folded in one pass."""
        return self._fold(BREAK.join(texts))[0].split(BREAK)

    def places(self, text: str) -> list[int]:
        """Where the characters of a folded word stand in it as it is written."""
        places: list[int] = self._fold(text)[1].tolist()
        return places

    def chunk(self, texts: Sequence[str]) -> FoldedChunk:
        """All texts, folded as one."""
        raw = BREAK.join(texts)
        if raw.count(BREAK) != len(texts) - 1:
            raw = BREAK.join([text.replace(BREAK, " ") for text in texts])
        folded, places, codes, raw = self._fold(raw)
        raw_starts = [0, *accumulate(len(text) + 1 for text in texts)]
        edges = [0, *accumulate(len(text) + 1 for text in folded.split(BREAK))]
        return FoldedChunk(folded, codes, places, np.array(edges), raw, raw_starts, edges)

    def _fold(self, text: str) -> tuple[str, Places, Codes, str]:
        """The folded text, where its characters stand, their codes, and the text that gaps show.

        The last is as long as the text given; what only respells letters is gone from it.
        """
        text = resolve_entities(text)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        mapped = self._table[codes]
        folded, places, kept = _gathered(mapped)
        if may_hide_letters(folded):
            letters_for_digits(mapped)
            text = draw_in(mapped, text)
            folded, places, kept = _gathered(mapped)
        return folded, places, kept, text


def _gathered(mapped: Codes) -> tuple[str, Places, Codes]:
    places = np.flatnonzero(mapped)
    kept = mapped[places]
    if kept.size and kept.max() >= EXPANDED:
        kept, places = _expanded(kept, places)
    return kept.tobytes().decode("utf-32-le"), places, kept


def _expanded(kept: Codes, places: Places) -> tuple[Codes, Places]:
    """Every sign that stands for a word as that word, all of it at the place of the sign."""
    words = expansions()
    signs = np.flatnonzero(kept >= EXPANDED)
    spelled = [words[code - EXPANDED] for code in kept[signs].tolist()]
    lengths = np.ones(len(kept), dtype=np.int64)
    lengths[signs] = list(map(len, spelled))
    codes = np.repeat(kept, lengths)
    codes[np.repeat(kept >= EXPANDED, lengths)] = [ord(char) for word in spelled for char in word]
    return codes, np.repeat(places, lengths)
