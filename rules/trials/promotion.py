"""Sets the state of one rule in the text of its file, and leaves every other byte as it is."""

from __future__ import annotations

import re

from rules.language.parts import RuleEntry
from streams.errors import RuleError
from streams.yaml_nodes import Place, parse_yaml

__all__ = ["with_state"]

_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_SCALAR = re.compile(r"""'[^']*'|"[^"]*"|[^\s,{}\[\]#]+""")


def with_state(raw: bytes, entry: RuleEntry, state: str) -> bytes:
    """The file's bytes with `state` of a rule set. raw: as it was read.

    An own `state` is replaced; where it comes from the defaults, one is written behind the rule's
    `id`. Raises RuleError where that is not possible without changing anything else.
    """
    document = entry.document
    text = raw.decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark) if mark else text
    own = (*entry.path, "state")
    if own in document.places and own in document.keys:
        at = _offset(text, document.places[own])
        found = _SCALAR.match(text, at)
        changed = text if found is None else text[:at] + state + text[found.end() :]
    else:
        changed = _inserted(text, entry, state)
    made = (mark + changed).encode()
    _check(made, entry, state)
    return made


def _inserted(text: str, entry: RuleEntry, state: str) -> str:
    """The text with a line, or an entry, behind the id of the rule."""
    path = (*entry.path, "id")
    key, value = entry.document.keys[path], entry.document.places[path]
    at = _offset(text, value)
    found = _SCALAR.match(text, at)
    if found is None:
        return text
    first = _offset(text, entry.document.places[entry.path])
    if text[first : first + 1] == "{":
        return f"{text[: found.end()]}, state: {state}{text[found.end() :]}"
    end, usual = _BREAK.search(text, found.end()), _BREAK.search(text)
    at = len(text) if end is None else end.start()
    break_ = "\n" if usual is None else usual.group()
    return f"{text[:at]}{break_}{' ' * (key.column - 1)}state: {state}{text[at:]}"


def _offset(text: str, place: Place) -> int:
    """Where a place lies in the text, in characters."""
    at = 0
    for _ in range(place.line - 1):
        end = _BREAK.search(text, at)
        at = len(text) if end is None else end.end()
    return at + place.column - 1


def _check(made: bytes, entry: RuleEntry, state: str) -> None:
    """Raises RuleError unless the state of this rule is all that differs."""
    document = entry.document
    again = parse_yaml(made, document.file)
    section, index = entry.path[0], entry.path[1]
    wanted = {**document.value, section: list(document.value[section])}
    wanted[section][index] = {**wanted[section][index], "state": state}
    if again.faults or again.value != wanted:
        raise RuleError(
            f"{entry.place('id')}: the state of {entry.rule.id} cannot be set without touching "
            f"something else; write `state: {state}` into the rule by hand"
        )
