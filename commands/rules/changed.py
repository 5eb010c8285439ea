"""Which lines of rule files changed since a commit, and which warnings are about those rules."""

from __future__ import annotations

import re
import subprocess
from bisect import bisect_right
from pathlib import Path
from typing import Any

from rules.language.faults import Fault
from rules.language.loader import Reading
from rules.language.parts import Placed, RuleEntry
from streams.errors import ConfigError

__all__ = ["about_changes"]

_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def about_changes(reading: Reading, directory: Path, since: str) -> list[Fault]:
    """All errors, and the warnings about rules (tests, areas ...) of which a line changed.

    An error may come of a change in another file, so none is left out. Raises ConfigError where
    git knows no such commit.
    """
    starts = _starts(reading)
    changed = {name: _lines(directory, Path(name).name, since) for name in reading.texts}
    blocks = {
        name: None if lines is None else {_block(starts.get(name, []), line) for line in lines}
        for name, lines in changed.items()
    }
    kept = []
    for fault in reading.faults:
        touched = blocks[fault.place.file]
        block = _block(starts.get(fault.place.file, []), fault.place.line)
        if fault.severity == "error" or touched is None or block in touched:
            kept.append(fault)
    return kept


def _starts(reading: Reading) -> dict[str, list[int]]:
    """First lines of the entries of every file."""
    starts: dict[str, list[int]] = {}
    parts = reading.book.parts
    placed: list[Placed[Any] | RuleEntry] = [
        *parts.rules,
        *parts.suppressions,
        *parts.tests,
        *parts.areas.values(),
        *parts.channels.values(),
        *parts.contacts.values(),
    ]
    for part in placed:
        starts.setdefault(part.document.file, []).append(part.place().line)
    return {name: sorted(lines) for name, lines in starts.items()}


def _block(starts: list[int], line: int) -> int:
    """Number of the entry that a line belongs to; 0 before the first."""
    return bisect_right(starts, line)


def _lines(directory: Path, name: str, since: str) -> set[int] | None:
    """Changed lines of a file as it is now; None for a file that git did not have then."""
    if not _git(directory, "ls-tree", "--name-only", since, "--", name).strip():
        return None
    diff = _git(directory, "diff", "--unified=0", "--no-color", "--no-ext-diff", since, "--", name)
    found: set[int] = set()
    for match in _HUNK.finditer(diff):
        first, count = int(match[1]), int(match[2] or 1)
        # Where lines were only removed the entry around the gap changed.
        found.update(range(first, first + max(count, 1)))
    return found


def _git(directory: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), *arguments],
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
        )
    except OSError as error:
        raise ConfigError(f"--changed needs git, which cannot be run: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.strip().splitlines()
        reason = said[0] if said else f"git ended with {done.returncode}"
        raise ConfigError(f"--changed: {reason}; name a commit or branch, inside a git checkout")
    return done.stdout
