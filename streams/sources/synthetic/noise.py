"""How critical words arrive in real reports: spaced out, misheard, full-width, traditional."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from streams.sources.synthetic.tables import table

__all__ = ["VARIANTS", "vary"]

VARIANTS: Final = (
    *("plain",) * 10,
    "spaced",
    "punctuated",
    "homophone",
    "fullwidth",
    "traditional",
)
"""Drawn with equal weight. A noise that changes nothing in a text leaves it plain."""

_TRIGGER = re.compile(r"\[([^\]]+)\]")
_ASCII_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def vary(text: str, variant: str) -> tuple[str, str]:
    """The text without its [trigger] marks and with one kind of noise; and the kind applied.

    A kind that changes nothing here (a homophone of an English word, say) counts as `plain`.
    """
    plain = _TRIGGER.sub(r"\1", text)
    if variant in _ON_TRIGGER:
        noisy = _TRIGGER.sub(lambda found: _ON_TRIGGER[variant](found[1]), text)
    elif variant == "traditional":
        noisy = plain.translate(_traditional())
    elif variant == "fullwidth":
        noisy = plain.translate(_ASCII_WIDE)
    else:
        noisy = plain
    return (plain, "plain") if noisy == plain else (noisy, variant)


def _spaced(word: str) -> str:
    return " ".join(word) if not word.isascii() else word


def _punctuated(word: str) -> str:
    return "*".join(word) if not word.isascii() else word


def _homophone(word: str) -> str:
    misheard: dict[str, str] = table("critical")["homophones"]
    return misheard.get(word, word)


def _traditional() -> dict[int, str]:
    pairs: dict[str, str] = table("critical")["traditional"]
    return {ord(simple): full for simple, full in pairs.items()}


_ON_TRIGGER: Final[dict[str, Callable[[str], str]]] = {
    "spaced": _spaced,
    "punctuated": _punctuated,
    "homophone": _homophone,
}
