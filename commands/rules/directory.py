"""The rule directory that a verb of the rule language looks at, and the areas beside it."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from rules.language.calendar import Calendar
from rules.language.loader import SHIPPED, Reading, read_rules
from streams.areas import AreaTree, load_areas
from streams.errors import ConfigError
from streams.settings import load_settings

__all__ = ["Asked", "asked", "moment"]


class Asked(Struct, frozen=True):
    """A directory, how places name it, and the installation that its rules are held against.

    partitions: of its log. lateness_ms: how late its intake lets a record be.
    """

    directory: Path
    shown: str | None
    areas: AreaTree
    partitions: int
    lateness_ms: int

    def read(self, now_ms: int | None = None) -> Reading:
        """What the directory holds, with all its faults."""
        return read_rules(
            self.directory,
            shown=self.shown,
            areas=self.areas,
            now_ms=now_ms,
            partitions=self.partitions,
            lateness_ms=self.lateness_ms,
        )


def asked(directory: str | None, areas: str | None = None) -> Asked:
    """What was named, else the settings, else the shipped book. Raises ConfigError."""
    settings = load_settings(os.environ)
    rules, area_file = directory or settings.rules, areas or settings.areas
    tree = load_areas(Path(area_file)) if area_file else AreaTree()
    lateness_ms = round(settings.lateness * 1000)
    if not rules:
        return Asked(SHIPPED, None, tree, settings.partitions, lateness_ms)
    path = Path(rules)
    if not path.is_dir():
        reason = "not a directory" if path.exists() else "no such directory"
        raise ConfigError(f"{rules}: {reason}; name a directory of rules")
    shown = path.as_posix() if path != Path() else ""
    return Asked(path, shown, tree, settings.partitions, lateness_ms)


def moment(text: str, calendar: Calendar) -> int:
    """Instant (ms) of a date or moment on the command line. Raises ConfigError for none."""
    try:
        return calendar.starts(text)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f'"{text}" is no moment; write a date such as 2027-03-01, or 2027-03-01T08:00+08:00'
        ) from error
