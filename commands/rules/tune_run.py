"""Runs a tuning: marks to a patch, the history through both books, and whether it may be made."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from commands.alerts.newest import read
from commands.core import Core
from commands.rules.backtest_history import Ran, core_of, open_history
from commands.rules.backtest_run import known_rules
from rules.language.amending import appended
from rules.language.parts import RuleEntry
from rules.language.schema.heat import HeatRule
from rules.language.schema.keyword import KeywordRule
from rules.trials.difference import Change, Run, changes_of
from rules.trials.tuning import Mark, Peaks, Proposal, Verdict, judged, marks_of, proposals
from streams.errors import ConfigError
from streams.observations import Batch
from streams.records import Alert

__all__ = ["Asked", "TuneReport", "run_tune"]


class Asked(Struct, frozen=True, kw_only=True):
    """What was asked on the command line."""

    rule: str
    files: Sequence[str]
    directory: str
    areas: str | None
    format: str
    marks: Sequence[str]
    unless: Sequence[str]
    write: bool
    progress: bool


class TuneReport(Struct, frozen=True, kw_only=True):
    """What was proposed and what it does. patch: a unified diff of the rule's file, `file`.

    false, true: how many alerts were marked so. changes: all alerts that differ, marked or not.
    """

    rule: str
    file: str
    false: int
    true: int
    proposals: list[Proposal]
    patch: str
    verdict: Verdict | None
    changes: list[Change]
    history: Ran | None
    refused: bool = False
    written: bool = False


def run_tune(asked: Asked) -> TuneReport:
    """Raises ConfigError, RuleError and SourceError for what cannot be run."""
    core = core_of(asked.directory, asked.areas)
    known_rules(core.book, [asked.rule])
    entry = next(e for e in core.book.parts.rules if e.rule.id == asked.rule)
    rule = entry.rule
    if not isinstance(rule, (HeatRule, KeywordRule)):
        raise ConfigError(
            f"{asked.rule} is a rule of kind {entry.kind}; heat and keyword are tuned"
        )
    if asked.unless and not isinstance(rule, KeywordRule):
        raise ConfigError(f"--unless is for keyword rules; {asked.rule} is of kind {entry.kind}")
    file = Path(asked.directory) / Path(entry.document.file).name
    marks = marks_of(read(asked.marks).values(), asked.rule)
    before = _Kept(asked, core, "tune, as it is")
    wanted = proposals(rule, marks, before.peaks.observed, before.channels)
    wanted += [_unless(word) for word in asked.unless]
    report = TuneReport(
        rule=asked.rule,
        file=str(file),
        false=sum(not mark.true for mark in marks),
        true=sum(mark.true for mark in marks),
        proposals=wanted,
        patch="",
        verdict=None,
        changes=[],
        history=before.ran,
    )
    return _tried(asked, entry, file, marks, before, report) if wanted else report


def _tried(
    asked: Asked,
    entry: RuleEntry,
    file: Path,
    marks: Sequence[Mark],
    before: _Kept,
    report: TuneReport,
) -> TuneReport:
    old = file.read_text(encoding="utf-8")
    new = old
    for proposal in report.proposals:
        new = appended(new, str(file), [*entry.path, *proposal.path], proposal.item)
    with TemporaryDirectory(prefix="watchfloor-tune-") as folder:
        trial = Path(folder) / "rules"
        shutil.copytree(asked.directory, trial)
        (trial / file.name).write_text(new, encoding="utf-8")
        after = _Kept(asked, core_of(str(trial), asked.areas), "tune, as proposed")
    verdict = judged(marks, before.run.episodes(), after.run.episodes())
    refused = bool(verdict.lost)
    if asked.write and not refused:
        file.write_text(new, encoding="utf-8")
    told = unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{file.name}",
        f"b/{file.name}",
    )  # fmt: skip
    return TuneReport(
        rule=report.rule,
        file=report.file,
        false=report.false,
        true=report.true,
        proposals=report.proposals,
        patch="".join(told),
        verdict=verdict,
        changes=changes_of(before.run, after.run).changes,
        history=report.history,
        refused=refused,
        written=asked.write and not refused,
    )


def _unless(word: str) -> Proposal:
    language = "en" if word.isascii() else "zh"
    because = f"asked for: reports with {word} come lower and for review"
    return Proposal(path=["match", "unless", language], item=word, because=because)


class _Kept:
    """One run of the history: alerts of the rule, how much they counted, channels of incidents."""

    def __init__(self, asked: Asked, core: Core, verb: str) -> None:
        self.run = Run()
        self.peaks = Peaks()
        self._rule = asked.rule
        self._channels: dict[str, str] = {}
        history = open_history(asked.files, asked.format, progress=asked.progress, verb=verb)
        if "-" in asked.files:
            raise ConfigError("the history is read twice, so that it cannot be standard input")
        self.ran = history.run(core, self._add, look=self._look)

    @property
    def channels(self) -> Mapping[str, str]:
        """By which the incidents with a finding came in."""
        return self._channels

    def _add(self, alerts: Sequence[Alert]) -> None:
        mine = [alert for alert in alerts if alert.rule.id == self._rule]
        self.run.add(mine)
        self.peaks.add(mine)

    def _look(self, batch: Batch) -> None:
        for row, channel in batch.channels.items():
            self._channels.setdefault(batch.ids[row], channel)
