"""Writing that hides letters: HTML entities, digits (kn1fe), letters drawn out (heeelp).

What falls away becomes a JOINER in the raw text, which stands inside words without parting them.
"""

from __future__ import annotations

import re
from html import unescape

import numpy as np

from rules.critical.letters import Codes

__all__ = ["JOINER", "draw_in", "letters_for_digits", "may_hide_letters", "resolve_entities"]

JOINER = "\u2060"
_ENTITY = re.compile("&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_LATIN = re.compile("[a-z]")
_HIDING = re.compile(r"[a-z][0-9]+[a-z]|([a-z])\1\1")
_SHORT = 400
"""From so many characters on numpy looks quicker for itself than a regular expression does."""
_A, _Z = ord("a"), ord("z")
_DIGITS: Codes = np.zeros(10, dtype=np.uint32)
_DIGITS[[0, 1, 3, 4, 5, 7]] = [ord(letter) for letter in "oieast"]
_ZERO, _ONE = np.uint32(ord("0")), ord("1")
_VOWELS = frozenset("aeiouy")
_DOUBLED = {
    # before a vowel, before a consonant, at the end of a word: killer, help, kill
    "l": (2, 1, 2),
    "s": (2, 1, 2),
    "o": (1, 2, 1),  # shoot, no
    **dict.fromkeys("bdgmnprt", (2, 1, 1)),  # stabbed, running, kidnapped
}
_ONCE = (1, 1, 1)
_LONG_E = frozenset("dt")
"""What follows a double e, in bleeding and street; help has one."""


def resolve_entities(text: str) -> str:
    """`&#25250;` is one character, the rest of it is filled; the length stays as it is."""
    if "&" not in text:
        return text
    return _ENTITY.sub(_resolved, text)


def _resolved(match: re.Match[str]) -> str:
    entity = match.group()
    char = unescape(entity)
    return char + JOINER * (len(entity) - 1) if len(char) == 1 else entity


def may_hide_letters(folded: str) -> bool:
    """Whether it is worth looking for digits that are letters, and for letters drawn out."""
    pattern = _HIDING if len(folded) < _SHORT else _LATIN
    return pattern.search(folded) is not None


def letters_for_digits(folded: Codes) -> None:
    """Put letters for digits between Latin letters that touch them: b0mb, ki11.

    `folded` holds a code for every raw character, and is changed in place.
    """
    for at in _places_of_digits(folded):
        if _is_latin(folded, at - 1) and not _is_latin(folded, at):
            if _is_latin(folded, at + 1):
                folded[at] = _DIGITS[folded[at] - ord("0")] or folded[at]
            elif folded[at] == _ONE and folded[at + 1] == _ONE and _is_latin(folded, at + 2):
                folded[at : at + 2] = ord("l")


def draw_in(folded: Codes, text: str) -> str:
    """Leave one or two of a Latin letter that is written three times or more: heeelp.

    `folded` holds a code for every character of the text, and is changed in place.
    """
    same = (folded[2:] == folded[1:-1]) & (folded[1:-1] == folded[:-2])
    thirds = np.flatnonzero(same & (folded[2:] >= _A) & (folded[2:] <= _Z)) + 2
    if not len(thirds):
        return text
    shown = list(text)
    for run in np.split(thirds, np.flatnonzero(np.diff(thirds) > 1) + 1):
        after = chr(folded[run[-1] + 1]) if _is_latin(folded, run[-1] + 1) else ""
        first, end = run[0] - 2 + _kept(chr(folded[run[0]]), after), run[-1] + 1
        folded[first:end] = 0
        shown[first:end] = JOINER * (end - first)
    return "".join(shown)


def _places_of_digits(folded: Codes) -> list[int]:
    places: list[int] = np.flatnonzero((folded - _ZERO < len(_DIGITS))[1:-1]).tolist()
    return [place + 1 for place in places]


def _is_latin(folded: Codes, at: int) -> bool:
    return at < len(folded) and _A <= folded[at] <= _Z


def _kept(letter: str, after: str) -> int:
    """How often a drawn-out letter is meant, by what follows it in the word."""
    if letter == "e":
        return 2 if after in _LONG_E else 1
    before_vowel, before_consonant, at_end = _DOUBLED.get(letter, _ONCE)
    if not after:
        return at_end
    return before_vowel if after in _VOWELS else before_consonant
