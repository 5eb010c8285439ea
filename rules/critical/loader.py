"""Reads lexicon directories, layer over layer, and names every fault with file, line and column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick

from rules.critical.expand import expand
from rules.critical.model import (
    ATTEND,
    Act,
    Cue,
    Frame,
    Friend,
    Grade,
    Group,
    LexiconFile,
    PeopleCount,
)
from streams.errors import RuleError
from streams.yaml_nodes import Document, Fault, convert, read_yaml

__all__ = ["SHIPPED", "Layers", "read_layers"]

SHIPPED = Path(__file__).with_name("lexicon")
"""The lexicon that comes with the package: the lowest layer."""

_Path = tuple[str | int, ...]
_MAPPINGS: dict[str, type] = {"groups": Group, "counts": PeopleCount, "frames": Frame, "cues": Cue}
_LISTS: dict[str, type] = {"acts": Act, "friends": Friend, "grades": Grade}
_WORDS = ("remove", "refused")


class Layers(NamedTuple):
    """All files of all layers put together, brackets expanded, removed words gone."""

    groups: dict[str, Group]
    counts: dict[str, PeopleCount]
    acts: list[Act]
    frames: dict[str, Frame]
    friends: list[str]
    cues: dict[str, Cue]
    grades: list[Grade]


class _Reader:
    """Collects entries and faults over all files."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.entries: list[tuple[Document, _Path, Any]] = []
        self.removed: set[str] = set()
        self.refused: list[str] = []

    def read(self, path: Path) -> None:
        """Read one file; what is wrong is noted, the rest is kept."""
        document = read_yaml(path)
        value = document.value
        if not document.faults and not isinstance(value, dict):
            self._fault(document, (), "a lexicon file is a mapping that begins with `schema`")
        elif isinstance(value, dict):
            self._sections(document, value)
        self.faults += document.faults

    def _sections(self, document: Document, value: dict[str, Any]) -> None:
        if value.get("schema") != "lexicon/1":
            self._fault(document, ("schema",), "`schema` must be lexicon/1")
        for section, content in value.items():
            if section not in LexiconFile.__struct_fields__:
                known = ", ".join(LexiconFile.__struct_fields__)
                self._fault(document, (section,), f"unknown section `{section}`; known: {known}")
            elif section in _WORDS:
                words = convert(document, (section,), content, list[str]) or []
                expanded = self._expanded(document, (section,), words)
                (self.removed.update if section == "remove" else self.refused.extend)(expanded)
            elif section != "schema":
                self._entries(document, section, content)

    def _entries(self, document: Document, section: str, content: Any) -> None:
        shape = dict if section in _MAPPINGS else list
        if not isinstance(content, shape):
            wanted = "a mapping of names" if shape is dict else "a list"
            self._fault(document, (section,), f"`{section}` must be {wanted}")
            return
        type_ = _MAPPINGS.get(section) or _LISTS[section]
        items = content.items() if isinstance(content, dict) else enumerate(content)
        for key, raw in items:
            entry = convert(document, (section, key), raw, type_)
            if entry is None:
                continue
            if hasattr(entry, "words"):
                place = (section, key, "words")
                entry = _replace(entry, words=self._expanded(document, place, entry.words))
            self.entries.append((document, (section, key), entry))

    def _expanded(self, document: Document, path: _Path, words: Sequence[str]) -> list[str]:
        expanded: list[str] = []
        for i, word in enumerate(words):
            try:
                expanded += expand(word)
            except ValueError as error:
                self._fault(document, (*path, i), f'"{word}": {error}')
        return expanded

    def _fault(self, document: Document, path: _Path, message: str) -> None:
        document.faults.append(Fault(document.place(path), message))


def read_layers(directories: Iterable[Path]) -> Layers:
    """Read lexicon directories, the lowest layer first.

    A later layer's group or cue of the same name adds its words, a frame replaces the earlier one,
    acts and friends add up, `remove` takes words away everywhere, and grades go before the earlier
    ones. Raises RuleError with every fault, one a line.
    """
    reader = _Reader()
    for directory in directories:
        paths = sorted(directory.glob("*.yaml"))
        if not paths:
            raise RuleError(f"{directory}: holds no lexicon (*.yaml); remove it or add a file")
        for path in paths:
            reader.read(path)
    layers = _merge(reader)
    _check(reader, layers)
    if reader.faults:
        raise RuleError("\n".join(str(fault) for fault in sorted(reader.faults)))
    return layers


def _merge(reader: _Reader) -> Layers:
    layers = Layers({}, {}, [], {}, [], {}, [])
    grades: dict[str, list[Grade]] = {}
    for document, path, found in reader.entries:
        entry = found
        if hasattr(entry, "words"):
            kept = [word for word in entry.words if word not in reader.removed]
            entry = _replace(entry, words=kept)
        if isinstance(entry, Grade):
            grades.setdefault(document.file, []).append(entry)
        else:
            _put(layers, str(path[1]), entry)
    for file in reversed(grades):
        layers.grades.extend(grades[file])
    return layers


def _put(layers: Layers, name: str, entry: Any) -> None:
    match entry:
        case Group():
            layers.groups[name] = _adding(layers.groups.get(name), entry)
        case Cue():
            layers.cues[name] = _adding(layers.cues.get(name), entry)
        case PeopleCount():
            layers.counts[name] = entry
        case Frame():
            layers.frames[name] = entry
        case Act():
            layers.acts.append(entry)
        case Friend():
            layers.friends.extend(entry.words)


def _adding(earlier: Any, entry: Any) -> Any:
    if earlier is None:
        return entry
    return _replace(entry, words=list(dict.fromkeys([*earlier.words, *entry.words])))


def _check(reader: _Reader, layers: Layers) -> None:
    """What only all files together can tell: names that nobody defines, words that are refused."""
    known = {*layers.groups, *layers.counts}
    facts = {*_facts(layers)}
    refused = _refused(reader)
    for document, path, entry in reader.entries:
        for field in ("all", "without", "spare_with", "spare_after", "unless", "needs"):
            for i, name in enumerate(getattr(entry, field, ())):
                if name not in known:
                    message = f'"{name}" is no group; define it under `groups` or `counts`'
                    document.faults.append(Fault(document.place((*path, field, i)), message))
        _check_entry(document, path, entry, layers, facts)
        _check_words(document, path, entry, refused)
    # Faults noted after a file was read have not been collected yet.
    documents = {id(document): document for document, _, _ in reader.entries}.values()
    reader.faults = [
        *dict.fromkeys([*reader.faults, *(f for document in documents for f in document.faults)])
    ]


def _check_entry(
    document: Document, path: _Path, entry: Any, layers: Layers, facts: set[str]
) -> None:
    critical = isinstance(entry, Frame) and entry.category not in (None, ATTEND)
    if critical and entry.all[0] in layers.counts:
        place = document.place((*path, "all", 0))
        message = "a number of people cannot be the anchor; name a group of words first"
        document.faults.append(Fault(place, message))
    if isinstance(entry, Grade):
        for i, fact in enumerate(entry.facts):
            if fact not in facts:
                message = f'no group, act or frame gives the fact "{fact}"'
                document.faults.append(Fault(document.place((*path, "facts", i)), message))


def _refused(reader: _Reader) -> list[str]:
    """The refused stems that stand anywhere; nearly always none, so one look at all is quick."""
    everything = "\n".join(word for _, _, entry in reader.entries for word in _words_of(entry))
    stems = AhoCorasick(reader.refused)
    found = stems.find_matches_as_indexes(everything.lower(), overlapping=True)
    return [reader.refused[index] for index in sorted({index for index, _, _ in found})]


def _words_of(entry: Any) -> Sequence[str]:
    return getattr(entry, "words", ())


def _check_words(document: Document, path: _Path, entry: Any, refused: Sequence[str]) -> None:
    words = "\n".join(_words_of(entry)).lower() if refused else ""
    for stem in refused:
        if stem in words:
            message = f'"{stem}" is refused: the lexicon holds acts and means, not traits of people'
            document.faults.append(Fault(document.place((*path, "words")), message))


def _facts(layers: Layers) -> Iterable[str]:
    for group in layers.groups.values():
        if group.fact:
            yield group.fact
    for act in layers.acts:
        yield from act.facts
    for frame in layers.frames.values():
        yield from frame.facts


def _replace(entry: Any, **changes: Any) -> Any:
    values = {name: getattr(entry, name) for name in entry.__struct_fields__}
    make: Callable[..., Any] = type(entry)
    return make(**(values | changes))
