"""What only all lexicon files together can tell: names that nobody defines, refused words."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from ahocorasick_rs import AhoCorasick

from rules.critical.layers import Entry, Layers
from rules.critical.model import ATTEND, Act, Cue, Frame, Grade, Group
from streams.yaml_nodes import Fault

__all__ = ["faults_of"]

_GROUPS = ("all", "without", "spare_with", "spare_after", "unless", "own", "needs")


def faults_of(entries: Sequence[Entry], layers: Layers, refused: Sequence[str]) -> Iterator[Fault]:
    """Every fault of entries that are well-formed each by itself; refused: stems of no word.

    entries: all that were read, those too that a layer disables, since what they give is known.
    """
    known = {*layers.groups, *layers.counts}
    words = {name for name, group in layers.groups.items() if group.words and not group.phrases}
    told = {*_facts(entry.value for entry in entries)}
    stems = _standing_stems(entries, refused)
    for entry in entries:
        yield from _unknown_groups(entry, known, words)
        yield from _entry_faults(entry, layers.counts, told)
        if stems:
            yield from _refused_words(entry, stems)
        yield from _letterless(entry)
        cue = layers.cues.get(entry.name) if isinstance(entry.value, Cue) else None
        if cue and not cue.words and cue.below >= 1:
            yield entry.fault("a cue without words needs `below`: it would hold in every text")


def _unknown_groups(
    entry: Entry, known: Collection[str], words: Collection[str]
) -> Iterator[Fault]:
    for field in _GROUPS:
        for i, name in enumerate(getattr(entry.value, field, ())):
            if name not in known:
                message = f'"{name}" is no group; define it under `groups` or `counts`'
                yield entry.fault(message, field, i)
    for i, phrase in enumerate(getattr(entry.value, "phrases", ())):
        for name in phrase:
            if name not in words:
                message = f'"{name}" is no group of words; a phrase is made of such groups'
                yield entry.fault(message, "phrases", i)


def _entry_faults(entry: Entry, counts: Collection[str], told: set[str]) -> Iterator[Fault]:
    value = entry.value
    critical = isinstance(value, Frame) and value.category not in (None, ATTEND)
    if critical and value.all[0] in counts:
        message = "a number of people cannot be the anchor; name a group of words first"
        yield entry.fault(message, "all", 0)
    if isinstance(value, Grade):
        for i, fact in enumerate(value.facts):
            if fact not in told:
                yield entry.fault(f'no group, act or frame gives the fact "{fact}"', "facts", i)


def _facts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, Group) and value.fact:
            yield value.fact
        elif isinstance(value, Act | Frame):
            yield from value.facts


def _standing_stems(entries: Iterable[Entry], refused: Sequence[str]) -> list[str]:
    """The refused stems that stand anywhere; nearly always none, so one look at all is quick."""
    everything = "\n".join(word for entry in entries for words in entry.written for word in words)
    found = AhoCorasick(refused).find_matches_as_indexes(everything.lower(), overlapping=True)
    return [refused[index] for index in sorted({index for index, _, _ in found})]


def _refused_words(entry: Entry, stems: Iterable[str]) -> Iterator[Fault]:
    for i, words in enumerate(entry.written):
        text = "\n".join(words).lower()
        for stem in stems:
            if stem in text:
                yield entry.fault(
                    f'"{stem}" is refused: the lexicon holds acts and means, not traits of people',
                    "words",
                    i,
                )


def _letterless(entry: Entry) -> Iterator[Fault]:
    for i, words in enumerate(entry.written):
        for word in words:
            if not word.isalnum() and not any(map(_counts, word)):
                yield entry.fault(
                    f'the lexicon word "{word}" holds no letter; remove it', "words", i
                )


def _counts(char: str) -> bool:
    """Letters and digits; of other signs those beyond the common ones, such as emoji."""
    return char.isalnum() or unicodedata.category(char) == "So"
