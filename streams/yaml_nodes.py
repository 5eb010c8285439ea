"""YAML with places: plain values whose scalars are all text, and where each of them stands.

Every scalar stays text until the model types it, so that an area code `0110` is not 72, `no` is
not false and `22:00` is not 1320. A key that stands twice is a fault, not a silent override.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml

__all__ = ["Document", "Fault", "Place", "convert", "read_yaml"]

Path_ = tuple[str | int, ...]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+|\.\.\.)\]")


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

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.place}: error: {self.message}"


class Document(NamedTuple):
    """A parsed file: its value, the place of every node by path, and the faults of its form."""

    file: str
    value: Any
    places: dict[Path_, Place]
    faults: list[Fault]

    def place(self, path: Path_) -> Place:
        """Place of a path, or of its nearest parent that stands in the file."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.file, 1, 1))


def read_yaml(path: Path, *, name: str | None = None) -> Document:
    """Parse one file. Never raises on its content: what is wrong is in `faults`."""
    file = name or path.as_posix()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return _broken(file, Place(file, 1, 1), f"cannot be read as UTF-8 text: {error}")
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
        return _broken(file, place, f"not valid YAML: {error.problem}")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return _broken(file, Place(file, 1, 1), f"not valid YAML: {error}")
    document = Document(file, None, {}, [])
    if node is None:
        return document
    try:
        return document._replace(value=_plain(node, (), document, set()))
    except RecursionError:
        return _broken(file, Place(file, 1, 1), "nested too deeply")


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


def _broken(file: str, place: Place, message: str) -> Document:
    return Document(file, None, {}, [Fault(place, message)])


def _plain(node: yaml.Node, path: Path_, document: Document, open_: set[int]) -> Any:
    """Turn a node into plain values, noting places; aliases are followed, cycles refused."""
    place = Place(document.file, node.start_mark.line + 1, node.start_mark.column + 1)
    document.places[path] = place
    if isinstance(node, yaml.ScalarNode):
        return None if node.style is None and node.value in _NULL else node.value
    if id(node) in open_:
        document.faults.append(Fault(place, "an alias refers to a node that contains it"))
        return None
    open_.add(id(node))
    try:
        if isinstance(node, yaml.SequenceNode):
            return [_plain(item, (*path, i), document, open_) for i, item in enumerate(node.value)]
        return _mapping(node, path, document, open_)
    finally:
        open_.discard(id(node))


def _mapping(node: yaml.Node, path: Path_, document: Document, open_: set[int]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key_node, value_node in node.value:
        place = Place(document.file, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            document.faults.append(Fault(place, "a key must be plain text"))
            continue
        key = key_node.value
        if key in plain:
            first = document.place((*path, key))
            document.faults.append(
                Fault(place, f'key "{key}" stands here a second time; first at line {first.line}')
            )
            continue
        plain[key] = _plain(value_node, (*path, key), document, open_)
        # A fault in a value is best shown where its key stands; a threshold at its own number.
        document.places.setdefault((*path, key), place)
    return plain
