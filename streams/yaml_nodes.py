"""YAML with places: plain values whose scalars are all text, and where each of them stands.

Every scalar stays text until the model types it, so that an area code `0110` is not 72, `no` is
not false and `22:00` is not 1320. A key that stands twice is a fault, not a silent override.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import yaml

__all__ = [
    "Document",
    "Fault",
    "Form",
    "Path_",
    "Place",
    "convert",
    "lines_of",
    "parse_yaml",
    "read_yaml",
]

Path_ = tuple[str | int, ...]
Form = Literal["", "unreadable", "syntax", "tab", "duplicate", "alias", "key", "tag", "deep"]
"""What kind of fault of form it is; empty for a fault of content."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null"})
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+|\.\.\.)\]")
_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_TAB = re.compile(r"^ *\t(?=.*\S)")
_DEEPEST = 64
_LARGEST = 1_000_000
"""Values of a document with all aliases written out: a small file can name billions."""


class Place(NamedTuple):
    """A place in a file, lines and columns counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """The form that editors turn into a link."""
        return f"{self.file}:{self.line}:{self.column}"


class Fault(NamedTuple):
    """One thing wrong in a file: where, what, and what to do."""

    place: Place
    message: str
    form: Form = ""

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.place}: error: {self.message}"


class Document(NamedTuple):
    """A parsed file: its value, the places of values and keys by path, and the faults of its form.

    What an alias stands for has no places of its own: it stands where the alias does.
    """

    file: str
    value: Any
    places: dict[Path_, Place]
    faults: list[Fault]
    keys: dict[Path_, Place]
    text: str = ""

    def place(self, path: Path_) -> Place:
        """Place of a path, or of its nearest parent that stands in the file."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.file, 1, 1))

    def key(self, path: Path_) -> Place:
        """Place of the key of a path; of the value where it has none."""
        return self.keys.get(path) or self.place(path)


def lines_of(text: str) -> list[str]:
    """Lines as YAML counts them."""
    return _BREAK.split(text)


def read_yaml(path: Path, *, name: str | None = None) -> Document:
    """Parse one file. Never raises on its content: what is wrong is in `faults`."""
    file = name or path.as_posix()
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        fault = Fault(Place(file, 1, 1), f"cannot be read: {reason}", "unreadable")
        return Document(file, None, {}, [fault], {})
    return parse_yaml(raw, file)


def parse_yaml(raw: bytes, file: str) -> Document:
    """The same for the bytes of a file."""
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        good = lines_of(raw[: error.start].decode("utf-8").removeprefix("\ufeff"))
        shown = raw.decode("utf-8", "replace").removeprefix("\ufeff")
        message = "cannot be read as UTF-8 text; save the file as UTF-8"
        fault = Fault(Place(file, len(good), len(good[-1]) + 1), message, "unreadable")
        return Document(file, None, {}, [fault], {}, shown)
    builder = _Builder(Document(file, None, {}, [], {}, text))
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if not builder.take(event):
                break
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = (mark.line, mark.column) if mark else (0, 0)
        return builder.broken(*at, _said(error))
    except yaml.reader.ReaderError:
        bad = yaml.reader.Reader.NON_PRINTABLE.search(text)
        before = lines_of(text[: bad.start()] if bad else "")
        message = "a character that YAML does not allow; take it out"
        return builder.broken(len(before) - 1, len(before[-1]), message)
    except (yaml.YAMLError, ValueError) as error:
        return builder.broken(0, 0, f"not valid YAML: {error}")
    return builder.done()


def convert(document: Document, path: Path_, value: Any, type_: Any) -> Any:
    """`value`, which stands at `path`, as `type_`; on a mismatch a noted fault, and None."""
    try:
        return msgspec.convert(value, type_, strict=False)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        steps = _STEP.findall(where.removeprefix("$").removesuffix("`"))
        inner = _resolve(value, type_, str(error), [index or name for name, index in steps])
        field = re.search(r"unknown field `([^`]+)`", message)
        if field:
            inner = (*inner, field.group(1))
        document.faults.append(
            Fault(document.place((*path, *inner)), message[:1].lower() + message[1:])
        )
        return None


def _resolve(value: Any, type_: Any, error: str, steps: list[str]) -> Path_:
    """The path of a mismatch; msgspec writes `...` for a mapping's key, which is found by trial."""
    inner: list[str | int] = []
    at = value
    for step in steps:
        if step == "..." and isinstance(at, dict):
            key = next((k for k in at if _still_fails(value, type_, error, inner, k)), None)
            if key is None:
                break
            inner.append(key)
        else:
            inner.append(int(step) if step.isdigit() and isinstance(at, list) else step)
        try:
            at = at[inner[-1]]
        except (KeyError, IndexError, TypeError):
            break
    return tuple(inner)


def _still_fails(value: Any, type_: Any, error: str, inner: list[str | int], key: str) -> bool:
    """Whether the same mismatch shows when the mapping at `inner` holds `key` alone."""
    alone = copy.deepcopy(value)
    at = alone
    for step in inner:
        at = at[step]
    for other in [k for k in at if k != key]:
        del at[other]
    try:
        msgspec.convert(alone, type_, strict=False)
    except msgspec.ValidationError as other_error:
        return str(other_error) == error
    return False


def _said(error: yaml.MarkedYAMLError) -> str:
    """What the parser says, with the line where what it was reading began."""
    began = error.context_mark
    where = f" {error.context}, which began at line {began.line + 1}" if began else ""
    return f"not valid YAML: {error.problem}{where}"


class _Frame:
    """A list or mapping that is being read."""

    __slots__ = ("anchor", "at_key", "key", "path", "size", "value")

    def __init__(self, path: Path_, value: Any, anchor: str | None) -> None:
        self.path = path
        self.value = value
        self.anchor = anchor
        self.size = 1
        self.at_key = isinstance(value, dict)
        self.key: str | None = None


class _Builder:
    """Makes a document of the parser's events; no recursion, however deep a file nests."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._file = document.file
        self._places = document.places
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int] | None] = {}
        self._value: Any = None
        self._seen = False

    def take(self, event: yaml.Event) -> bool:
        """Apply one event; False where reading on makes no sense."""
        if isinstance(event, yaml.ScalarEvent):
            plain = not event.style and event.value in _NULL
            self._scalar(event, None if plain else event.value)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            return self._open(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            if self._seen:
                self._fault(event, "a second document begins here; keep one in a file", "syntax")
                return False
            self._seen = True
        return True

    def done(self) -> Document:
        """The document, with a fault moved onto the last line where it stands behind it."""
        lines = lines_of(self._document.text)
        # Only what is not complete stands behind the end; places of values never do.
        faults = [fault._replace(place=_inside(fault.place, lines)) for fault in self.faults]
        return self._document._replace(value=self._value, faults=faults)

    @property
    def faults(self) -> list[Fault]:
        """What was wrong so far."""
        return self._document.faults

    def broken(self, line: int, column: int, message: str) -> Document:
        """The document without a value: it cannot be read beyond this place (from 0)."""
        lines = lines_of(self._document.text)
        tabs = [i for i, text in enumerate(lines[: line + 1]) if _TAB.match(text)]
        if tabs and tabs[-1] == line:
            self._note_tab(lines, line)
        else:
            place = Place(self._file, line + 1, column + 1)
            self.faults.append(Fault(place, message, "syntax"))
        self._value = None
        return self.done()

    def _note_tab(self, lines: list[str], line: int) -> None:
        place = Place(self._file, line + 1, lines[line].index("\t") + 1)
        self.faults.append(Fault(place, "tab used for indentation; use spaces", "tab"))

    def _fault(self, event: yaml.Event, message: str, form: Form) -> None:
        self.faults.append(Fault(self._at(event), message, form))

    def _at(self, event: yaml.Event) -> Place:
        mark: Any = event.start_mark  # the stubs allow None, which the parser never gives
        return Place(self._file, mark.line + 1, mark.column + 1)

    def _scalar(self, event: yaml.ScalarEvent, value: str | None) -> None:
        if event.tag is not None and event.tag != "!":
            self._fault(event, f"a tag ({event.tag}) is not used in these files", "tag")
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.at_key:
            self._key(frame, event)
            return
        path = self._path(frame)
        self._places[path] = self._at(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        self._put(frame, value, 1)

    def _key(self, frame: _Frame, event: yaml.ScalarEvent) -> None:
        key = event.value
        frame.at_key = False
        if key in frame.value:
            first = self._document.key((*frame.path, key))
            message = f'key "{key}" stands here a second time; first at line {first.line}'
            self._fault(event, message, "duplicate")
            frame.key = None
            return
        frame.key = key
        frame.value[key] = None
        self._document.keys[(*frame.path, key)] = self._at(event)

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> bool:
        if len(self._frames) >= _DEEPEST:
            self._fault(event, f"nested more than {_DEEPEST} deep", "deep")
            return False
        frame = self._frames[-1] if self._frames else None
        path = self._path(frame)
        if frame is not None and frame.at_key:
            if "?" not in frame.path:
                self._fault(event, "a key must be plain text", "key")
            path = (*frame.path, "?")
        else:
            self._places[path] = self._at(event)
        if event.tag is not None and event.tag != "!":
            self._fault(event, f"a tag ({event.tag}) is not used in these files", "tag")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._frames.append(_Frame(path, value, event.anchor))
        return True

    def _close(self) -> None:
        frame = self._frames.pop()
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.value, frame.size)
        self._put(self._frames[-1] if self._frames else None, frame.value, frame.size)

    def _alias(self, event: yaml.AliasEvent) -> bool:
        frame = self._frames[-1] if self._frames else None
        name = str(event.anchor)
        held = self._anchors.get(name)
        if frame is not None and frame.at_key:
            self._fault(event, "a key must be plain text", "key")
            self._put(frame, None, 1)
            return True
        self._places[self._path(frame)] = self._at(event)
        if held is None:
            message = (
                "an alias refers to a node that contains it"
                if name in self._anchors
                else f"there is no anchor &{name} before this alias"
            )
            self._fault(event, message, "alias")
        value, size = held or (None, 1)
        self._put(frame, value, size)
        if frame is not None and frame.size > _LARGEST:
            self._fault(event, f"aliases make more than {_LARGEST:,} values of this", "alias")
            return False
        return True

    def _path(self, frame: _Frame | None) -> Path_:
        """Path of the value that comes next."""
        if frame is None:
            return ()
        if isinstance(frame.value, list):
            return (*frame.path, len(frame.value))
        return (*frame.path, "?" if frame.key is None else frame.key)

    def _put(self, frame: _Frame | None, value: Any, size: int) -> None:
        if frame is None:
            self._value = value
            return
        frame.size += size
        if isinstance(frame.value, list):
            frame.value.append(value)
        elif frame.at_key:  # a key that was none: its value is read and left out
            frame.at_key, frame.key = False, None
        else:
            if frame.key is not None:
                frame.value[frame.key] = value
            frame.at_key = True


def _inside(place: Place, lines: list[str]) -> Place:
    """The place itself, or the end of the file where it lies behind it."""
    line = min(place.line, len(lines))
    last = lines[line - 1]
    column = place.column if line == place.line else len(last) + 1
    return Place(place.file, line, max(1, min(column, len(last) + 1)))
