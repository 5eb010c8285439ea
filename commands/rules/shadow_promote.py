"""Promotes a rule: the edit of its file, checked before and after it is written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from commands.rules.backtest_run import known_rules
from commands.rules.directory import asked
from rules.language.parts import RuleEntry
from rules.trials.promotion import with_state
from streams.errors import ConfigError, RuleError

__all__ = ["promoted"]


def promoted(rule: str, directory: str, *, dry_run: bool) -> Iterator[str]:
    """Do it, and say so. Raises ConfigError, RuleError where it is not to be done."""
    book = asked(directory)
    reading = book.read()
    if reading.errors:
        raise RuleError("\n".join(str(fault) for fault in reading.errors))
    known_rules(reading.book, [rule])
    entry = next(e for e in reading.book.parts.rules if e.rule.id == rule)
    if entry.rule.state == "live":
        yield f"{rule} is live already"
        return
    if entry.rule.state == "off":
        raise ConfigError(
            f"{rule} is switched off, so that nothing is known of it: put it in shadow first "
            f"(state: shadow, {entry.place('id')})"
        )
    path = (book.directory / Path(entry.document.file).name).resolve()
    before = path.read_bytes()
    after = with_state(before, entry, "live")
    if dry_run:
        yield from _changed(before, after, entry)
        return
    _write(path, after)
    yield f"{rule} is live in {entry.document.file}; publish the rules to put it to work"


def _changed(before: bytes, after: bytes, entry: RuleEntry) -> Iterator[str]:
    name = entry.document.file
    old, new = before.decode().splitlines(), after.decode().splitlines()
    yield from unified_diff(old, new, name, name, n=1, lineterm="")


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: whoever watches the directory never reads half a file."""
    mode = path.stat().st_mode
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(mode & 0o7777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
