"""How common each group is in everyday calls: a frame is looked for by its rarest group first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

__all__ = ["everyday_calls", "heard_in"]

_SAMPLE = Path(__file__).with_name("everyday.txt")
_LONGEST = 12
"""Words of more letters are rare, whatever they are."""


@cache
def everyday_calls() -> tuple[str, ...]:
    """Some hundred calls about nothing critical, as they fill a night."""
    return tuple(_SAMPLE.read_text(encoding="utf-8").splitlines())


def heard_in(calls: Iterable[str], groups: Mapping[str, Iterable[str]]) -> Counter[str]:
    """In how many folded calls a word of each group stands; `groups` are those of each word.

    Every stretch of every call is asked for: a hundred times quicker than an automaton of all
    words, which is built only once it is known in which order to look.
    """
    heard: Counter[str] = Counter()
    for call in calls:
        stretches = {
            call[start:end]
            for start in range(len(call))
            for end in range(start + 1, min(start + _LONGEST, len(call)) + 1)
        }
        heard.update({group for word in groups.keys() & stretches for group in groups[word]})
    return heard
