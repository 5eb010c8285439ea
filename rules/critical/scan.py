"""The words of one text, by group: word edges checked, false friends gone, people counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from rules.critical.lexicon import Lexicon
from rules.critical.people import people
from rules.critical.phrases import Hit, Hits, Term
from rules.critical.sieve import Word
from rules.critical.view import CLAUSE, SENTENCE, View, is_latin

__all__ = ["Hit", "Hits", "at_edges", "consumed", "covered", "scan", "stands"]


_MOST = 64
"""So many places of one word in a text are looked at, no more."""


def scan(lexicon: Lexicon, view: View, words: list[Word]) -> Hits:
    """Every word of the lexicon that stands in the text, by the groups it belongs to."""
    by_group: defaultdict[str, list[Hit]] = defaultdict(list)
    for hit in _standing(lexicon, view, words):
        for group in hit.term.groups:  # type: ignore[union-attr]  # numbers come below
            by_group[group].append(hit)
    for start, end, number in people(view.folded):
        for least, group in lexicon.counts:
            if number >= least:
                by_group[group].append(Hit(start, end, None))
    hits = dict(by_group)
    lexicon.phrases.add(view, hits)
    return hits


def consumed(lexicon: Lexicon, view: View, words: list[Word]) -> list[tuple[Hit, Hit]]:
    """The words that false friends hide, each with the friend that does it: for explanations."""
    found, friends = at_edges(lexicon, view, words)
    return [(hit, friend) for hit in found for friend in friends if _taken(hit, friend)]


def _standing(lexicon: Lexicon, view: View, words: list[Word]) -> list[Hit]:
    found, friends = at_edges(lexicon, view, words)
    if not friends:
        return found
    return [hit for hit in found if not covered(hit, friends)]


def covered(hit: Hit, friends: Iterable[Hit]) -> bool:
    """Whether a false friend hides a word."""
    return any(_taken(hit, friend) for friend in friends)


def at_edges(lexicon: Lexicon, view: View, words: list[Word]) -> tuple[list[Hit], list[Hit]]:
    """Every word at its edges, and the false friends that no longer word contains."""
    found: list[Hit] = []
    friends: list[Hit] = []
    gaps, terms = view.gaps, lexicon.terms
    if len(words) > _MOST:
        words = _first_of_each(words)
    for index, start, end in words:
        term = terms[index]
        # Nearly all words stand in one piece in Chinese text: those need no closer look.
        one_piece = term.edgeless and gaps.count(0, start + 1, end) == end - start - 1
        if one_piece or stands(lexicon, view, term, start, end):
            hit = Hit(start, end, term)
            if term.groups:
                found.append(hit)
            if term.friend:
                friends.append(hit)
    if friends:
        friends = [friend for friend in friends if not any(_within(friend, hit) for hit in found)]
    return found, friends


def _first_of_each(words: list[Word]) -> list[Word]:
    """The first places of each word: pairs of words cost their product, a text may be hostile."""
    seen: Counter[int] = Counter()
    kept = []
    for word in words:
        seen[word[0]] += 1
        if seen[word[0]] <= _MOST:
            kept.append(word)
    return kept


def _taken(hit: Hit, friend: Hit) -> bool:
    """Inside the friend, or ending in the first letters of it: no 被抢 in 被抢购."""
    return _within(hit, friend) or hit.start < friend.start < hit.end < friend.end


def _within(hit: Hit, friend: Hit) -> bool:
    """Truly inside: a word that is a false friend and a term as well keeps its own meaning."""
    return (
        friend.start <= hit.start
        and hit.end <= friend.end
        and friend.end - friend.start > hit.end - hit.start
    )


def stands(lexicon: Lexicon, view: View, term: Term, start: int, end: int) -> bool:
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
    required, allowed = lexicon.parts(term)
    return required <= parted <= allowed
