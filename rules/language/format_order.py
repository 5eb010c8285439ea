"""The order of keys in rule files: what a thing is, then what it does, then its exceptions."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from msgspec import inspect

from rules.language.schema import KINDS

__all__ = ["Shape", "shape_of_file"]

_FIRST = ("format", "kind", "owner", "defaults", "id", "title", "name", "rule", "match")
_LAST = (
    "levels", "budget", "message", "overrides", "routes", "rules", "suppress", "tests", "because",
    "until",
)  # fmt: skip


class Shape:
    """A part of the grammar: which keys come first, and the shapes of what lies under them."""

    def __init__(self, type_: Any = None) -> None:
        self._type = type_

    def order(self, keys: list[str], values: dict[str, str]) -> list[str]:
        """The keys in their order; keys that the grammar does not know stay behind the others."""
        struct = self._struct(values)
        if struct is None:
            return keys
        known = _ranks(tuple(field.encode_name for field in struct.fields), struct.tag_field)
        return sorted(keys, key=lambda key: known.get(key, len(known)))

    def item(self) -> Shape:
        """The shape of a list's items."""
        for type_ in _choices(self._type):
            if isinstance(type_, inspect.ListType):
                return Shape(type_.item_type)
        return Shape()

    def value(self, key: str, values: dict[str, str]) -> Shape:
        """The shape of what stands under a key."""
        struct = self._struct(values)
        if struct is not None:
            types = {field.encode_name: field.type for field in struct.fields}
            return Shape(types.get(key))
        for type_ in _choices(self._type):
            if isinstance(type_, inspect.DictType):
                return Shape(type_.value_type)
        return Shape()

    def _struct(self, values: dict[str, str]) -> inspect.StructType | None:
        """The struct meant; of several, the one whose tag the mapping has."""
        structs = [t for t in _choices(self._type) if isinstance(t, inspect.StructType)]
        if len(structs) < 2:  # noqa: PLR2004 - one needs no choice
            return structs[0] if structs else None
        return next((s for s in structs if values.get(s.tag_field or "") == s.tag), None)


@lru_cache
def shape_of_file(kind: str) -> Shape:
    """The shape of a file of a kind; of one that is not known, a shape without any order."""
    return Shape(inspect.type_info(KINDS[kind])) if kind in KINDS else Shape()


def _choices(type_: Any) -> list[Any]:
    if isinstance(type_, inspect.Metadata):
        return _choices(type_.type)
    if isinstance(type_, inspect.UnionType):
        return [choice for part in type_.types for choice in _choices(part)]
    return [type_]


@lru_cache(maxsize=256)
def _ranks(fields: tuple[str, ...], tag_field: str | None) -> dict[str, int]:
    first = [name for name in _FIRST if name in fields]
    if tag_field:  # what kind of thing it is stands before its fields, after its name
        first.insert("id" in fields, tag_field)
    last = [name for name in _LAST if name in fields]
    middle = [name for name in fields if name not in {*first, *last}]
    return {name: rank for rank, name in enumerate([*first, *middle, *last])}
