"""What befalls a text on its way to the desk: greetings, asides, fillers, slips of hearing.

Width, case, script, spaces and punctuation need no noise: folding takes them away. The same noise
is put on every label, so that a greeting or a plea to hurry tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind
from pypinyin import Style, lazy_pinyin

from rules.critical.classifier.grammar import Grammar, Lang

__all__ = ["Noise"]

_CLAUSES = re.compile("([，。！？；,.!?;]+)")
_CHINESE = re.compile("[一-鿿]")

# How often each happens; measured on nothing, chosen to leave about a third of the texts clean.
_REWORDED = 0.2
_OPENING = 0.25
_PREFIX = 0.1
_ADDRESS = 0.15
_ASIDE = 0.12
_ENDING = 0.25
_FILLER = 0.12
_SWAP = 0.08
_MISHEARD = 0.12
_MISTYPED = 0.12
_CUT = 0.03
_SHORTEST_CUT = 16


class Noise:
    """Puts noise on texts; what is misheard turns into characters that the grammar itself uses."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._sounds = _sounds(template.text for template in grammar.templates)
        self._alike = {word: group for group in grammar.alike for word in group}
        # One character is too often part of another word.
        self._words = [word for word in self._alike if len(word) > 1]
        self._find = AhoCorasick(self._words, matchkind=MatchKind.LeftmostLongest)

    def put_on(self, text: str, lang: Lang, random: np.random.Generator) -> str:
        """The text as it might arrive."""
        text = self._reworded(text, random)
        if random.random() < _SWAP:
            text = _swapped(text, random)
        if random.random() < _FILLER:
            text = self._filled(text, lang, random)
        if lang == "zh" and random.random() < _MISHEARD:
            text = self._misheard(text, random)
        if lang == "en" and random.random() < _MISTYPED:
            text = _mistyped(text, random)
        if len(text) > _SHORTEST_CUT and random.random() < _CUT:
            text = text[: -int(random.integers(1, 4))]
        return self._framed(text, lang, random)

    def _reworded(self, text: str, random: np.random.Generator) -> str:
        """Some words replaced by others that would do as well."""
        said: list[str] = []
        reached = 0
        for word, start, end in self._find.find_matches_as_indexes(text):
            if random.random() < _REWORDED and _whole(text, start, end):
                group = self._alike[self._words[word]]
                said += (text[reached:start], group[int(random.integers(len(group)))])
                reached = end
        return "".join((*said, text[reached:]))

    def _framed(self, text: str, lang: Lang, random: np.random.Generator) -> str:
        before: list[str] = []
        after: list[str] = []
        if random.random() < _PREFIX:
            before.append(f"{lang}_prefix")
        elif random.random() < _OPENING:
            before.append(f"{lang}_opening")
        for often, slot in ((_ADDRESS, "address"), (_ASIDE, "aside")):
            if random.random() < often:
                (before if random.random() < 0.5 else after).append(f"{lang}_{slot}")  # noqa: PLR2004
        if random.random() < _ENDING:
            after.append(f"{lang}_ending")
        said = [self._grammar.phrase(slot, random) for slot in before]
        said.append(text)
        said += [self._grammar.phrase(slot, random) for slot in after]
        return ("，" if lang == "zh" else ", ").join(said)

    def _filled(self, text: str, lang: Lang, random: np.random.Generator) -> str:
        """A filler between two clauses, or before all."""
        pieces = _CLAUSES.split(text)
        at = 2 * int(random.integers((len(pieces) + 1) // 2))
        filler = self._grammar.phrase(f"{lang}_filler", random)
        pieces[at] = f"{filler}{'，' if lang == 'zh' else ' '}{pieces[at]}"
        return "".join(pieces)

    def _misheard(self, text: str, random: np.random.Generator) -> str:
        """One or two characters that sound the same, tones aside."""
        signs = list(text)
        places = [at for at, sign in enumerate(signs) if len(self._sounds.get(sign, "")) > 1]
        if not places:
            return text
        for _ in range(int(random.integers(1, 3))):
            at = places[int(random.integers(len(places)))]
            alike = self._sounds.get(signs[at], signs[at])
            signs[at] = alike[int(random.integers(len(alike)))]
        return "".join(signs)


def _whole(text: str, start: int, end: int) -> bool:
    """Whether no Latin word is cut there."""
    return not (_in_word(text[start - 1 : start + 1]) or _in_word(text[end - 1 : end + 1]))


def _in_word(around: str) -> bool:
    return len(around) > 1 and around.isascii() and around.isalnum()


def _sounds(texts: Iterable[str]) -> dict[str, str]:
    """For every Chinese character of the texts those of the same syllable, itself among them."""
    characters = sorted(set(_CHINESE.findall("".join(texts))))
    by_sound: dict[str, str] = {}
    for sign in characters:
        sound = lazy_pinyin(sign, style=Style.NORMAL)[0]
        by_sound[sound] = by_sound.get(sound, "") + sign
    return {sign: alike for alike in by_sound.values() for sign in alike}


def _swapped(text: str, random: np.random.Generator) -> str:
    """Two neighbouring clauses, the second first."""
    pieces = _CLAUSES.split(text)
    clauses = len(pieces) // 2
    if clauses == 0 or not pieces[-1]:
        return text
    at = 2 * int(random.integers(clauses))
    pieces[at], pieces[at + 2] = pieces[at + 2], pieces[at]
    return "".join(pieces)


def _mistyped(text: str, random: np.random.Generator) -> str:
    """A letter left out, doubled, or two that changed places."""
    at = int(random.integers(1, max(2, len(text) - 1)))
    match int(random.integers(3)):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + text[at - 1 : at] + text[at:]
        case _:
            return text[: at - 1] + text[at : at + 1] + text[at - 1 : at] + text[at + 1 :]
