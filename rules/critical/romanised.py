"""Chinese words as they are typed in pinyin: yan xi for 演习."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules.critical.syllables import readings

__all__ = ["Romanised"]

_SHORTEST, _LONGEST = 2, 3
"""One syllable alone is a word of too many languages; longer words hold shorter ones."""

_ENGLISH = frozenset(
    """
    bade bake bale bane banana bide bike bile bite cage cake china dada dale data date dating dude dune
    fade fake fate female file gate game gaze guide hate here hide huge human jade japan june lake
    lane late like lime line lite made make male mama mane mango mate mike mile mine mule name nine
    nude page pale panda pane papa pike pile pine rage rate ride rude rule sage sake sale same sane
    side site take taken tale tide tile time token tune wade wage wane wide wine woman women
    """.split()
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
