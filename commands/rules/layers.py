"""The rule directory that a verb is told of, and the lexicon in it."""

from __future__ import annotations

from pathlib import Path

from rules.critical.loader import layers_of
from streams.errors import ConfigError

__all__ = ["own_layers", "own_lexicon"]


def own_layers(rules: str | None) -> list[Path]:
    """The lexicon folder of a rule directory, if it has one. Raises ConfigError without `rules`."""
    return layers_of(_directory(rules) if rules else None)


def own_lexicon(rules: str | None) -> list[Path]:
    """The same, for verbs about the lexicon itself: a directory without any is a mistake."""
    layers = own_layers(rules)
    if rules and not layers:
        raise ConfigError(
            f"{rules}: no folder `lexicon` here; name the rule directory that has one, or leave "
            "the directory out for the shipped lexicon alone"
        )
    return layers


def _directory(rules: str) -> Path:
    directory = Path(rules)
    if not directory.is_dir():
        reason = "not a directory" if directory.exists() else "no such directory"
        raise ConfigError(f"{rules}: {reason}; name a directory of rules")
    return directory
