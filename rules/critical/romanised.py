"""Chinese words as they are typed in pinyin: yan xi for 演习."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rules.critical.syllables import readings

__all__ = ["Romanised"]

_SHORTEST, _LONGEST = 2, 3
"""One syllable alone is a word of too many languages; longer words hold shorter ones."""

_ENGLISH = frozenset(
    (Path(__file__).parent / "sounds" / "english.txt").read_text(encoding="ascii").split()
)
"""Common English words that two syllables make: dude is no 堵得, like no 立刻."""


class Romanised:
    """Spells words by the readings that their characters mostly have."""

    def __init__(self) -> None:
        self._readings = readings()

    def words(self, words: Iterable[str]) -> Iterator[str]:
        """Each word of two or three known characters; its syllables may stand apart."""
        for word in words:
            if _SHORTEST <= len(word) <= _LONGEST:
                syllables = [self._readings[char][0] for char in word if char in self._readings]
                if len(syllables) == len(word) and "".join(syllables) not in _ENGLISH:
                    yield "-".join(syllables)
