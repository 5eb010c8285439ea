"""Reads lexicon directories, layer over layer, and names every fault with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any

from rules.critical.expand import expand
from rules.critical.faults import faults_of
from rules.critical.layers import Entry, Layers, Removal, merged, replaced
from rules.critical.learning.layer import LEARNED, read_learned
from rules.critical.model import (
    Act,
    Cue,
    Frame,
    Friend,
    Grade,
    Group,
    Learning,
    LexiconFile,
    PeopleCount,
)
from streams.errors import RuleError
from streams.yaml_nodes import Document, Fault, convert, read_yaml

__all__ = ["SHIPPED", "Layers", "fingerprint", "layers_of", "read_layers"]

SHIPPED = Path(__file__).with_name("lexicon")
"""The lexicon that comes with the package: the lowest layer."""

_Path = tuple[str | int, ...]
_MAPPINGS: dict[str, type] = {"groups": Group, "counts": PeopleCount, "frames": Frame, "cues": Cue}
_LISTS: dict[str, type] = {"acts": Act, "friends": Friend, "grades": Grade}
_WORDS = ("remove", "refused", "disable")
_CHANGEABLE = ("groups", "frames", "cues")
"""Sections whose entries a higher layer changes field by field."""
_DISABLED = ("frames", "cues")
_READ = (".yaml", ".json")
_HASH_LENGTH = 12


def layers_of(rules: Path | None) -> list[Path]:
    """The installation's own words: the folder `lexicon` of its rule directory, if it has one."""
    layer = rules / "lexicon" if rules else None
    return [layer] if layer and layer.is_dir() else []


def fingerprint(directories: Iterable[Path]) -> str:
    """A short hash of all that lexicon directories hold: the same words have the same."""
    digest = sha256()
    for directory in directories:
        for path in sorted(p for p in directory.iterdir() if p.suffix in _READ):
            content = path.read_bytes()
            digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:_HASH_LENGTH]


def read_layers(directories: Iterable[Path]) -> Layers:
    """Read lexicon directories, the lowest layer first.

    A later layer's group, frame or cue of the same name changes the fields that it names, and its
    words are added; acts and friends add up; `remove` takes words out of the layers below,
    `disable` frames and cues; grades go before the earlier ones. Raises RuleError with every
    fault, one a line.
    """
    reader = _Reader()
    read = list(directories)
    for layer, directory in enumerate(read):
        reader.read(layer, directory)
    layers = merged(reader.standing(), reader.removals, read)
    faults = [*reader.faults, *faults_of(reader.entries, layers, reader.refused)]
    for document in reader.documents:
        faults += document.faults
    if faults:
        raise RuleError("\n".join(str(fault) for fault in sorted(dict.fromkeys(faults))))
    return layers._replace(learned=read_learned(read[-1] / LEARNED)) if reader.learns else layers


class _Reader:
    """Collects entries and faults over all files."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.documents: list[Document] = []
        self.entries: list[Entry] = []
        self.removals: list[Removal] = []
        self.refused: list[str] = []
        self.learns = False
        self._disabled: set[int] = set()
        self._stated: dict[_Path, dict[str, Any]] = {}

    def read(self, layer: int, directory: Path) -> None:
        """Read a directory; what is wrong is noted, the rest is kept."""
        paths = sorted(directory.glob("*.yaml"))
        if not paths:
            raise RuleError(f"{directory}: holds no lexicon (*.yaml); remove it or add a file")
        documents = [document for path in paths if (document := self._document(path))]
        for document in documents:
            self._withdraw(layer, document)
        for document in documents:
            self._sections(layer, document)

    def standing(self) -> list[Entry]:
        """The entries that no layer disables."""
        return [e for i, e in enumerate(self.entries) if i not in self._disabled]

    def _document(self, path: Path) -> Document | None:
        document = read_yaml(path)
        self.documents.append(document)
        if isinstance(document.value, dict):
            return document
        if not document.faults:
            self._fault(document, (), "a lexicon file is a mapping that begins with `schema`")
        return None

    def _withdraw(self, layer: int, document: Document) -> None:
        """What a layer takes out of those below it comes first, wherever it stands."""
        for section in _WORDS:
            words = document.value.get(section)
            words = convert(document, (section,), words, list[str]) if words else None
            if not words:
                continue
            if section == "disable":
                self._disable(document, words)
                continue
            for i, some in enumerate(self._expanded(document, (section,), words)):
                if section == "remove":
                    place = document.place((section, i))
                    self.removals += [Removal(layer, word, place) for word in some]
                else:
                    self.refused.extend(some)

    def _disable(self, document: Document, names: Sequence[str]) -> None:
        below = [(i, e.path) for i, e in enumerate(self.entries) if e.section in _DISABLED]
        for at, name in enumerate(names):
            found = {i for i, path in below if path[1] == name}
            if not found:
                close = get_close_matches(name, {str(path[1]) for _, path in below}, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                message = f'no frame or cue of a layer below is called "{name}"{hint}'
                self._fault(document, ("disable", at), message)
            self._disabled |= found
            for section in _DISABLED:
                self._stated.pop((section, name), None)

    def _sections(self, layer: int, document: Document) -> None:
        value = document.value
        if value.get("schema") != "lexicon/1":
            self._fault(document, ("schema",), "`schema` must be lexicon/1")
        for section, content in value.items():
            if section not in LexiconFile.__struct_fields__:
                known = ", ".join(LexiconFile.__struct_fields__)
                self._fault(document, (section,), f"unknown section `{section}`; known: {known}")
            elif section == "learning":
                learning = convert(document, (section,), content, Learning)
                self.learns = learning is not None and learning.use
            elif section not in ("schema", *_WORDS):
                self._entries(layer, document, section, content)

    def _entries(self, layer: int, document: Document, section: str, content: Any) -> None:
        shape = dict if section in _MAPPINGS else list
        if not isinstance(content, shape):
            wanted = "a mapping of names" if shape is dict else "a list"
            self._fault(document, (section,), f"`{section}` must be {wanted}")
            return
        type_ = _MAPPINGS.get(section) or _LISTS[section]
        items = content.items() if isinstance(content, dict) else enumerate(content)
        for key, raw in items:
            path = (section, key)
            value = convert(document, path, self._with_earlier(path, raw), type_)
            if value is None:
                continue
            written: tuple[tuple[str, ...], ...] = ()
            if hasattr(value, "words"):
                written = tuple(self._expanded(document, (*path, "words"), value.words))
                value = replaced(value, words=[word for words in written for word in words])
            self.entries.append(Entry(layer, document, path, value, written))

    def _with_earlier(self, path: _Path, raw: Any) -> Any:
        """The fields of an entry, and those that a lower layer stated under the same name."""
        if path[0] not in _CHANGEABLE or not isinstance(raw, dict):
            return raw
        earlier = self._stated.get(path)
        if earlier is not None:
            raw = earlier | raw
        self._stated[path] = {k: v for k, v in raw.items() if k not in ("note", "tests")}
        if "words" in raw:
            self._stated[path]["words"] = []
        return raw

    def _expanded(
        self, document: Document, path: _Path, words: Sequence[str]
    ) -> list[tuple[str, ...]]:
        expanded = []
        for i, word in enumerate(words):
            try:
                expanded.append(tuple(expand(word)))
            except ValueError as error:
                expanded.append(())
                self._fault(document, (*path, i), f'"{word}": {error}')
        return expanded

    def _fault(self, document: Document, path: _Path, message: str) -> None:
        self.faults.append(Fault(document.place(path), message))
