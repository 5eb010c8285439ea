"""Alternatives in lexicon words: `(拿|持)刀` stands for 拿刀 and 持刀."""

from __future__ import annotations

import re
from itertools import product

__all__ = ["MOST", "expand"]

MOST = 5000
"""More words than this from one entry is a slip of the pen, not a wish."""

_TOKENS = re.compile(r"[()|]|[^()|]+")


def expand(entry: str) -> list[str]:
    """Every word that `entry` stands for, in the order written; brackets may nest.

    Raises ValueError where brackets do not pair or the entry stands for more than `MOST` words.
    """
    if "(" not in entry and ")" not in entry:
        return [entry]
    tokens = _TOKENS.findall(entry)
    words, rest = _alternatives(tokens, 0, depth=0)
    if rest != len(tokens):
        raise ValueError('")" closes nothing')
    return list(dict.fromkeys(words))


def _alternatives(tokens: list[str], at: int, depth: int) -> tuple[list[str], int]:
    words: list[str] = []
    parts: list[list[str]] = []
    while at < len(tokens):
        sign = tokens[at]
        if sign == "(":
            inner, at = _alternatives(tokens, at + 1, depth + 1)
            if at >= len(tokens):
                raise ValueError('"(" is never closed')
            parts.append(inner)
        elif sign == ")":
            if not depth:
                return words + _product(parts), at
            break
        elif sign == "|" and depth:
            words += _product(parts)
            parts = []
        else:
            parts.append([sign])
        at += 1
    return words + _product(parts), at


def _product(parts: list[list[str]]) -> list[str]:
    size = 1
    for part in parts:
        size *= len(part)
    if size > MOST:
        raise ValueError(f"stands for {size} words, the most is {MOST}")
    return ["".join(choice) for choice in product(*parts)]
