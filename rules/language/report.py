"""Faults as people and machines read them: text with a caret, JSON, SARIF, GitHub annotations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from rules.language.faults import Fault, catalogue
from streams.yaml_nodes import lines_of

__all__ = ["SHOWN", "as_github", "as_json", "as_sarif", "as_text", "counted", "width"]

SHOWN = 50
"""Faults told as text at most; the machine formats hold all of them."""
_WIDEST = 100
_TOKEN = re.compile(r"""'[^']*'?|"[^"]*"?|[^\s,\[\]{}:#]+(?::[^\s,\[\]{}:#]+)*|.""")


def as_text(faults: Sequence[Fault], texts: Mapping[str, str]) -> Iterator[str]:
    """Lines for a terminal; each fault with its line of the file and a caret below its place."""
    lines = {name: lines_of(text) for name, text in texts.items()}
    for fault in faults[:SHOWN]:
        place = fault.place
        yield f"{place}: {fault.severity} {fault.code}: {fault.message}"
        known = lines.get(place.file, [])
        if place.line <= len(known) and known[place.line - 1].strip():
            yield from _shown(known[place.line - 1], fault)
        elif fault.hint:
            yield f"      {fault.hint}"
    if len(faults) > SHOWN:
        yield f"and {len(faults) - SHOWN} more (all of them: --format json)"


def counted(faults: Sequence[Fault]) -> str:
    """`2 errors, 1 warning`."""
    errors = sum(fault.severity == "error" for fault in faults)
    warnings = len(faults) - errors
    return f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"


def as_json(faults: Sequence[Fault]) -> dict[str, Any]:
    """Counts and all faults, as plain values."""
    errors = sum(fault.severity == "error" for fault in faults)
    return {
        "errors": errors,
        "warnings": len(faults) - errors,
        "faults": [
            {
                "file": fault.place.file,
                "line": fault.place.line,
                "column": fault.place.column,
                "severity": fault.severity,
                "code": fault.code,
                "message": fault.message,
                "hint": fault.hint,
            }
            for fault in faults
        ],
    }


def as_sarif(faults: Sequence[Fault], version: str) -> dict[str, Any]:
    """A SARIF 2.1.0 log with one run; columns count characters, as ours do."""
    codes = sorted({fault.code for fault in faults})
    return {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "watchfloor rules check",
                        "version": version,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(fault, codes) for fault in faults],
            }
        ],
    }


def as_github(faults: Sequence[Fault]) -> Iterator[str]:
    """Workflow commands that mark the lines of a pull request."""
    for fault in faults:
        place = fault.place
        where = f"file={_property(place.file)},line={place.line},col={place.column}"
        said = f"{fault.message}; {fault.hint}" if fault.hint else fault.message
        yield f"::{fault.severity} {where},title={fault.code}::{_data(said)}"


def _shown(line: str, fault: Fault) -> Iterator[str]:
    at = min(fault.place.column - 1, len(line))
    token = _TOKEN.match(line, at)
    length = len(token.group()) if token else 1
    start = 0 if len(line) <= _WIDEST else max(0, min(at - _WIDEST // 3, len(line) - _WIDEST))
    excerpt = line[start : start + _WIDEST]
    head = "…" if start else ""
    tail = "…" if start + _WIDEST < len(line) else ""
    number = str(fault.place.line)
    margin = max(5, len(number) + 1)
    yield f"{number:>{margin}} | {head}{_clean(excerpt)}{tail}"
    before = " " * width(head + line[start:at])
    carets = "^" * max(1, width(line[at : min(at + length, start + _WIDEST)]))
    yield f"{'':>{margin}} | {before}{carets} {fault.hint}".rstrip()


def _clean(text: str) -> str:
    """One column for everything that a terminal would do something else with."""
    return "".join(char if char.isprintable() else " " for char in text)


def width(text: str) -> int:
    """Columns on a terminal: two for wide characters (UAX #11), none for combining ones."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _rule(code: str) -> dict[str, Any]:
    entry = catalogue()[code]
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.cause.strip()},
        "help": {"text": entry.remedy.strip()},
        "defaultConfiguration": {"level": "error" if code.startswith("E") else "warning"},
    }


def _result(fault: Fault, codes: Sequence[str]) -> dict[str, Any]:
    place = fault.place
    said = f"{fault.message}; {fault.hint}" if fault.hint else fault.message
    return {
        "ruleId": fault.code,
        "ruleIndex": codes.index(fault.code),
        "level": fault.severity,
        "message": {"text": said},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(place.file)},
                    "region": {"startLine": place.line, "startColumn": place.column},
                }
            }
        ],
    }


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
