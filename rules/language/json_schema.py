"""JSON Schemas of rule files for editors: completion, descriptions, and marks while one types."""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec

from rules.language.schema import KINDS
from rules.language.schema.names import LEVELS

__all__ = ["NAMES", "json_schema"]

NAMES = tuple(KINDS)
"""Kinds that have a schema: all."""
_DATES = {"date", "date-time"}


def json_schema(kind: str) -> dict[str, Any]:
    """The schema (draft 2020-12) of files of a kind.

    Our loader reads every scalar as text and types it by the grammar; an editor's YAML reader
    types first. So text that may be all digits is widened to integers, or editors would mark an
    area code, and `format: 1` too.
    """
    type_ = KINDS[kind]
    _, parts = msgspec.json.schema_components([type_], ref_template="#/$defs/{name}")
    for part in parts.values():
        levels = part.get("properties", {}).get("levels")
        if levels is not None:  # msgspec leaves out which keys a mapping may have
            levels["propertyNames"] = {"enum": list(LEVELS)}
    own = _widened(parts.pop(type_.__name__))
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:watchfloor:rules:{kind}",
        "title": f"Watchfloor rule file, kind: {kind}",
    }
    own.pop("title", None)
    return {**head, **own, "$defs": {name: _widened(part) for name, part in parts.items()}}


def _widened(schema: Any) -> Any:
    """The same with texts that may be numbers allowed as numbers, docstrings without indents."""
    if isinstance(schema, list):
        return [_widened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: value if key == "default" else _widened(value) for key, value in schema.items()}
    if isinstance(made.get("description"), str):
        # Python 3.13 takes the indentation out of docstrings, earlier ones leave it in.
        made["description"] = inspect.cleandoc(made["description"])
    if made.get("type") == "string" and made.get("format") not in _DATES:
        pattern = made.get("pattern")
        if pattern is None or re.search(pattern, "110") or re.search(pattern, "110000"):
            made["type"] = ["string", "integer"]
    if isinstance(made.get("pattern"), str):
        # Editors match by ECMA 262, where `$` never stands before a last line break.
        made["pattern"] = made["pattern"].removesuffix(r"(?!\n)")
    for name in ("enum", "const"):
        if name in made:
            made[name] = _both(made[name])
    return made


def _both(value: Any) -> Any:
    """Words that are digits, as numbers too."""
    if isinstance(value, list):
        return [*value, *(int(v) for v in value if isinstance(v, str) and v.isdigit())]
    return value
