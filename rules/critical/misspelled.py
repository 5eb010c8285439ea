"""English words as they are misspelled in a hurry: murderd, stabed, hostige."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rules.critical.syllables import syllables

__all__ = ["misspellings"]

_SHORTEST = 6
"""In shorter words a slip makes another word too easily; so must what the slip leaves be."""
_VOWELS = "aeiou"
_REAL = frozenset({
    "tannerie", "sniped", "snider", "stabler",
    "boomer", "booming", "bumber", "dragged", "hocked", "hosted", "hosting", "hushed", "lasher",
    "looped", "mating", "overdoes", "rating", "ribbed", "ribbing", "rioted", "robing", "roping",
    "rubbed", "rubber", "rubbers", "rubbing", "shaking", "shaved", "shoved", "sloshed",
    "sloshing", "slushed", "slushing", "snipped", "spoked", "strange", "stubbed", "stubbing",
})  # fmt: skip
"""What a slip would make of an act, and what means something else."""


def misspellings(word: str, known: Collection[str]) -> Iterator[str]:
    """A Latin word with one letter left out, two changed about, or one vowel for another.

    Nothing that is a word of the lexicon itself, or another English word. Pinyin is spared: a slip
    in it makes a name (Sharon of sharen).
    """
    if len(word) < _SHORTEST or not (word.isascii() and word.isalpha()) or _is_pinyin(word):
        return
    seen = {word}
    for slip in _slips(word):
        if len(slip) < _SHORTEST or slip in seen or slip in known or slip in _REAL:
            continue
        seen.add(slip)
        yield slip


def _is_pinyin(word: str) -> bool:
    """Whether it falls into syllables of Chinese without rest."""
    ends = {0}
    for start in range(len(word)):
        if start in ends:
            ends |= {end for end in range(start + 1, start + 7) if word[start:end] in syllables()}
    return len(word) in ends


def _slips(word: str) -> Iterator[str]:
    # The first letter is nearly always right, and tells most.
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]
        if at + 1 < len(word):
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if word[at] in _VOWELS:
            for vowel in _VOWELS:
                yield word[:at] + vowel + word[at + 1 :]
