"""Scalars of rule files against their types: what does not fit, in words for people."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from msgspec import inspect

__all__ = ["close", "leaf", "unlisted", "what"]

_INT = re.compile(r"-?[0-9]+([eE]\+?[0-9]+)?")
_FLOAT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def close(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant, or an empty text."""
    lower = {other.lower(): other for other in known}
    found = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
    return lower[found[0]] if found else ""


def leaf(
    value: Any, info: inspect.Type, title: str, *, hidden: bool = False
) -> tuple[str, str, str] | None:
    """Code, message and hint of a scalar that does not fit.

    hidden: the value may be a secret, and is not repeated: messages reach logs.
    """
    if isinstance(info, inspect.AnyType):
        return None
    if not isinstance(value, str):
        return "E107", f"must be {title or _kind(info)}, not {what(value)}", ""
    if isinstance(info, inspect.LiteralType):
        known = [str(v) for v in info.values]
        return None if value in known else unlisted(value, known)
    if isinstance(info, inspect.StrType):
        return _text(value, info, title, hidden=hidden)
    if isinstance(info, (inspect.IntType, inspect.FloatType)):
        form = _INT if isinstance(info, inspect.IntType) else _FLOAT
        return _number(value, info, title) if form.fullmatch(value) else _mistyped(value, info)
    if isinstance(info, inspect.BoolType):
        return None if value.lower() in {"true", "false", "1", "0"} else _mistyped(value, info)
    return None if _is_date(value) else _mistyped(value, info)


def _text(
    value: str, info: inspect.StrType, title: str, *, hidden: bool
) -> tuple[str, str, str] | None:
    if info.pattern is not None and not re.search(info.pattern, value):
        shown = "what stands there" if hidden else f'"{value}"'
        return "E116", f"must be {title or 'text of another form'}, not {shown}", ""
    if len(value) < (info.min_length or 0):
        return "E107", "must be a text, not an empty one", ""
    if info.max_length is not None and len(value) > info.max_length:
        return "E115", f"must be at most {info.max_length} characters, not {len(value)}", ""
    return None


def _number(
    value: str, info: inspect.IntType | inspect.FloatType, title: str
) -> tuple[str, str, str] | None:
    number = float(value)
    if info.ge is not None and number < info.ge:
        return "E115", f"must be at least {info.ge:g}, not {value}", title
    if info.gt is not None and number <= info.gt:
        return "E115", f"must be more than {info.gt:g}, not {value}", title
    if info.le is not None and number > info.le:
        return "E115", f"must be at most {info.le:g}, not {value}", title
    return None


def _mistyped(value: str, info: inspect.Type) -> tuple[str, str, str]:
    return "E107", f'must be {_kind(info)}, not "{value}"', ""


def unlisted(value: Any, known: Iterable[str]) -> tuple[str, str, str]:
    """Code, message and hint of a value that is none of some words."""
    names = list(known)
    message = f"must be one of {', '.join(names)}, not {what(value)}"
    meant = close(value, names) if isinstance(value, str) else ""
    return "E108", message, f'did you mean "{meant}"?' if meant else ""


def _kind(info: inspect.Type) -> str:
    if isinstance(info, inspect.IntType):
        return "a whole number"
    if isinstance(info, inspect.FloatType):
        return "a number"
    if isinstance(info, inspect.BoolType):
        return "true or false"
    if isinstance(info, inspect.LiteralType):
        return f"one of {', '.join(map(str, info.values))}"
    return "a date such as 2026-10-01" if isinstance(info, inspect.DateType) else "text"


def what(value: Any) -> str:
    """A value as a message names it."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else f'"{value}"'


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
