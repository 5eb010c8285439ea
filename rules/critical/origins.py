"""Where the words of the lexicon come from: layer, file and line, by folded word and group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import NamedTuple

from rules.critical.fold import BREAK, Folder
from rules.critical.layers import Entry, Layers
from rules.critical.lexicon import ACT, CUE, FRIEND
from rules.critical.loader import SHIPPED
from streams.yaml_nodes import Place

__all__ = ["Origin", "Origins"]


_FRAME = "!frame."


class Origin(NamedTuple):
    """One writing of a word: the entry that holds it, and where the word stands."""

    entry: Entry
    place: Place


class Origins:
    """Looks up the entries behind the groups and words of a compiled lexicon."""

    def __init__(self, layers: Layers, folder: Folder) -> None:
        self._directories = layers.directories
        self._names: dict[int, str] = {}
        self._entries: dict[str, list[Entry]] = {}
        written: list[tuple[str, str, Origin]] = []
        for group, entry in _named(layers.entries):
            self._names[id(entry)] = group
            self._entries.setdefault(group, []).append(entry)
            written += [(w, group, Origin(entry, place)) for w, place in entry.word_places()]
        self._words: dict[tuple[str, str], list[Origin]] = {}
        if written:
            folded = folder.chunk([word for word, _, _ in written]).folded.split(BREAK)
            for form, (_, group, origin) in zip(folded, written, strict=True):
                self._words.setdefault((form, group), []).append(origin)

    def of_word(self, folded: str, group: str) -> list[Origin]:
        """Every writing of a folded word in a group, the lowest layer first."""
        return self._words.get((folded, group), [])

    def of_act(self, folded: str, category: str) -> list[Origin]:
        """Every writing of a folded word in an act of this category."""
        return [
            origin
            for group in self._entries
            if group.startswith(ACT)
            for origin in self.of_word(folded, group)
            if origin.entry.value.category == category
        ]

    def of_group(self, group: str) -> list[Entry]:
        """The entries that make up a group, act or cue, the lowest layer first."""
        return self._entries.get(group, [])

    def of_frame(self, name: str) -> list[Entry]:
        """The same of a frame; acts, and cues with an outcome, are frames of their own."""
        return self._entries.get(_FRAME + name) or self.of_group(name)

    def name(self, entry: Entry) -> str:
        """What the compiled lexicon calls an entry: its group, or its frame."""
        return self._names[id(entry)].removeprefix(_FRAME)

    def words(self) -> Iterator[tuple[str, str, Origin]]:
        """(folded word, group, writing) of every word of every layer."""
        for (folded, group), origins in self._words.items():
            for origin in origins:
                yield folded, group, origin

    def layer(self, entry: Entry) -> str:
        """What people call the layer of an entry: `shipped`, or its directory."""
        directory = self._directories[entry.layer]
        return "shipped" if directory == SHIPPED else directory.as_posix()

    def source(self, entry: Entry, place: Place) -> str:
        """Layer, file and line of a place: `shipped acts.yaml:12`."""
        file = place.file.rpartition("/")[2]
        return f"{self.layer(entry)} {file}:{place.line}"


def _named(entries: Iterable[Entry]) -> Iterator[tuple[str, Entry]]:
    """Entries by the name that the compiled lexicon has for them."""
    acts = count()
    for entry in entries:
        match entry.section:
            case "acts":
                yield f"{ACT}{next(acts)}", entry
            case "cues":
                yield CUE + entry.name, entry
            case "friends":
                yield FRIEND, entry
            case "groups" | "counts":
                yield entry.name, entry
            case "frames":
                yield _FRAME + entry.name, entry
