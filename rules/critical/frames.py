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
    for group in hits:
        for name, frame, others in lexicon.by_anchor.get(group, ()):
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
    origin = parts[-1] if frame.order == "given" else parts[0]
    gap = frame.gap * stretch(view, origin.start)
    best: tuple[bool, int, Hit] | None = None
    for hit in candidates:
        if frame.order == "given" or hit.start >= origin.end:
            distance = hit.start - origin.end
        else:
            distance = origin.start - hit.end
        if not 0 <= distance <= gap or not _together(frame, view, origin, hit):
            continue
        rank = (bool(scopes.live and scopes.cancels(hit, frame.category)), distance)
        if best is None or rank < best[:2]:
            best = (*rank, hit)
    return best[2] if best else None


def _together(frame: Frame, view: View, one: Hit, other: Hit) -> bool:
    if frame.within == "clause":
        return view.clause(one.start) == view.clause(other.start)
    if frame.within == "sentence":
        return view.sentence(one.start) == view.sentence(other.start)
    return True
