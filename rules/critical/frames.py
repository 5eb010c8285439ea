"""Acts and pairs: the words of a frame near enough to each other, and whether they still stand."""

from __future__ import annotations

from msgspec import Struct

from rules.critical.lexicon import Lexicon
from rules.critical.model import Frame
from rules.critical.phrases import Hit, Hits, stretch
from rules.critical.scopes import Held, Scopes
from rules.critical.view import View

__all__ = ["Trigger", "triggers"]


class Trigger(Struct, frozen=True):
    """A frame that was found: its words in the frame's order, and the cue that took it back."""

    name: str
    frame: Frame
    parts: tuple[Hit, ...]
    cancelled: Held | None


def triggers(lexicon: Lexicon, view: View, hits: Hits, scopes: Scopes) -> list[Trigger]:
    """All frames found in a text, in the order of the lexicon's groups and of the text."""
    found: list[Trigger] = []
    by_anchor = lexicon.by_anchor
    for group in [group for group in hits if group in by_anchor]:
        for name, frame, others in by_anchor[group]:
            for other in others:
                if other not in hits:
                    break
            else:
                found += _instances(name, frame, view, hits, scopes)
    return found


def _instances(name: str, frame: Frame, view: View, hits: Hits, scopes: Scopes) -> list[Trigger]:
    found = []
    for anchor in hits[frame.all[0]]:
        if frame.without and _excluded(frame, view, hits, anchor):
            continue
        parts = [anchor]
        for group in frame.all[1:]:
            part = _nearest(frame, view, parts, hits[group], scopes)
            if part is None:
                break
            parts.append(part)
        else:
            found.append(Trigger(name, frame, tuple(parts), _cancelled(frame, parts, scopes)))
    return found


def _excluded(frame: Frame, view: View, hits: Hits, anchor: Hit) -> bool:
    clause = view.clause(anchor.start)
    return any(
        view.clause(other.start) == clause
        for group in frame.without
        for other in hits.get(group, ())
    )


def _cancelled(frame: Frame, parts: list[Hit], scopes: Scopes) -> Held | None:
    if scopes.live:
        for part in parts:
            for word in part.words:
                cue = scopes.cancels(word, frame.category)
                if cue:
                    return cue
    return None


def _nearest(
    frame: Frame, view: View, parts: list[Hit], candidates: list[Hit], scopes: Scopes
) -> Hit | None:
    """The nearest candidate to the anchor (or after the last part), standing ones first."""
    given = frame.order == "given"
    origin = parts[-1] if given else parts[0]
    start, end = origin.start, origin.end
    gap = frame.gap * stretch(view, start)
    best: tuple[bool, int] | None = None
    nearest = None
    for hit in candidates:
        distance = hit.start - end if given or hit.start >= end else start - hit.end
        if not 0 <= distance <= gap or not _together(frame, view, start, hit.start):
            continue
        rank = (bool(scopes.live and scopes.cancels(hit, frame.category)), distance)
        if best is None or rank < best:
            best, nearest = rank, hit
    return nearest


def _together(frame: Frame, view: View, one: int, other: int) -> bool:
    if frame.within == "clause":
        return view.clause(one) == view.clause(other)
    if frame.within == "sentence":
        return view.sentence(one) == view.sentence(other)
    return True
