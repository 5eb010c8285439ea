"""What lint says of a lexicon: where, how grave, what is wrong and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from rules.critical.layers import Entry
from streams.yaml_nodes import Place

__all__ = ["Remark", "error", "some", "warning"]

_SHOWN = 4


class Remark(NamedTuple):
    """One remark. code: what kind, for scripts. layer: index of the directory it stands in."""

    place: Place
    severity: Literal["error", "warning"]
    code: str
    message: str
    layer: int


def error(code: str, entry: Entry, place: Place, message: str) -> Remark:
    """Something that takes calls for help away, or that cannot be meant."""
    return Remark(place, "error", code, message, entry.layer)


def warning(code: str, entry: Entry, place: Place, message: str) -> Remark:
    """Something that does nothing, or costs more than it should."""
    return Remark(place, "warning", code, message, entry.layer)


def some(words: Iterable[str]) -> str:
    """A few of the words, and how many more there are."""
    found: Sequence[str] = list(dict.fromkeys(words))
    more = len(found) - _SHOWN
    return ", ".join(found[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
