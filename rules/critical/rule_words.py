"""Words that rules ask for themselves, found where the texts are: in the folded chunk, one pass."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from ahocorasick_rs import AhoCorasick
from msgspec import Struct
from msgspec.structs import replace

from rules.critical.fold import FoldedChunk
from rules.critical.judge import CONTRAST
from rules.critical.lexicon import Lexicon
from rules.critical.model import DOUBTED, OWN, UNLESS
from rules.critical.phrases import Hit, Term
from rules.critical.scan import at_edges, covered, scan, stands
from rules.critical.scopes import Scopes
from rules.critical.sieve import Word
from rules.critical.view import View, is_latin
from rules.language.book import RuleBook
from rules.language.schema.common import listed
from rules.language.schema.keyword import KeywordRule
from rules.language.urging import urging_words
from streams.observations import SUPPRESS, URGING, Finding, Span

__all__ = ["RuleWord", "RuleWords", "words_of"]

_MOST = 16
"""So many places of each such word in one text are looked at, no more."""
_GROUP = "~own"
"""The group of a rule's words among those of the lexicon; none of these can be called so."""
_NOTHING = Finding("none", "none", "IV")


class RuleWord(Struct, frozen=True):
    """A word as a rule writes it.

    owner: the rule's id, `suppress:<id>` of a suppression, or `urging:<word>`.
    """

    text: str
    owner: str
    side: Literal["own", "unless", "suppress", "urging"]


def words_of(books: Iterable[RuleBook]) -> list[RuleWord]:
    """The words of all keyword rules that run, and of all suppressions, each once.

    Where a rule links repeat calls, those too by which a caller asks where help remains.
    """
    words: dict[RuleWord, None] = {}
    for book in books:
        for entry in book.parts.rules:
            rule = entry.rule
            if isinstance(rule, KeywordRule) and rule.state != "off":
                match = rule.match
                for text in (*match.any.zh, *match.any.en):
                    words[RuleWord(text, rule.id, "own")] = None
                for text in (*match.unless.zh, *match.unless.en):
                    words[RuleWord(text, rule.id, "unless")] = None
                if rule.repeat_call is not None:
                    urging = urging_words()
                    for text in (*urging.zh, *urging.en):
                        words[RuleWord(text, f"{URGING}{text}", "urging")] = None
        for placed in book.parts.suppressions:
            for text in listed(placed.value.when.text):
                words[RuleWord(text, f"{SUPPRESS}{placed.value.id}", "suppress")] = None
    return list(words)


class RuleWords:
    """Looks for the words of rules in folded chunks; most texts hold none and cost one pass.

    Words of several rule books may stand together: who reads a finding asks which rules hold.
    """

    def __init__(self, lexicon: Lexicon, words: Sequence[RuleWord]) -> None:
        self._lexicon = lexicon
        self._words: dict[str, list[RuleWord]] = {}
        texts = [word.text for word in words]
        folded = lexicon.folder.words(texts) if texts else []
        for word, form in zip(words, folded, strict=True):
            if form:
                self._words.setdefault(form, []).append(word)
        self._terms = [_term(form, [w.text for w in held]) for form, held in self._words.items()]
        self._held = list(self._words.values())
        self._find = AhoCorasick(self._words, store_patterns=False) if self._words else None

    def add(self, chunk: FoldedChunk, findings: list[Finding | None]) -> None:
        """Put what stands in each text into its finding; a text without any stays as it is."""
        for row, words in self._rows(chunk).items():
            view = View(chunk.raw, chunk.raw_starts[row], *chunk.text(row))
            found = self._found(view, words)
            if found is not None:
                spans, rules, unless = found
                finding = findings[row] or _NOTHING
                findings[row] = replace(
                    finding, spans=(*finding.spans, *spans), rules=rules, unless=unless
                )

    def _rows(self, chunk: FoldedChunk) -> dict[int, list[Word]]:
        """Places of words by text, in its own coordinates."""
        if self._find is None:
            return {}
        edges = chunk.edges
        rows: dict[int, list[Word]] = {}
        seen = Counter[tuple[int, int]]()
        for index, start, end in self._find.find_matches_as_indexes(chunk.folded, overlapping=True):
            row = bisect_right(edges, start) - 1
            seen[row, index] += 1
            if seen[row, index] <= _MOST:
                place = (index, start - edges[row], end - edges[row])
                rows.setdefault(row, []).append(place)
        return rows

    def _found(
        self, view: View, words: list[Word]
    ) -> tuple[tuple[Span, ...], tuple[str, ...], tuple[str, ...]] | None:
        """(spans, rules, unless) of one text; None where nothing stands at its edges."""
        standing = [
            (self._held[index], Hit(start, end, self._terms[index]))
            for index, start, end in words
            if stands(self._lexicon, view, self._terms[index], start, end)
        ]
        if not standing:
            return None
        spans: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
        urging = sorted({word.owner for word, _ in _each(standing, "urging")})
        for word, hit in _each(standing, "unless", "suppress"):
            spans[word.owner, word.side].append(_span(view, hit, word, UNLESS))
        own = list(_each(standing, "own"))
        if own:
            taken = self._taken_back(view, list(dict.fromkeys(hit for _, hit in own)))
            for word, hit in own:
                kind = DOUBTED if hit in taken else OWN
                spans[word.owner, kind].append(_span(view, hit, word, kind))
        against = {owner for owner, side in spans if side == "unless"}
        firm = {owner for owner, kind in spans if kind == OWN}
        doubted = {owner for owner, kind in spans if kind == DOUBTED and owner in against} - firm
        silences = {owner for owner, side in spans if side == "suppress"}
        if not (firm or doubted or silences or against or urging):
            return None
        told = [
            span
            for (owner, side), found in spans.items()
            for span in found
            if side in {OWN, "unless"} or (side == DOUBTED and owner in doubted)
        ]
        told.sort(key=lambda span: (span.start, span.end, span.category, span.term))
        rules = (*sorted(firm | doubted | silences), *urging[:1])
        return tuple(told), rules, tuple(sorted(against))

    def _taken_back(self, view: View, own: list[Hit]) -> set[Hit]:
        """Which of these words the lexicon denies: by a cue, or as part of a false friend.

        Weak cues, which ask for the text model's opinion, take back no word that somebody named.
        """
        lexicon = self._lexicon
        words = lexicon.words(view.folded)
        _, friends = at_edges(lexicon, view, words)
        hits = scan(lexicon, view, words)
        hits[_GROUP] = own
        for hit in hits.get(CONTRAST, ()):
            view.split_at(hit.start)
        scopes = Scopes(lexicon, view, hits)
        return {
            hit for hit in own if covered(hit, friends) or scopes.cancels(hit, None) is not None
        }


def _each(
    standing: Iterable[tuple[list[RuleWord], Hit]], *sides: str
) -> Iterator[tuple[RuleWord, Hit]]:
    for held, hit in standing:
        for word in held:
            if word.side in sides:
                yield word, hit


def _span(view: View, hit: Hit, word: RuleWord, kind: str) -> Span:
    return Span(*view.original(hit.start, hit.end), word.text, word.owner, kind)


def _term(folded: str, texts: Sequence[str]) -> Term:
    """A word of a rule as the lexicon's acts are: it counts by itself, so spacing is noise."""
    first, last = is_latin(folded[0]), is_latin(folded[-1])
    parted = any(" " in text or "-" in text for text in texts)
    return Term(
        text=texts[0],
        groups=(),
        friend=False,
        act=True,
        latin=first,
        latin_end=last,
        edgeless=not (first or last),
        spellings=tuple(dict.fromkeys(texts)) if parted else (),
    )
