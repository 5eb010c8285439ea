"""The words of one text, by group: one automaton pass, word edges checked, false friends gone."""

from __future__ import annotations

from typing import NamedTuple

from rules.critical.lexicon import FRIEND, Lexicon, Term
from rules.critical.people import people
from rules.critical.view import CLAUSE, SENTENCE, View, is_latin

__all__ = ["Hit", "Hits", "scan"]


class Hit(NamedTuple):
    """A word found: folded range [start, end) and the lexicon's term (None for a number)."""

    start: int
    end: int
    term: Term | None


Hits = dict[str, list[Hit]]


def scan(lexicon: Lexicon, view: View) -> Hits:
    """Every word of the lexicon that stands in the text, by the groups it belongs to."""
    found: list[Hit] = []
    friends: list[Hit] = []
    for index, start, end in lexicon.find.find_matches_as_indexes(view.folded, overlapping=True):
        term = lexicon.terms[index]
        if _stands(view, term, start, end):
            hit = Hit(start, end, term)
            if FRIEND in term.groups:
                friends.append(hit)
            if term.groups != (FRIEND,):
                found.append(hit)
    hits: Hits = {}
    for hit in found:
        if any(_within(hit, friend) for friend in friends):
            continue
        assert hit.term is not None
        for group in hit.term.groups:
            hits.setdefault(group, []).append(hit)
    for start, end, number in people(view.folded):
        for least, group in lexicon.counts:
            if number >= least:
                hits.setdefault(group, []).append(Hit(start, end, None))
    return hits


def _within(hit: Hit, friend: Hit) -> bool:
    """Truly inside: a word that is a false friend and a term as well keeps its own meaning."""
    return (
        friend.start <= hit.start
        and hit.end <= friend.end
        and friend.end - friend.start > hit.end - hit.start
    )


def _stands(view: View, term: Term, start: int, end: int) -> bool:
    """Whether a word's edges are edges in the text, and nothing but spelling lies inside it."""
    gaps, folded = view.gaps, view.folded
    if term.latin and start and not gaps[start] and is_latin(folded[start - 1]):
        return False
    if term.latin_end and end < len(folded) and not gaps[end] and is_latin(folded[end]):
        return False
    inner = gaps[start + 1 : end]
    if not term.latin:
        worst = max(inner, default=0)
        return worst < CLAUSE or (term.act and (worst < SENTENCE or len(inner) == 1))
    parted = {at for at, gap in enumerate(inner, start=1) if gap}
    if len(parted) == len(inner):
        return True  # spelled out: g-u-n
    return term.required <= parted <= term.allowed
