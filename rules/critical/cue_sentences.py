"""Cues in sentences for people: how far one reaches, what silences it, why one says nothing."""

from __future__ import annotations

from collections.abc import Sequence

from rules.critical.layers import Layers
from rules.critical.model import Cue
from rules.critical.scan import Hit, Hits
from rules.critical.view import View

__all__ = ["because_silent", "ended_by", "reach"]

_SHOWN = 4
"""So many words of a group are enough to know which is meant."""
_LONG = 10


def reach(cue: Cue) -> str:
    """What it takes back, seen from where it stands."""
    if cue.scope in ("ahead", "behind"):
        side = "after" if cue.scope == "ahead" else "before"
        return f"up to {cue.reach} characters {side} it in its clause"
    return {"clause": "its clause", "sentence": "its sentence", "text": "the whole text"}[cue.scope]


def ended_by(cue: Cue, layers: Layers) -> list[str]:
    """What would silence it, with some words of every group."""
    told = []
    for groups, where in (
        (cue.spare_with, "anywhere in the text"),
        (cue.spare_after, "between it and the act"),
        (cue.unless, "in its clause"),
    ):
        told += [f"{_some(name, layers)} {where}" for name in groups]
    return told


def because_silent(cue: Cue, hit: Hit, hits: Hits, view: View) -> str:
    """Why a cue whose word stands in the text takes nothing back."""
    for name in cue.spare_with:
        if name in hits:
            return f"`{name}` stands in the text"
    if cue.needs and not any(name in hits for name in cue.needs):
        return f"it needs {' or '.join(f'`{name}`' for name in cue.needs)} in the text"
    clause = view.clause(hit.start)
    for name in cue.unless:
        if any(view.clause(other.start) == clause for other in hits.get(name, ())):
            return f"`{name}` stands in its clause"
    return "it is only a part of a longer word"


def _some(name: str, layers: Layers) -> str:
    words: Sequence[str] = layers.groups[name].words if name in layers.groups else ()
    short = [word for word in words if len(word) <= _LONG][:_SHOWN]
    return f"a word of `{name}` ({', '.join(short)} ...)" if short else f"`{name}`"
