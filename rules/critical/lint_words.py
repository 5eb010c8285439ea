"""Lint of single words: swallowed ones, the same word in two acts, signs that mean nothing here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.critical.explain import titled
from rules.critical.lexicon import ACT
from rules.critical.model import CATEGORIES, Act
from rules.critical.phrases import Hit
from rules.critical.remarks import Remark, error, some, warning
from rules.critical.written import Book, Inside, Written

__all__ = ["word_remarks"]

_SIGNS = re.compile(r"[?*\\[\]]|(?<!\d)\+")
"""What looks like a pattern; a number with a plus, 20+, is none."""
_NEAR = ("ahead", "behind")


def word_remarks(book: Book) -> Iterator[Remark]:
    """Remarks on the words of acts, groups, cues and removals, each by itself."""
    for item in book.written("acts", "groups", "cues", "friends"):
        yield from _signs(item)
    for item in book.written("acts", "cues"):
        if getattr(item.entry.value, "scope", "") not in _NEAR:
            yield from _swallowed(book, item)
    yield from _twice(book)
    yield from _removals(book)


def _signs(item: Written) -> Iterator[Remark]:
    found = [word for word in item.words if _SIGNS.search(word)]
    if found:
        message = (
            f"{some(found)}: signs such as ? * + [ are no patterns here, they fall away; write "
            "alternatives in round brackets: card(|s)"
        )
        yield error("sign", item.entry, item.place, message)


def _swallowed(book: Book, item: Written) -> Iterator[Remark]:
    """A word that holds another of the same meaning is found by that one already."""
    swallowing = set()
    for word in item.words:
        inside = book.inside(word)
        by = [hit for hit in inside.hits if _says_as_much(book, item, hit, inside)]
        if not by:
            return
        swallowing |= {hit.term.text for hit in by if hit.term}
    message = (
        f"{some(item.words)}: adds nothing, since {some(sorted(swallowing))} of the same "
        f"{titled(item.entry)} stands in it; it only lengthens the mark shown. Remove it, or "
        "the shorter word if that is too wide"
    )
    if not set(item.words) & swallowing:
        yield warning("swallowed", item.entry, item.place, message)


def _says_as_much(book: Book, item: Written, hit: Hit, inside: Inside) -> bool:
    if hit.term is None or inside.whole(hit):
        return False
    if not item.group.startswith(ACT):
        return item.group in hit.term.groups
    mine: Act = item.entry.value
    for group in hit.term.groups:
        frame = book.lexicon.frames.get(group) if group.startswith(ACT) else None
        if (
            frame is not None
            and frame.category == mine.category
            and frame.weight >= mine.weight
            and set(frame.facts) >= set(mine.facts)
        ):
            return True
    return False


def _twice(book: Book) -> Iterator[Remark]:
    """The same word in acts of two critical categories: one of them never shows."""
    seen: dict[str, Written] = {}
    for item in book.written("acts"):
        if item.entry.value.category not in CATEGORIES:
            continue
        both: dict[str, list[str]] = {}
        for word in item.words:
            first = seen.setdefault(book.inside(word).folded, item)
            if first.entry.value.category != item.entry.value.category:
                both.setdefault(f"{titled(first.entry)} ({first.place})", []).append(word)
        for other, words in both.items():
            message = (
                f"{some(words)}: stands in the {other} as well, and only the category that comes "
                "first is told; keep it in one of them, or make a frame that tells them apart"
            )
            yield warning("two_categories", item.entry, item.place, message)


def _removals(book: Book) -> Iterator[Remark]:
    for removal in book.layers.idle:
        message = (
            f"{removal.word}: no layer below has this word, so there is nothing to remove; "
            "look for its present spelling with `rules match --explain`, or leave it out"
        )
        yield Remark(removal.place, "warning", "removes_nothing", message, removal.layer)
