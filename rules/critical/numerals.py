"""Numbers as callers say and write them: 十二万八千, 三万五, 3.2万, 3w, five thousand, 5k."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["ENGLISH", "NUMBER_EN", "NUMBER_ZH", "english", "spoken"]

_DIGITS: Final = dict(zip("零〇一二三四五六七八九两", (0, *range(10), 2), strict=True))
_SMALL: Final = {"十": 10, "百": 100, "千": 1_000}
_LARGE: Final = {"万": 10_000, "w": 10_000, "亿": 100_000_000}
_ARABIC: Final = r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,2})?|\d{1,12}(?:\.\d{1,4})?"
_NUMERALS: Final = "零〇一二三四五六七八九两十百千"
NUMBER_ZH: Final = rf"[\d{_NUMERALS}](?:[\d{_NUMERALS}万亿]|[.,](?=\d)){{0,19}}(?:w(?![a-z]))?"
"""A run that may be one number; `spoken` tells which it is."""

_UPTO_TEN: Final = "zero one two three four five six seven eight nine ten"
_TEENS: Final = "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_ONES: Final = f"{_UPTO_TEN} {_TEENS}".split()
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS: Final = {
    **{word: number for number, word in enumerate(_ONES)},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
}
_TIMES: Final = {
    "hundred": 100,
    "thousand": 1_000,
    "grand": 1_000,
    "k": 1_000,
    "million": 1_000_000,
    "m": 1_000_000,
}
ENGLISH: Final = "|".join(sorted((*_WORDS, "hundred", "thousand", "million"), key=len)[::-1])
NUMBER_EN: Final = (
    rf"(?:(?:{_ARABIC})(?:\s?(?:k|m)\b|\s(?:hundred|thousand|grand|million)\b)?"
    rf"|(?:a\s)?\b(?:{ENGLISH})(?:[\s-](?:and\s)?(?:{ENGLISH}|grand)\b){{0,6}})"
)
"""A number in English, in digits or words."""


def spoken(text: str) -> float | None:
    """The number that a run of Chinese numerals, digits and their units is; None if it is none.

    A last digit without a unit counts for the next lower one: 三万五 is 35,000, 一百二 is 120.
    A row of single digits is no number that anybody counts with (一三八...).
    """
    whole = section = 0.0
    given: float | None = None
    unit = 1.0
    for piece in _PIECES.findall(text):
        if piece[0].isdigit():
            if given is not None:
                return None
            given = float(piece.replace(",", ""))
        elif piece in _DIGITS:
            if given:
                return None
            given = float(_DIGITS[piece])
            unit = 1.0 if piece in "零〇" else unit
        elif piece in _SMALL:
            section += (1.0 if given is None else given) * _SMALL[piece]
            given, unit = None, float(_SMALL[piece])
        else:
            large = _LARGE.get(piece)
            if large is None:
                return None  # a dot or a comma that no number has there
            if not section and given is None:
                return None
            whole += (section + (given or 0.0)) * large
            section, given, unit = 0.0, None, float(large)
    if given is None:
        return whole + section
    colloquial = unit > 1 and 0 < given < 10 and text[-1] in _ENDS and text[-2] not in "零〇"  # noqa: PLR2004
    return whole + section + given * (unit / 10 if colloquial and unit > 10 else 1.0)  # noqa: PLR2004


_ENDS: Final = "一二三四五六七八九123456789"
_PIECES: Final = re.compile(rf"{_ARABIC}|.")


def english(text: str) -> float | None:
    """The number of such a run: `five thousand`, `5k`, `1,200`; None if it is none."""
    total = current = 0.0
    known = False
    for piece in re.findall(rf"{_ARABIC}|[a-z]+", text.lower()):
        if piece[0].isdigit():
            current, known = float(piece.replace(",", "")), True
        elif piece in _WORDS:
            current, known = current + _WORDS[piece], True
        elif piece in _TIMES:
            times = _TIMES[piece]
            current, known = max(current, 1.0) * times, True
            if times > 100:  # noqa: PLR2004 - a hundred is a part of the thousands that follow
                total, current = total + current, 0.0
    return total + current if known else None
