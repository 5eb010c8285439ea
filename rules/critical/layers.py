"""Entries of lexicon files put together, layer over layer; each still knows where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rules.critical.learning.layer import LearnedLayer
from rules.critical.model import Act, Cue, Frame, Friend, Grade, Group, PeopleCount
from streams.yaml_nodes import Document, Fault, Place

__all__ = ["Entry", "Layers", "Removal", "merged", "replaced"]


class Entry(NamedTuple):
    """One entry of one file: which layer it belongs to, where it stands, and what it says.

    layer: index of its directory, 0 the lowest. path: section and name or index in its file.
    written: for each word as written, the words that it stands for, without those that a higher
    layer removes.
    """

    layer: int
    document: Document
    path: tuple[str | int, ...]
    value: Any
    written: tuple[tuple[str, ...], ...] = ()

    @property
    def section(self) -> str:
        """The section of the file: `acts`, `frames` ..."""
        return str(self.path[0])

    @property
    def name(self) -> str:
        """What it is called: `negation`; an entry of a list by its number, counted from 1."""
        key = self.path[1]
        return f"{self.section[:-1]} {key + 1}" if isinstance(key, int) else key

    def place(self, *inner: str | int) -> Place:
        """Where it, or a part of it, stands."""
        return self.document.place((*self.path, *inner))

    def word_places(self) -> Iterator[tuple[str, Place]]:
        """Every word that it stands for, with the place where it is written."""
        for i, words in enumerate(self.written):
            place = self.place("words", i)
            for word in words:
                yield word, place

    def fault(self, message: str, *inner: str | int) -> Fault:
        """A fault of a part of it."""
        return Fault(self.place(*inner), message)


class Removal(NamedTuple):
    """A word that a layer takes out of those below it, and where that is written."""

    layer: int
    word: str
    place: Place


class Layers(NamedTuple):
    """All files of all layers put together, brackets expanded, removed words gone.

    entries: what they were made of, in the order read, without what a higher layer disables.
    directories: of the layers, the lowest first. idle: what should have been taken out of a lower
    layer and was not there. learned: what marks taught, where the highest layer uses it.
    """

    groups: dict[str, Group]
    counts: dict[str, PeopleCount]
    acts: list[Act]
    frames: dict[str, Frame]
    friends: list[str]
    cues: dict[str, Cue]
    grades: list[Grade]
    entries: Sequence[Entry] = ()
    directories: Sequence[Path] = ()
    idle: Sequence[Removal] = ()
    learned: LearnedLayer | None = None


def merged(
    entries: Sequence[Entry], removals: Sequence[Removal], directories: Sequence[Path]
) -> Layers:
    """The layers' sum, without what a higher layer removes from a lower one."""
    kept = [_without(entry, removals) for entry in entries]
    layers = Layers({}, {}, [], {}, [], {}, [], kept, directories, _idle(entries, removals))
    grades: dict[str, list[Grade]] = {}
    for entry in kept:
        if isinstance(entry.value, Grade):
            grades.setdefault(entry.document.file, []).append(entry.value)
        else:
            _put(layers, str(entry.path[1]), entry.value)
    for file in reversed(grades):
        layers.grades.extend(grades[file])
    return layers


def _without(entry: Entry, removals: Sequence[Removal]) -> Entry:
    gone = {removal.word for removal in removals if removal.layer > entry.layer}
    if not gone or not entry.written:
        return entry
    written = tuple(tuple(w for w in words if w not in gone) for words in entry.written)
    value = replaced(entry.value, words=[word for words in written for word in words])
    return entry._replace(value=value, written=written)


def _idle(entries: Sequence[Entry], removals: Sequence[Removal]) -> list[Removal]:
    if not removals:
        return []
    lowest: dict[str, int] = {}
    for entry in entries:
        for word in (word for words in entry.written for word in words):
            lowest.setdefault(word, entry.layer)
    return [
        removal for removal in removals if lowest.get(removal.word, removal.layer) >= removal.layer
    ]


def _put(layers: Layers, name: str, value: Any) -> None:
    match value:
        case Group():
            layers.groups[name] = _adding(layers.groups.get(name), value)
        case Cue():
            layers.cues[name] = _adding(layers.cues.get(name), value)
        case PeopleCount():
            layers.counts[name] = value
        case Frame():
            layers.frames[name] = value
        case Act():
            layers.acts.append(value)
        case Friend():
            layers.friends.extend(value.words)


def _adding(earlier: Any, value: Any) -> Any:
    if earlier is None:
        return value
    words = list(dict.fromkeys([*earlier.words, *value.words]))
    if isinstance(value, Group):
        return replaced(value, words=words, phrases=[*earlier.phrases, *value.phrases])
    return replaced(value, words=words)


def replaced(value: Any, **changes: Any) -> Any:
    """A copy with other fields; an order faster than msgspec's, for lists of thousands."""
    values = {name: getattr(value, name) for name in value.__struct_fields__}
    make: Callable[..., Any] = type(value)
    return make(**(values | changes))
