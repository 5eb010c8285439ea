"""What every character folds to: width, case, script, accents, look-alikes, and signs for words."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt
from opencc import OpenCC

__all__ = ["EXPANDED", "Codes", "expansions", "letters"]

Codes = npt.NDArray[np.uint32]

EXPANDED = 0xF0000
"""From here on a code of the table stands for several characters: number i of `expansions`."""

_CODEPOINTS = 0x110000
_UNCHANGED_RANGES = (
    (0x3400, 0x4DC0),  # Chinese characters: only their script is folded
    (0x4E00, 0xA000),
    (0xAC00, 0xD7A4),  # Hangul
    (0x20000, 0x20100),
)
_FOLDED_RANGES = (
    (0x20, 0x3400),
    (0xA000, 0xAC00),
    (0xF900, 0x10000),
    (0x1D400, 0x1D800),  # mathematical letters: 𝐠𝐮𝐧
    (0x1F100, 0x1F1E6),  # letters in circles and squares
)
_LATIN_BADGES = (0x1F150, 0x1F170)
"""Where white letters in black circles and squares begin, which Unicode calls no letters."""
# OpenCC leaves these to its phrases; for matching, one form is as good as another.
_VARIANTS = {
    "著": "着",
    "妳": "你",
    "她": "他",
    "它": "他",
    "牠": "他",
    "祂": "他",
    "佢": "他",
    "炼": "链",
    "乾": "干",
    "藉": "借",
    "砲": "炮",
    "佔": "占",
    "夥": "伙",
    "淩": "凌",
    "覆": "复",
    "瞭": "了",
    "暱": "昵",
    "揹": "背",
    "衞": "卫",
    "枱": "台",
    "簷": "檐",
    "幺": "么",
    "爲": "为",
    "迴": "回",
}
_LOOK_ALIKES = dict(
    zip("авекмнорстухіјѕԁԛԝɡαοριυνκτχß", "abekmhopctyxijsdqwgaopiuvktxs", strict=True)
) | {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ħ": "h"}
"""Cyrillic, Greek and barred letters that are read as Latin ones."""
_SIGNS = {
    "🔪": "刀",
    "🗡": "刀",
    "🪓": "斧头",
    "🔫": "手枪",
    "💣": "炸弹",
    "🔥": "火",
    "🆘": "救命",
    "🩸": "血",
    "🚑": "救护车",
}


def letters() -> Codes:
    """The folded form of every character by code point; 0 where a character falls away."""
    return _tables()[0]


def expansions() -> list[str]:
    """What the codes from EXPANDED on stand for."""
    return _tables()[1]


@cache
def _tables() -> tuple[Codes, list[str]]:
    forms = {chr(code): chr(code) for low, high in _UNCHANGED_RANGES for code in range(low, high)}
    folded = (chr(code) for low, high in _FOLDED_RANGES for code in range(low, high))
    plain = ((char, _plain(char)) for char in folded)
    forms |= {char: form for char, form in plain if form}
    for first in _LATIN_BADGES:
        forms |= {chr(first + i): chr(ord("a") + i) for i in range(26)}
    several = {char: form for char, form in forms.items() if len(form) > 1} | _SIGNS
    words = sorted(set(several.values()))
    table = np.zeros(_CODEPOINTS, dtype=np.uint32)
    table[0x20100:0x32000] = np.arange(0x20100, 0x32000)
    single = {char: form for char, form in forms.items() if len(form) == 1}
    table[_codes("".join(single))] = _simplified("".join(single.values()))
    table[_codes("".join(several))] = [EXPANDED + words.index(w) for w in several.values()]
    table.setflags(write=False)
    return table, words


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def _simplified(text: str) -> Codes:
    # One character a line keeps OpenCC from seeing phrases.
    codes = _codes(OpenCC("t2s").convert("\n".join(text)).replace("\n", "")).copy()
    for variant, usual in _VARIANTS.items():
        codes[codes == ord(variant)] = ord(usual)
    return codes


def _plain(char: str) -> str:
    """Letters and digits of the compatible form, in lower case, without accents."""
    if unicodedata.category(char) == "Lo":  # kana and the like are nothing without their marks
        form = unicodedata.normalize("NFKC", char)
    elif char.isascii():
        form = char.lower()
    else:
        form = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).lower())
    if len(form) == 1:
        form = _LOOK_ALIKES.get(form, form)
        return form if unicodedata.category(form)[0] in "LN" else ""
    kept = [_LOOK_ALIKES.get(c, c) for c in form if unicodedata.category(c)[0] in "LN"]
    return "".join(kept)
