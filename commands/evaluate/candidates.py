"""Which detectors are evaluated: every registered one, and baselines of a rule book."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import click
import msgspec
from msgspec import Struct

from commands.evaluate.report import Options
from detectors import Detector, DetectorConfig
from rules.language.loader import read_rules
from streams.errors import ConfigError, RuleError

__all__ = ["Candidate", "candidates"]


class Candidate(Struct, frozen=True):
    """A detector with its parameters, under the name that it has in the report."""

    name: str
    config: Any

    @property
    def slow(self) -> bool:
        """It says of itself that it is too slow for all areas."""
        return bool(getattr(self.config, "slow", False))

    @property
    def standard(self) -> bool:
        """Its score is in standard deviations."""
        return bool(getattr(self.config, "standard_score", False))

    def make(self, options: Options) -> Detector:
        """A detector that has learned nothing yet."""
        detector: Detector = self.config.create(
            window_ticks=options.window // options.every, ticks_per_hour=60 // options.every
        )
        return detector


def candidates(
    names: Sequence[str], rules: str | None, options: Options, zone: str
) -> tuple[list[Candidate], dict[str, str]]:
    """Those to evaluate, and why others cannot be.

    names: which of the registered ones (none: all). rules: a rule directory, whose heat rules'
    baselines are evaluated too. zone: of the week, for those that know of one. Raises
    click.UsageError for an unknown name, RuleError for rules with faults.
    """
    registered: dict[str, Any] = {_model(kind): kind for kind in get_args(DetectorConfig)}
    unknown = [name for name in names if name not in registered]
    if unknown:
        raise click.UsageError(
            f"--detector {unknown[0]}: there is no such detector; choose from "
            f"{', '.join(registered)}"
        )
    found, left_out = [], {}
    for name in names or registered:
        try:
            candidate = Candidate(name, _local(registered[name](), zone))
            candidate.make(options)
        except (ImportError, ConfigError) as error:
            left_out[name] = str(error)
        else:
            found.append(candidate)
    if rules is not None:
        found += _of_rules(Path(rules), options)
    return found, left_out


def _model(kind: Any) -> str:
    return str(kind.__struct_config__.tag)


def _local(config: Any, zone: str) -> Any:
    """Parameters in the time zone of the data, where the detector knows of one."""
    knows = "time_zone" in config.__struct_fields__
    return msgspec.structs.replace(config, time_zone=zone) if knows else config


def _of_rules(directory: Path, options: Options) -> list[Candidate]:
    """The baselines of heat rules, one each of equal parameters, named by rule."""
    reading = read_rules(directory)
    if reading.errors:
        raise RuleError("\n".join(str(fault) for fault in reading.errors))
    found: dict[bytes, Candidate] = {}
    for entry in reading.book.heat:
        config = entry.rule.baseline
        candidate = Candidate(f"{_model(type(config))} ({entry.rule.id})", config)
        candidate.make(options)
        found.setdefault(msgspec.json.encode(config), candidate)
    return list(found.values())
