"""Puts a value into a rule file where it stands, so that comments and all other lines stay."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from rules.language.format_tree import Node, read_tree
from rules.language.formatting import formatted
from streams.errors import RuleError
from streams.yaml_nodes import parse_yaml

__all__ = ["Step", "appended"]

Step = str | int
_PLAIN = re.compile(
    r"^(?!(?:null|true|false|yes|no|on|off|~)$)[A-Za-z\u4e00-\u9fff][\w\u4e00-\u9fff.-]*$"
)


def appended(text: str, file: str, path: Sequence[Step], item: Any) -> str:
    """The text of a file with one more item in the list at a path, which is made where it is not.

    path: keys and places from the top (`rules`, 3, `overrides`). A file in its canonical layout
    stays in it. Raises RuleError where the file cannot be written so without touching the rest.
    """
    raw = text.encode()
    wanted = parse_yaml(raw, file).value
    _put(wanted, path, item)
    root = read_tree(text).root
    if root is None:
        raise RuleError(f"{file}: the file is empty")
    made = _inserted(text.splitlines(keepends=True), root, list(path), item)
    again = parse_yaml(made.encode(), file)
    if again.faults or again.value != wanted:
        raise RuleError(
            f"{file}: the rule is written in a way that cannot be amended safely; write the change "
            f"into it by hand, at {'.'.join(map(str, path))}: {_flow(item)}"
        )
    return formatted(made.encode(), file) if formatted(raw, file) == text else made


def _put(value: Any, path: Sequence[Step], item: Any) -> None:
    for at, step in enumerate(path):
        if isinstance(value, dict) and step not in value:
            value[step] = [] if at == len(path) - 1 else {}
        value = value[step]
    value.append(_text(item))


def _text(value: Any) -> Any:
    """As the reader gives it: every scalar is text."""
    if isinstance(value, Mapping):
        return {key: _text(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_text(inner) for inner in value]
    return str(value)


def _inserted(lines: list[str], node: Node, path: list[Step], item: Any) -> str:
    """Down to where the path ends or leads no further, and there what is missing."""
    while path:
        step = path[0]
        if isinstance(step, int):
            node = node.entries[step].node
        else:
            found = next((e for e in node.entries if e.key and e.key.value == step), None)
            if found is None:
                break
            node = found.node
        path = path[1:]
    if not path:
        return _added(lines, node, "- " if node.block else "", _flow(item))
    value = _flow([item])
    for step in reversed(path[1:]):
        value = f"{{{step}: {value}}}"
    return _added(lines, node, "", f"{path[0]}: {value}")


def _added(lines: list[str], node: Node, dash: str, text: str) -> str:
    """One more entry after the last one of a list or mapping."""
    if node.block:
        at = node.end[0] + 1
        indent = " " * node.column
        if at <= len(lines) and not lines[at - 1].endswith("\n"):
            lines[at - 1] += "\n"
        return "".join([*lines[:at], f"{indent}{dash}{text}\n", *lines[at:]])
    line, column = node.end[0], node.end[1] - 1
    before, after = lines[line][:column], lines[line][column:]
    comma = ", " if node.entries else ""
    lines[line] = f"{before.rstrip()}{comma}{text}{after}"
    return "".join(lines)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key}: {_flow(each)}" for key, each in value.items())
        return f"{{{inner}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str) and not _PLAIN.match(value):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
