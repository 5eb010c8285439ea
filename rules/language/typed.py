"""Plain YAML values as the types of the grammar; where they do not fit, every mismatch at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import inspect

from rules.language.leaves import close, leaf, unlisted, what
from streams.yaml_nodes import Path_

__all__ = ["Mismatch", "mismatches", "typed"]

_SHOWN = 12
_NAMED = {
    "rules": "rule",
    "suppress": "suppression",
    "tests": "test",
    "overrides": "override",
    "areas": "area",
    "channels": "channel",
    "contacts": "contact",
    "events": "event",
    "expect": "expectation",
}
"""What an entry of a list is called."""


class Mismatch(NamedTuple):
    """What does not fit, and where; `on_key`: it is about the key, not about its value."""

    path: Path_
    code: str
    message: str
    hint: str = ""
    on_key: bool = False


def typed(value: Any, type_: Any, path: Path_ = (), root: Any = None) -> tuple[Any, list[Mismatch]]:
    """`value` as `type_` and no mismatch, or None and all of them.

    path: where the value stands in `root`, for paths and for the words of messages.
    """
    try:
        return msgspec.convert(value, type_, strict=False), []
    except msgspec.ValidationError as error:
        found = mismatches(value, type_, path, root if path else value)
        # The walk knows every type of the grammar; what it does not see, msgspec still says.
        return None, found or [Mismatch(path, "E107", f"{error}")]


def mismatches(value: Any, type_: Any, path: Path_, root: Any) -> list[Mismatch]:
    """Every mismatch below a value, in the order in which they stand."""
    return list(_Walk(root).walk(value, _info(type_), path))


@cache
def _info(type_: Hashable) -> inspect.Type:
    return inspect.type_info(type_)


@cache
def _fields(type_: Hashable) -> dict[str, inspect.Field]:
    info = cast("inspect.StructType", inspect.type_info(type_))
    return {field.encode_name: field for field in info.fields}


def _fits(value: Any, type_: Any) -> bool:
    try:
        msgspec.convert(value, type_, strict=False)
    except msgspec.ValidationError:
        return False
    return True


class _Walk:
    """Goes down the types beside the values. `root` is the whole file, to name what is meant."""

    def __init__(self, root: Any) -> None:
        self._root = root

    def walk(self, value: Any, info: inspect.Type, path: Path_) -> Iterator[Mismatch]:
        """Mismatches of one value."""
        title, hidden = "", False
        while isinstance(info, inspect.Metadata):
            schema = info.extra_json_schema or {}
            title, hidden = schema.get("title") or title, hidden or "writeOnly" in schema
            info = info.type
        if isinstance(info, inspect.UnionType):
            yield from self._union(value, info, path)
        elif isinstance(info, inspect.StructType):
            yield from self._struct(value, info, path)
        elif isinstance(info, inspect.ListType):
            yield from self._list(value, info, path)
        elif isinstance(info, inspect.TupleType):
            yield from self._tuple(value, info, path)
        elif isinstance(info, inspect.DictType):
            yield from self._dict(value, info, path)
        else:
            said = leaf(value, info, title, hidden=hidden)
            if said is not None:
                code, message, hint = said
                yield Mismatch(path, code, f"{self._subject(path)} {message}", hint)

    def _union(self, value: Any, info: inspect.UnionType, path: Path_) -> Iterator[Mismatch]:
        members = [_bare(member) for member in info.types]
        structs = [member for member in members if isinstance(member, inspect.StructType)]
        if value is None and any(isinstance(member, inspect.NoneType) for member in members):
            return
        if len(structs) > 1 and isinstance(value, dict):
            yield from self._tagged(value, structs, path)
            return
        fits = [
            inner
            for inner, member in zip(info.types, members, strict=True)
            if _same_form(value, member)
        ]
        found = [list(self.walk(value, inner, path)) for inner in fits]
        if not found:
            wanted = " or ".join(dict.fromkeys(_form(m) for m in members if _form(m)))
            yield self._wrong(path, wanted, value)
        elif all(found):
            yield from found[0]

    def _tagged(
        self, value: dict[str, Any], structs: list[inspect.StructType], path: Path_
    ) -> Iterator[Mismatch]:
        field = str(structs[0].tag_field)
        by_tag = {str(struct.tag): struct for struct in structs}
        if field not in value:
            message = f'{self._subject(path)} has no "{field}"'
            yield Mismatch(path, "E106", message, f"(one of: {', '.join(by_tag)})")
        elif not isinstance(value[field], str) or value[field] not in by_tag:
            code, message, hint = unlisted(value[field], by_tag)
            subject = self._subject((*path, field))
            yield Mismatch((*path, field), code, f"{subject} {message}", hint)
        else:
            yield from self._struct(value, by_tag[value[field]], path)

    def _struct(self, value: Any, info: inspect.StructType, path: Path_) -> Iterator[Mismatch]:
        if _fits(value, info.cls):
            return  # only what is wrong is worth a walk
        fields = _fields(info.cls)
        if not isinstance(value, dict):
            yield self._wrong(path, f"a mapping ({_listed(fields)})", value)
            return
        required = {name for name, field in fields.items() if field.required} - value.keys()
        missing = set(required)
        for name, inner in value.items():
            if name in fields:
                yield from self.walk(inner, fields[name].type, (*path, name))
            elif name != info.tag_field:
                meant = close(name, [free for free in fields if free not in value])
                missing.discard(meant)
                yield self._unknown(path, name, meant, fields)
                if meant in required or (meant and isinstance(inner, (dict, list))):
                    yield from self.walk(inner, fields[meant].type, (*path, name))
        for name in (name for name in fields if name in missing):
            yield Mismatch(path, "E106", f'{self._subject(path)} has no "{name}"')

    def _unknown(self, path: Path_, name: str, meant: str, fields: dict[str, Any]) -> Mismatch:
        hint = f'did you mean "{meant}"?   ' if meant else ""
        message = f'unknown field "{name}" in {self._subject(path)}'
        return Mismatch(
            (*path, name), "E103", message, f"{hint}(allowed here: {_listed(fields)})", on_key=True
        )

    def _list(self, value: Any, info: inspect.ListType, path: Path_) -> Iterator[Mismatch]:
        if not isinstance(value, list):
            yield self._wrong(path, "a list", value)
            return
        if len(value) < (info.min_length or 0):
            message = f"{self._subject(path)} is an empty list"
            yield Mismatch(path, "E114", message, "give it at least one entry")
        for index, item in enumerate(value):
            yield from self.walk(item, info.item_type, (*path, index))

    def _tuple(self, value: Any, info: inspect.TupleType, path: Path_) -> Iterator[Mismatch]:
        length = len(info.item_types)
        if not isinstance(value, list) or len(value) != length:
            yield self._wrong(path, f"a list of {length} values", value)
            return
        for index, (item, inner) in enumerate(zip(value, info.item_types, strict=True)):
            yield from self.walk(item, inner, (*path, index))

    def _dict(self, value: Any, info: inspect.DictType, path: Path_) -> Iterator[Mismatch]:
        if not isinstance(value, dict):
            yield self._wrong(path, "a mapping", value)
            return
        if len(value) < (info.min_length or 0):
            message = f"{self._subject(path)} is empty"
            yield Mismatch(path, "E114", message, "give it at least one entry")
        for key, inner in value.items():
            for wrong in self.walk(key, info.key_type, (*path, key)):
                # The subject of a key's fault is the mapping that it stands in.
                _, _, rest = wrong.message.partition(" must be ")
                said = f'key "{key}" of {self._subject(path)} must be {rest or "another name"}'
                yield wrong._replace(message=said, on_key=True)
            yield from self.walk(inner, info.value_type, (*path, key))

    def _wrong(self, path: Path_, wanted: str, value: Any) -> Mismatch:
        return Mismatch(path, "E107", f"{self._subject(path)} must be {wanted}, not {what(value)}")

    def _subject(self, path: Path_) -> str:
        """`rule heat-street`, `"levels.III" of rule heat-street`, `the file`."""
        inner: list[str] = []
        at, name = self._root, ""
        for position, step in enumerate(path):
            try:
                at = at[step]
            except (KeyError, IndexError, TypeError):
                at = None
            above = path[position - 1] if position else ""
            if isinstance(step, int) and above in _NAMED:
                own = _name_of(_NAMED[str(above)], step, at)
                name, inner = f"{own} of {name}" if name else own, []
            else:
                inner.append(f"[{step + 1}]" if isinstance(step, int) else f".{step}")
        dotted = "".join(inner).removeprefix(".")
        # The list that an entry stands in is part of its name.
        if not dotted:
            return name or "the file"
        return f'"{dotted}"' + (f" of {name}" if name else "")


def _name_of(noun: str, index: int, value: Any) -> str:
    if isinstance(value, dict):
        if isinstance(value.get("id"), str) and noun != "event":
            return f"{noun} {value['id']}"
        if isinstance(value.get("name"), str) and noun == "test":
            return f'test "{value["name"]}"'
    return f"{noun} {index + 1}"


def _bare(info: inspect.Type) -> inspect.Type:
    while isinstance(info, inspect.Metadata):
        info = info.type
    return info


def _same_form(value: Any, info: inspect.Type) -> bool:
    if isinstance(value, dict):
        return isinstance(info, (inspect.StructType, inspect.DictType))
    if isinstance(value, list):
        return isinstance(info, (inspect.ListType, inspect.TupleType))
    return value is not None and _form(info) in {"text", "a number", "true or false"}


def _form(info: inspect.Type) -> str:
    if isinstance(info, (inspect.StructType, inspect.DictType)):
        return "a mapping"
    if isinstance(info, (inspect.ListType, inspect.TupleType)):
        return "a list"
    if isinstance(info, (inspect.IntType, inspect.FloatType)):
        return "a number"
    if isinstance(info, inspect.BoolType):
        return "true or false"
    return "" if isinstance(info, inspect.NoneType) else "text"


def _listed(names: Iterable[str]) -> str:
    known = sorted(names)
    more = ", ..." if len(known) > _SHOWN else ""
    return ", ".join(known[:_SHOWN]) + more
