"""Lint of false friends: what they hide that is real, and those that hide nothing."""

from __future__ import annotations

from collections.abc import Iterator

from rules.critical.explain import titled
from rules.critical.frames import Trigger
from rules.critical.judge import CRITICAL_SCORE
from rules.critical.lexicon import FRIEND
from rules.critical.model import CATEGORIES
from rules.critical.remarks import Remark, error, some, warning
from rules.critical.written import Book, Written

__all__ = ["friend_remarks"]


def friend_remarks(book: Book) -> Iterator[Remark]:
    """Every friend is read as if there were no friends at all: that is what it takes away."""
    tails = _tails(book)
    for item in book.written("friends"):
        yield from _real(item, book.told(item.words))
        yield from _idle(book, item, tails)
    for entry in book.layers.entries:
        if entry.section == "friends" and entry.layer > 0 and not entry.value.note:
            message = "these false friends have no `note`; say what they are when they are harmless"
            yield warning("no_note", entry, entry.place(), message)


def _real(item: Written, told: list[list[Trigger]]) -> Iterator[Remark]:
    """A friend that alone would be critical must say why it is harmless."""
    if item.entry.value.note:
        return
    hidden = [
        f"{word} ({trigger.frame.category}: {_terms(trigger)})"
        for word, triggers in zip(item.words, told, strict=True)
        for trigger in triggers
        if trigger.frame.category in CATEGORIES and trigger.frame.weight >= CRITICAL_SCORE
    ]
    if hidden:
        message = (
            f"hides what is critical by itself: {some(hidden)}; make the false friend longer, so "
            "that it is harmless for sure, or say in a `note` why it is"
        )
        yield error("hides_act", item.entry, item.place, message)


def _terms(trigger: Trigger) -> str:
    words = [word for part in trigger.parts for word in part.words]
    return some(word.term.text for word in words if word.term)


def _idle(book: Book, item: Written, tails: set[str]) -> Iterator[Remark]:
    """A friend that hides no word, neither inside nor one that ends in its beginning."""
    idle = [word for word in item.words if not _hides(book, word, tails)]
    same = [word for word in idle if _is_term(book, word)]
    if same:
        meant = {
            titled(origin.entry)
            for word in same
            for group in _groups(book, word)
            for origin in book.origins.of_word(book.inside(word).folded, group)
        }
        message = (
            f"{some(same)}: the same word stands in {some(sorted(meant))}, keeps that meaning, and "
            "hides nothing smaller; remove it here, or there"
        )
        yield error("friend_is_term", item.entry, item.place, message)
    if idle and len(idle) == len(item.words) and not same:
        message = f"{some(idle)}: no word of the lexicon lies in it, so it hides nothing; remove it"
        yield warning("friend_hides_nothing", item.entry, item.place, message)


def _hides(book: Book, word: str, tails: set[str]) -> bool:
    inside = book.inside(word)
    if any(not inside.whole(hit) for hit in inside.hits):
        return True
    return any(inside.folded[:length] in tails for length in range(1, len(inside.folded)))


def _tails(book: Book) -> set[str]:
    """Every ending of every word: a word that ends in the first letters of a friend is hidden."""
    forms = {folded for folded, group, _ in book.origins.words() if group != FRIEND}
    return {form[at:] for form in forms for at in range(1, len(form))}


def _is_term(book: Book, word: str) -> bool:
    return any(map(book.inside(word).whole, book.inside(word).hits))


def _groups(book: Book, word: str) -> set[str]:
    inside = book.inside(word)
    return {g for hit in inside.hits if inside.whole(hit) and hit.term for g in hit.term.groups}
