"""The compiled lexicon: folded words, two automata, and frames found by their anchor."""

from __future__ import annotations

import gc
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from rules.critical.fold import FoldedChunk, Folder
from rules.critical.loader import SHIPPED, Layers, read_layers
from rules.critical.misspelled import misspellings
from rules.critical.model import CATEGORIES, OUTCOMES, Cue, Frame, Grade
from rules.critical.phonetic import Act, Phonetic
from rules.critical.phrases import Phrases, Term
from rules.critical.rarity import everyday_calls, heard_in
from rules.critical.romanised import Romanised
from rules.critical.sieve import Sieve, Word, rarest_first, tells
from rules.critical.view import is_latin
from streams.errors import RuleError

__all__ = ["ACT", "CUE", "FRIEND", "SOUND", "Lexicon"]

FRIEND = "!friend"
"""The group of false friends; the sign keeps it apart from the names of a file."""

ACT = "!act."
"""What the groups of acts begin with, each of which is a frame of its own."""

SOUND = "!sound."
"""What the groups begin with that hold what sounds like an act of their category."""

BY_SOUND = 0.5
"""The weight of an act that was only heard: for review, critical beside a second cue."""

_PARTING = re.compile("[ -]+")
_NO_PARTS: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
CUE = "!cue."
"""What the groups of cues begin with."""


class Lexicon:
    """Words, frames, cues and grades, ready to be matched; immutable once made."""

    def __init__(self, layers: Layers) -> None:
        words = _words_by_group(layers)
        letters = set("".join(map("".join, words.values())))
        self.folder = Folder(char for char in letters if unicodedata.category(char) == "So")
        self.cues: dict[str, Cue] = {CUE + name: cue for name, cue in layers.cues.items()}
        # Weak cues last: what a strong one takes back as well is not for review.
        order = sorted(self.cues, key=lambda name: (self.cues[name].below < 1, name))
        self.cue_order = {name: place for place, name in enumerate(order)}
        self.wordless = [name for name, cue in self.cues.items() if not cue.words]
        self.counts = sorted((c.least, name) for name, c in layers.counts.items())
        self.grades: dict[str, list[Grade]] = {
            category: [g for g in layers.grades if not g.categories or category in g.categories]
            for category in CATEGORIES
        }
        """The lines of the grading table that may fit a category, the first that does wins."""
        self.learned = layers.learned
        self.frames = _frames(layers)
        self.acts = frozenset(
            name
            for name, frame in self.frames.items()
            if name.startswith(ACT) and frame.category not in OUTCOMES
        )
        self.by_anchor: dict[str, list[tuple[str, Frame, list[str]]]] = {}
        for name, frame in self.frames.items():
            self.by_anchor.setdefault(frame.all[0], []).append((name, frame, frame.all[1:]))
        self.kinds = {
            name: [
                layers.groups[part].kind if part in layers.groups else frame.kind
                for part in frame.all
            ]
            for name, frame in self.frames.items()
        }
        self.facts = {name: group.fact for name, group in layers.groups.items() if group.fact}
        self.phrases = Phrases(layers.groups)
        self._parts: dict[tuple[str, ...], tuple[frozenset[int], frozenset[int]]] = {}
        terms = self._terms(words)
        self.phonetic = Phonetic(
            self._acts(terms), terms, [word for word, term in terms.items() if term.friend]
        )
        counts = {name: count.least for name, count in layers.counts.items()}
        ways = self._ways(terms, counts)
        rarest = {way[0] for way in ways}
        self._find_rarest = AhoCorasick(
            [folded for folded, term in terms.items() if not rarest.isdisjoint(term.groups)],
            store_patterns=False,
        )
        self._find = AhoCorasick(terms, store_patterns=False)
        self.terms = [*terms.values(), *map(_sound, self.phonetic.acts)]
        self.sieve = Sieve(
            ways,
            [term.groups for term in self.terms],
            [term.latin for term in self.terms],
            counts,
        )

    @classmethod
    def load(cls, layers: Iterable[Path] = ()) -> Lexicon:
        """The shipped lexicon with further directories laid over it. Raises RuleError."""
        # Of a million new objects none is garbage: to look for it would be a third of the time.
        collects = gc.isenabled()
        gc.disable()
        try:
            return cls(read_layers([SHIPPED, *layers]))
        finally:
            if collects:
                gc.enable()

    def words(self, folded: str) -> list[Word]:
        """Every place of every word in a folded text, overlapping ones too, by where it ends."""
        return self._find.find_matches_as_indexes(folded, overlapping=True)

    def rows(self, chunk: FoldedChunk) -> set[int]:
        """The texts of a chunk that hold the rarest part of some frame: no other is critical."""
        edges = chunk.edges
        found = self._find_rarest.find_matches_as_indexes(chunk.folded)
        return {bisect_right(edges, start) - 1 for _, start, _ in found}

    def parts(self, term: Term) -> tuple[frozenset[int], frozenset[int]]:
        """Where the Latin words of a term must and may part: `hold up`, `hold-up`, `holdup`.

        Indexes of the folded term before which a space must or may stand, over all spellings.
        """
        if not term.spellings:
            return _NO_PARTS
        parts = self._parts.get(term.spellings)
        if parts is None:
            parts = _parts([(word, self.folder.places(word)) for word in term.spellings])
            self._parts[term.spellings] = parts
        return parts

    def _terms(self, words: dict[str, list[str]]) -> dict[str, Term]:
        """Every word by its folded form, with all its groups and spellings."""
        written = [word for entries in words.values() for word in entries]
        all_folded = iter(self.folder.words(written))
        groups: dict[str, tuple[str, ...]] = {}
        texts: dict[str, str] = {}
        spellings: dict[str, tuple[str, ...]] = {}
        solid = set[str]()
        for group, entries in words.items():
            alone = (group,)
            for word, folded in zip(entries, all_folded, strict=False):
                if not folded:
                    raise RuleError(f'the lexicon word "{word}" holds no letter; remove it')
                known = groups.setdefault(folded, alone)
                if group not in known:
                    groups[folded] = known + alone
                texts.setdefault(folded, word)
                if " " in word or "-" in word:
                    spellings[folded] = (*spellings.get(folded, ()), word)
                else:
                    solid.add(folded)
        for folded in solid & spellings.keys():
            spellings[folded] += (folded,)
        roles = {named: self._roles(named) for named in set(groups.values())}
        edges = {letter: is_latin(letter) for letter in set("".join(texts))}
        return {
            folded: Term(
                texts[folded],
                *roles[named],
                edges[folded[0]],
                edges[folded[-1]],
                not (edges[folded[0]] or edges[folded[-1]]),
                spellings.get(folded, ()),
            )
            for folded, named in groups.items()
        }

    def _ways(self, terms: dict[str, Term], counts: dict[str, int]) -> list[list[str]]:
        """Every way to tell something critical, as groups of words, the rarest group first."""
        heard = heard_in(
            self.folder.words(everyday_calls()),
            {folded: term.groups for folded, term in terms.items()},
        )
        sizes = Counter[str]()
        for groups, size in Counter(term.groups for term in terms.values()).items():
            sizes.update(dict.fromkeys(groups, size))
        telling = [frame for frame in self.frames.values() if tells(frame)]
        ways = [way for frame in telling for way in self.phrases.plain(frame)]
        return rarest_first(ways, counts, lambda group: (heard[group], sizes[group]))

    def _acts(self, terms: dict[str, Term]) -> Iterator[Act]:
        """The words that are critical by themselves, each with its first category."""
        categories = {
            group: frame.category
            for group, frame in self.frames.items()
            if group.startswith(ACT) and frame.weight >= 1 and frame.category in CATEGORIES
        }
        for folded, term in terms.items():
            category = term.act and next(filter(None, map(categories.get, term.groups)), None)
            if category:
                yield Act(folded, term.text, category)

    def _roles(self, groups: tuple[str, ...]) -> tuple[tuple[str, ...], bool, bool]:
        """The groups that frames, cues and grades know; whether a false friend, whether an act."""
        known = tuple(group for group in groups if group != FRIEND)
        act = any(group.startswith(ACT) and self.frames[group].weight >= 1 for group in known)
        return known, len(known) < len(groups), act


def _words_by_group(layers: Layers) -> dict[str, list[str]]:
    words = {name: group.words for name, group in layers.groups.items()}
    words |= {f"{ACT}{i}": act.words for i, act in enumerate(layers.acts)}
    words |= {CUE + name: cue.words for name, cue in layers.cues.items()}
    words[FRIEND] = layers.friends
    romanised = Romanised()
    for name in _around(layers):
        words[name] = [*words[name], *romanised.words(words[name])]
    known = {word for entries in words.values() for word in entries}
    for act in layers.acts:
        if act.weight >= 1 and act.category in CATEGORIES:
            slips = [slip for word in act.words for slip in misspellings(word, known)]
            words.setdefault(SOUND + act.category, []).extend(slips)
    return words


def _around(layers: Layers) -> set[str]:
    """Groups that surround an act: a text in pinyin denies, asks and hurries in pinyin too."""
    named = {
        group
        for cue in layers.cues.values()
        for group in (*cue.spare_with, *cue.spare_after, *cue.unless, *cue.needs)
    }
    named |= {CUE + name for name in layers.cues} | {"second_cue"}
    return {name for name in named if name in layers.groups or name.startswith(CUE)}


def _frames(layers: Layers) -> dict[str, Frame]:
    """The frames, and every act and every cue with an outcome as a frame of its own."""
    acts = {
        f"{ACT}{i}": Frame(
            all=[f"{ACT}{i}"],
            category=act.category,
            kind=act.kind,
            weight=act.weight,
            facts=act.facts,
        )
        for i, act in enumerate(layers.acts)
    }
    outcomes = {
        CUE + name: Frame(all=[CUE + name], category=cue.outcome, kind="context")
        for name, cue in layers.cues.items()
        if cue.outcome != "none"
    }
    sounds = {
        SOUND + category: Frame(all=[SOUND + category], category=category, weight=BY_SOUND)
        for category in CATEGORIES
    }
    return acts | outcomes | sounds | layers.frames


def _sound(act: Act) -> Term:
    """What stands for an act that only sounds like it."""
    return Term(
        text=act.text,
        groups=(SOUND + act.category,),
        friend=False,
        act=False,
        latin=False,
        latin_end=False,
        edgeless=True,
        spellings=(),
    )


def _parts(forms: list[tuple[str, list[int]]]) -> tuple[frozenset[int], frozenset[int]]:
    required, allowed = set[int](), set[int]()
    for number, (word, at) in enumerate(forms):
        spaces = set[int]()
        for sign in _PARTING.finditer(word):
            i = bisect_left(at, sign.start())
            if 0 < i < len(at):
                allowed.add(i)
                if " " in sign.group():
                    spaces.add(i)
        required = required & spaces if number else spaces
    return frozenset(required), frozenset(allowed)
