"""How many people a text speaks of: 三个人, 十几名, 5 people, two dead."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["people"]

_COUNTED = (
    r"(?P<more>多|来|几|余)?"
    r"(?:个(?!月|小时|钟|星期|礼拜|村|路口|店|包|手机|地方|房|车|电话|问题|多月)"
    r"|名|位|具|号人|口人|口子|人(?!民路)|条人命|死|伤|条命)"
)
# Each begins with one set of characters: so the regex engine skips to the next of them at once.
_DECIMAL = re.compile(rf"(?P<number>[0-9][0-9]{{0,3}}+){_COUNTED}")
_ZH = re.compile(
    rf"(?P<number>[一二两三四五六七八九十百几俩仨][一二两三四五六七八九十百几俩仨]{{0,3}}+){_COUNTED}"
)
_EN = re.compile(
    r"(?P<number>[0-9]{1,4}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen"
    r"|twenty|thirty|forty|fifty|sixty|several|dozens?|hundreds?)(?P<more>)(?:of|or|more|other)*"
    r"(?:people|persons|men|women|guys|boys|girls|kids|children|students|teens|teenagers|victims"
    r"|workers|passengers|patients|bodies|dead|killed|hurt|injured|wounded|shot|stabbed|down|of)"
)
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2, "仨": 3}
_LATIN = re.compile("[a-z]{2}")
_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "several": 4, "dozen": 12, "dozens": 24, "hundred": 100,
    "hundreds": 200,
}  # fmt: skip
_SOME = 4
"""What 几 (a few) counts for."""


def people(folded: str) -> Iterator[tuple[int, int, int]]:
    """(start, end, number) of each count of people in a folded text."""
    for match in _DECIMAL.finditer(folded):
        yield *match.span(), int(match["number"])
    for match in _ZH.finditer(folded):
        yield *match.span(), _zh_number(match["number"])
    if _LATIN.search(folded):
        for match in _EN.finditer(folded):
            number = match["number"]
            yield *match.span(), int(number) if number.isdigit() else _WORDS[number]


def _zh_number(text: str) -> int:
    total = digit = 0
    for char in text:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = _SOME if char == "几" else _DIGITS[char]
    return total + digit
