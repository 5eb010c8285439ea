"""Tests of rules and their coverage as text, with places that editors turn into links."""

from __future__ import annotations

from collections.abc import Iterator

from commands.rules.why_text import OUTCOMES, heat_limits
from rules.trials.coverage import Coverage, Item
from rules.trials.report import CaseResult, TrialReport
from rules.trials.told import shown

__all__ = ["case_lines", "coverage_lines", "report_lines"]

_MOST_ALERTS = 20
_SAID = {"held", "capped", "waiting", "unjudged"}
"""What became of a heat alert, where its limits alone do not tell."""
_WORDS = {
    "rule": "rule {name} has no test that was run",
    "level": "level {name} of {rule} is raised by no test",
    "override": "override {name} of {rule} holds in no test",
    "suppression": "suppression {name} holds in no test",
    "word": 'the word "{name}" of {rule} is in no test',
}


def report_lines(report: TrialReport) -> Iterator[str]:
    """What failed and what was not run; tests that passed say nothing."""
    for case in report.cases:
        yield from case_lines(case)


def case_lines(case: CaseResult) -> Iterator[str]:
    """One test: each failure with its place, then the alerts that there were."""
    if case.status == "not_run":
        yield f"{case.file}:{case.line}:{case.column}: not run: {case.name}"
        yield f"    {case.why}"
    for failing in case.failures:
        yield f"{failing.file}:{failing.line}:{failing.column}: error: {case.name}"
        yield f"    expected {failing.expected}; got {failing.got}"
        if failing.reason is not None:
            if failing.reason.outcome in _SAID:
                yield f"    {OUTCOMES[failing.reason.outcome]}"
            yield from (f"    {line}" for line in heat_limits(failing.reason))
    if case.failures:
        yield from _alerts(case)


def coverage_lines(coverage: Coverage) -> Iterator[str]:
    """What no test exercises, one a line, and the share that some does."""
    for item in coverage.untested:
        yield f"{item.file}:{item.line}:{item.column}: untested: {_said(item)}"
    tested = len(coverage.items) - len(coverage.untested)
    yield f"coverage: {coverage.percent:g} % ({tested} of {len(coverage.items)} parts)"


def _said(item: Item) -> str:
    return _WORDS[item.kind].format(name=item.name, rule=item.rule)


def _alerts(case: CaseResult) -> Iterator[str]:
    if not case.alerts:
        yield f"    {case.rule} raised no alert"
        return
    yield f"    the alerts of {case.rule}:"
    for text in shown(case.alerts[:_MOST_ALERTS]):
        yield f"    {text}"
    if len(case.alerts) > _MOST_ALERTS:
        yield f"    and {len(case.alerts) - _MOST_ALERTS} more (all of them: --json)"
