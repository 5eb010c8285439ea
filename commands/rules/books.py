"""The rule book that a verb is told of: that of a directory, or the shipped one."""

from __future__ import annotations

from pathlib import Path

from rules.language.book import RuleBook
from rules.language.loader import SHIPPED, load_book
from streams.errors import ConfigError

__all__ = ["book_in"]


def book_in(rules: str | None) -> RuleBook:
    """The book of a rule directory, the shipped one without it. Raises ConfigError, RuleError."""
    if rules is None:
        return load_book(SHIPPED)
    directory = Path(rules)
    if not directory.is_dir():
        reason = "not a directory" if directory.exists() else "no such directory"
        raise ConfigError(f"{rules}: {reason}; name a directory of rules")
    return load_book(directory)
