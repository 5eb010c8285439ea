"""Acts and pairs: the words of a frame near enough to each other, and whether they still stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rules.critical.lexicon import LATIN_STRETCH, Lexicon
from rules.critical.model import Cue, Frame
from rules.critical.scan import Hit, Hits
from rules.critical.scopes import Scopes
from rules.critical.view import View, is_latin

__all__ = ["Trigger", "triggers"]


class Trigger(NamedTuple):
    """A frame that was found: its words in the order of the frame, and the cue that took it back."""

    name: str
    frame: Frame
    parts: tuple[Hit, ...]
    cancelled: tuple[str, Cue] | None


def triggers(lexicon: Lexicon, view: View, hits: Hits, scopes: Scopes) -> list[Trigger]:
    """All frames found in a text, in the order of the lexicon's groups and of the text."""
    found = []
    for group in hits:
        for name, frame in lexicon.by_anchor.get(group, ()):
            if all(other in hits for other in frame.all[1:]):
                found += list(_instances(name, frame, view, hits, scopes))
    return found


def _instances(
    name: str, frame: Frame, view: View, hits: Hits, scopes: Scopes
) -> Iterator[Trigger]:
    for anchor in hits[frame.all[0]]:
        if any(_same_clause(view, anchor, hits.get(group, ())) for group in frame.without):
            continue
        parts = [anchor]
        for group in frame.all[1:]:
            part = _nearest(frame, view, parts, hits[group], scopes)
            if part is None:
                break
            parts.append(part)
        else:
            cancelled = scopes and next(
                filter(None, (scopes.cancels(part, frame.category) for part in parts)), None
            )
            yield Trigger(name, frame, tuple(parts), cancelled or None)


def _same_clause(view: View, anchor: Hit, others: list[Hit] | tuple[()]) -> bool:
    return any(view.clause(other.start) == view.clause(anchor.start) for other in others)


def _nearest(
    frame: Frame, view: View, parts: list[Hit], candidates: list[Hit], scopes: Scopes
) -> Hit | None:
    """The nearest candidate to the anchor (or after the last part), standing ones first."""
    origin = parts[-1] if frame.order == "given" else parts[0]
    gap = frame.gap * (LATIN_STRETCH if is_latin(view.folded[origin.start]) else 1)
    best: tuple[bool, int, Hit] | None = None
    for hit in candidates:
        if frame.order == "given" or hit.start >= origin.end:
            distance = hit.start - origin.end
        else:
            distance = origin.start - hit.end
        if not 0 <= distance <= gap or not _together(frame, view, origin, hit):
            continue
        rank = (bool(scopes and scopes.cancels(hit, frame.category)), distance)
        if best is None or rank < best[:2]:
            best = (*rank, hit)
    return best[2] if best else None


def _together(frame: Frame, view: View, one: Hit, other: Hit) -> bool:
    if frame.within == "clause":
        return view.clause(one.start) == view.clause(other.start)
    if frame.within == "sentence":
        return view.sentence(one.start) == view.sentence(other.start)
    return True
