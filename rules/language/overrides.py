"""Values of a rule with overrides applied, and the place in a file where each comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rules.language.parts import RuleEntry, Tree
from rules.language.schema import Rule
from rules.language.schema.common import Override, When, listed
from streams.yaml_nodes import Place

__all__ = [
    "Value",
    "allowed",
    "holds_in",
    "merged",
    "origin",
    "over_defaults",
    "static",
    "values",
]


class Value(Struct, frozen=True):
    """One value that holds: its dotted name, and where it was set; `from_` is None if built in."""

    name: str
    value: Any
    place: Place | None


def over_defaults(defaults: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    """A rule's values over those of its file, mapping by mapping.

    A `baseline` of another model takes nothing of the default's: its parameters are other ones.
    """
    if not defaults:
        return raw
    values = dict(defaults)
    for key, value in raw.items():
        under = values.get(key)
        if isinstance(value, dict) and isinstance(under, dict) and _same_model(value, under):
            values[key] = over_defaults(under, value)
        else:
            values[key] = value
    return values


def merged(raw: dict[str, Any], overrides: Sequence[Override]) -> dict[str, Any]:
    """The values with overrides applied in order; the later one wins by field, null removes.

    Only the mappings on the way to a change are copied; the rest is shared with `raw`.
    """
    values = dict(raw)
    for override in overrides:
        for key, value in override.set.items():
            *parents, last = key.split(".")
            at = values
            for parent in parents:
                child = at.get(parent)
                at[parent] = at = dict(child) if isinstance(child, dict) else {}
            if value is None:
                at.pop(last, None)
            else:
                at[last] = value
    return values


def allowed(key: str, names: Sequence[str]) -> bool:
    """Whether a dotted field is one of those that may differ, or lies under one."""
    return any(key == name or key.startswith(f"{name}.") for name in names)


def static(when: When) -> bool:
    """Whether it speaks of places alone, so that it holds at all times or never."""
    return not (when.time or when.day or when.source or when.category)


def holds_in(when: When, area_id: str, tree: Tree) -> bool:
    """Whether the part about places holds in an area."""
    areas, tags = listed(when.area), listed(when.tag)
    in_area = not areas or not set(areas).isdisjoint(tree.path(area_id))
    return in_area and (not tags or not set(tags).isdisjoint(tree.tags(area_id)))


def origin(entry: RuleEntry, hits: Sequence[int], path: Sequence[str]) -> Place:
    """Where a value comes from: the last override that set it or a parent of it, or the rule."""
    for index in reversed(hits):
        for key in reversed(entry.rule.overrides[index].set):
            steps = tuple(key.split("."))
            if tuple(path[: len(steps)]) == steps:
                return entry.place("overrides", index, "set", key, *path[len(steps) :])
    return entry.place(*path)


def values(entry: RuleEntry, hits: Sequence[int]) -> list[Value]:
    """Every value of the rule with these overrides, built-in ones too, by dotted name."""
    overrides = [entry.rule.overrides[index] for index in hits]
    raw = merged(entry.raw, overrides)
    rule: Rule = msgspec.convert(raw, type(entry.rule), strict=False)
    plain = msgspec.to_builtins(rule)
    plain.pop("overrides")
    return [
        Value(".".join(path), value, origin(entry, hits, path) if _written(raw, path) else None)
        for path, value in _leaves(plain, ())
    ]


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif value is not None:
        yield path, value


def _written(raw: Any, path: Sequence[str]) -> bool:
    for step in path:
        if not isinstance(raw, dict) or step not in raw:
            return False
        raw = raw[step]
    return True


def _same_model(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.get("model", other.get("model")) == other.get("model")
