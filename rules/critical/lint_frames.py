"""Lint of frames, cues and groups: costly anchors, what can never hold, what nobody asks for."""

from __future__ import annotations

from collections.abc import Iterator

from rules.critical.explain import titled
from rules.critical.judge import CONTRAST, SECOND_CUE
from rules.critical.layers import Entry
from rules.critical.remarks import Remark, some, warning
from rules.critical.sieve import tells
from rules.critical.written import Book, Written

__all__ = ["frame_remarks"]

_COMMON = frozenset(
    "的一是了我不在人有他这个上们来到时大地为子中你说生国年着就那和要出也得里后自以会家可下而过"
    "天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些"
    "所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活"
    "正感"
) | frozenset(["the", "a", "is", "to", "and", "of", "in", "it", "my", "i", "he", "on", "at", "me"])
"""Words that stand in nearly every text: the commonest characters, and English function words.

Source: the head of the character frequency list of modern Chinese (Da 2004)."""


def frame_remarks(book: Book) -> Iterator[Remark]:
    """Remarks on how frames, cues and groups work together."""
    for entry in book.layers.entries:
        if entry.section == "frames":
            yield from _costly(book, entry)
            yield from _never(book, entry)
    for item in book.written("cues"):
        yield from _self_silenced(book, item)
    yield from _unused(book)
    yield from _unasked(book)


def _costly(book: Book, entry: Entry) -> Iterator[Remark]:
    """The anchor is sought in every text: a frame is the cheaper the rarer it is."""
    if not tells(entry.value):
        return
    name = entry.value.all[0]
    words = book.layers.groups[name].words if name in book.layers.groups else []
    common = [word for word in words if word in _COMMON]
    if common:
        message = (
            f"the anchor `{name}` holds {some(common)}, which stands in nearly every text, so that "
            "each is looked at in full; name a rarer group first"
        )
        yield warning("costly_anchor", entry, entry.place("all", 0), message)


def _never(book: Book, entry: Entry) -> Iterator[Remark]:
    """Groups that must not stand beside the anchor, but stand in its own words."""
    frame = entry.value
    anchor = book.layers.groups.get(frame.all[0])
    if not frame.without or anchor is None:
        return
    groups = book.groups_in(anchor.words)
    never = [word for word in anchor.words if not groups[word].isdisjoint(frame.without)]
    if never:
        message = (
            f"{some(never)} of the anchor `{frame.all[0]}` holds a word of "
            f"{some(f'`{name}`' for name in frame.without)}, so that the frame never stands by it; "
            "take the group out of `without`, or the word out of the anchor"
        )
        yield warning("never_stands", entry, entry.place("without"), message)


def _self_silenced(book: Book, item: Written) -> Iterator[Remark]:
    """A cue word that holds what silences it says nothing, ever."""
    cue = item.entry.value
    silencing = {*cue.spare_with, *cue.unless}
    found = {word: groups & silencing for word, groups in book.groups_in(item.words).items()}
    silent = [word for word, groups in found.items() if groups]
    if silent:
        groups = sorted({group for held in found.values() for group in held})
        message = (
            f"{some(silent)}: holds a word of {some(f'`{g}`' for g in groups)}, which silences "
            f"the {titled(item.entry)}, so that it never takes anything back; remove it"
        )
        yield warning("cue_silences_itself", item.entry, item.place, message)


def _unused(book: Book) -> Iterator[Remark]:
    used = {CONTRAST, SECOND_CUE}
    for entry in book.layers.entries:
        value = entry.value
        for field in ("all", "without", "spare_with", "spare_after", "unless", "own", "needs"):
            used.update(getattr(value, field, ()))
        used.update(name for phrase in getattr(value, "phrases", ()) for name in phrase)
    for entry in book.layers.entries:
        if entry.section == "groups" and entry.name not in used and not entry.value.fact:
            message = (
                f"no frame, cue, phrase or fact speaks of the group `{entry.name}`; name it in "
                "one, or remove it"
            )
            yield warning("unused_group", entry, entry.place(), message)


def _unasked(book: Book) -> Iterator[Remark]:
    asked = {fact for grade in book.layers.grades for fact in grade.facts}
    for entry in book.layers.entries:
        facts = getattr(entry.value, "facts", ()) if entry.section != "grades" else ()
        told = [*facts, *filter(None, [getattr(entry.value, "fact", None)])]
        idle = [fact for fact in told if fact not in asked]
        if idle:
            message = f"no line of `grades` asks for {some(idle)}; add one, or leave the fact out"
            yield warning("unasked_fact", entry, entry.place(), message)
