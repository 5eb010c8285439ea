"""The error tree: what can go wrong for a person, as sentences with place, cause and remedy.

WatchfloorError
├── ConfigError      a setting or file of this installation is wrong (exit code 2)
├── RuleError        a rule file has faults; every fault is listed with its place (exit code 2)
├── SourceError      an input file or feed cannot be read at all (exit code 2)
└── BrokerError      the broker cannot be reached or refuses (exit code 2)

Bad *data* is never an exception: it becomes a `DeadLetter` value and the stream goes on.
"""

from __future__ import annotations

__all__ = ["BrokerError", "ConfigError", "RuleError", "SourceError", "WatchfloorError"]


class WatchfloorError(Exception):
    """Base of every error that is shown to a person as one sentence instead of a traceback."""


class ConfigError(WatchfloorError):
    """A setting, an area file or a mapping of this installation is wrong."""


class RuleError(WatchfloorError):
    """A rule file has faults. The message lists all of them, one a line, each with its place."""


class SourceError(WatchfloorError):
    """An input file or feed cannot be read at all."""


class BrokerError(WatchfloorError):
    """The broker cannot be reached, or refuses what was asked."""
