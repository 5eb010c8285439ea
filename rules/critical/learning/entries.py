"""The entries that marks can teach, by code: frames, words of acts, the text model's classes."""

from __future__ import annotations

from collections.abc import Iterable

from rules.critical.frames import Trigger
from rules.critical.judge import REVIEW_SCORE
from rules.critical.lexicon import ACT, SOUND, Lexicon
from rules.critical.model import CATEGORIES

__all__ = ["MODEL", "codes", "entries", "is_code"]

MODEL = "model:"
_FRAME, _WORD, _SOUND = "frame:", "word:", "sound:"
_LONGEST = 128


def entries(lexicon: Lexicon) -> dict[str, float]:
    """The weight of every entry with a critical category, by code.

    Words of an act are entries of their own, since one may be harmless here and another not:
    `word:robbery:...`, and `sound:robbery:...` where only the sound of it was heard.
    """
    weights = {f"{MODEL}{category}": REVIEW_SCORE for category in CATEGORIES}
    for name, frame in lexicon.frames.items():
        if frame.category in CATEGORIES and not name.startswith((ACT, SOUND)):
            weights[_FRAME + name] = frame.weight
    for term in lexicon.terms:
        for group in term.groups:
            if group.startswith((ACT, SOUND)) and lexicon.frames[group].category in CATEGORIES:
                frame = lexicon.frames[group]
                code = _word(group, str(frame.category), term.text)
                weights[code] = max(weights.get(code, 0.0), frame.weight)
    return weights


def codes(triggers: Iterable[Trigger]) -> dict[str, str]:
    """Category by code of the acts and frames found in a text, without those of other outcomes."""
    found = {}
    for trigger in triggers:
        category = trigger.frame.category
        if category in CATEGORIES:
            term = trigger.parts[0].term
            if not trigger.name.startswith((ACT, SOUND)):
                found[_FRAME + trigger.name] = str(category)
            elif term is not None:
                found[_word(trigger.name, str(category), term.text)] = str(category)
    return found


def is_code(reason: str) -> bool:
    """Whether a reason speaks of an entry of a lexicon, be it known or not."""
    return reason.startswith((_FRAME, _WORD, _SOUND))


def _word(group: str, category: str, word: str) -> str:
    kind = _WORD if group.startswith(ACT) else _SOUND
    return f"{kind}{category}:{word}"[:_LONGEST]
