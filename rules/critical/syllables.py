"""How Chinese characters sound: toneless syllables, and classes of syllables that are mixed up.

Speech recognition and dialects confuse zh/z, ch/c, sh/s, n/l, -ng/-n and hu/f; a class holds what
is confused. The table of readings is data, see `.ci/phonetic_tables.py`.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["ALPHABET", "NOTHING", "Key", "Sounds", "ordinary_words", "readings", "syllables"]

_TABLES = Path(__file__).with_name("sounds")
_SYLLABLE = re.compile("(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]?)(.+)")
_INITIALS = {"zh": "z", "ch": "c", "sh": "s", "n": "l"}
_FINALS = {"ing": "in", "eng": "en", "ang": "an"}
_PAIR = 2
_AFTER_HU = {"": "u", "i": "ei", "n": "en"}

ALPHABET = 0x100
"""Code point of the first sound; below it letters stand for themselves."""
NOTHING = 1
"""Code point for a character that has no sound."""

Key = tuple[str, ...]
"""The classes of a word's syllables."""


class Sounds:
    """The readings of characters, and a table that spells a text in sounds.

    A *sound* is one code point for all characters with the same set of classes, so that a character
    with two readings needs no second pass: a class is looked for as any sound that holds it.
    """

    def __init__(self) -> None:
        self.readings = readings()
        self._usual = {char: _class(known[0]) for char, known in self.readings.items()}
        classes = {char: frozenset(map(_class, known)) for char, known in self.readings.items()}
        known = sorted(set(classes.values()), key=lambda sound: (len(sound), sorted(sound)))
        code = {sound: ALPHABET + i for i, sound in enumerate(known)}
        self._sound = {char: chr(code[sound]) for char, sound in classes.items()}
        self._sounds: dict[str, list[str]] = {}
        for sound, point in code.items():
            for syllable in sound:
                self._sounds.setdefault(syllable, []).append(chr(point))
        self.table: npt.NDArray[np.uint32] = np.full(0x110000, NOTHING, dtype=np.uint32)
        self.table[ord("a") : ord("z") + 1] = np.arange(ord("a"), ord("z") + 1)
        points = np.array([ord(char) for char in classes])
        self.table[points] = list(map(ord, self._sound.values()))

    def key(self, word: str) -> Key | None:
        """The classes of a word's characters as they are mostly read; None where one is unknown."""
        try:
            return tuple([self._usual[char] for char in word])
        except KeyError:
            return None

    def pinyin(self, word: str) -> str:
        """The syllables of a word whose characters are all known, as they are mostly read."""
        return "".join(self.readings[char][0] for char in word)

    def spellings(self, word: str) -> set[str]:
        """Every row of sounds, and of sounds mixed with pinyin, that reads like the word.

        In words of more than two characters one at a time is rare: all would be hundreds of rows.
        """
        key = self.key(word)
        if key is None:
            return set()
        pinyin = [self.readings[char][0] for char in word]
        any_sound = [self._sounds[part] for part in key]
        if len(word) == _PAIR:
            rows = product(
                *([*sounds, plain] for sounds, plain in zip(any_sound, pinyin, strict=True))
            )
            return {"".join(row) for row in rows}
        usual = [
            {self._sounds[part][0], self._sound[char]} for part, char in zip(key, word, strict=True)
        ]
        found = {"".join(pinyin)}
        for i, sounds in enumerate(any_sound):
            choices = [*usual[:i], {*sounds, pinyin[i]}, *usual[i + 1 :]]
            found.update("".join(row) for row in product(*choices))
        return found

    def alike(self, one: str, other: str) -> bool:
        """Whether `one` has a reading that `other` mostly has, tone aside, no class needed."""
        return self.readings[other][0] in self.readings[one]


@cache
def ordinary_words() -> frozenset[str]:
    """Frequent Chinese words of two and three characters."""
    return frozenset(_lines("ordinary.txt"))


@cache
def readings() -> dict[str, list[str]]:
    """The syllables of every character, the usual one first."""
    mostly: dict[str, list[str]] = {}
    also: list[tuple[str, str]] = []
    for line in _lines("syllables.txt"):
        syllable, usual, *rarer = line.split(" ")
        mostly |= {char: [syllable] for char in usual}
        also += [(char, syllable) for char in "".join(rarer)]
    for char, syllable in also:
        mostly[char].append(syllable)
    return mostly


def _lines(name: str) -> list[str]:
    return (_TABLES / name).read_text(encoding="utf-8").splitlines()[1:]


@cache
def _class(syllable: str) -> str:
    """What the syllable is taken for: chuang, cuan and zhang, zan; hui, fui."""
    match = _SYLLABLE.fullmatch(syllable)
    if match is None:
        return syllable
    initial, final = match.groups()
    if initial == "h" and final[0] == "u":
        initial, final = "f", _AFTER_HU.get(final[1:], final[1:])
    return _INITIALS.get(initial, initial) + _FINALS.get(final, final)


@cache
def syllables() -> frozenset[str]:
    """Every syllable that some character is read as."""
    return frozenset(syllable for known in readings().values() for syllable in known)
