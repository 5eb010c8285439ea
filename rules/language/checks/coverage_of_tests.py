"""What no test reaches: rules, levels and overrides, in a book that has tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rules.language.checks.subject import Subject
from rules.language.faults import Fault
from rules.language.parts import Placed, RuleEntry
from rules.language.schema.cases import TestCase, TestEvent
from rules.language.schema.common import Override
from rules.language.schema.keyword import KeywordRule
from rules.language.schema.names import duration_ms
from rules.language.when import Subject as Report
from rules.language.when import compile_when

__all__ = ["check"]

_Cases = list[Placed[TestCase]]
_MOST_REPEATS = 1_000


def check(subject: Subject) -> Iterator[Fault]:
    """Judged by what tests name; `rules test --coverage` runs them and knows better."""
    cases: dict[str, _Cases] = defaultdict(list)
    for placed in subject.parts.tests:
        cases[placed.value.rule].append(placed)
    if not cases:
        return
    for entry in subject.parts.rules:
        if entry.rule.state == "off":
            continue
        own = cases.get(entry.rule.id, [])
        if not own:
            yield Fault(entry.place("id"), "W511", f"rule {entry.rule.id} has no test")
            continue
        yield from _levels(entry, own)
        for index, override in enumerate(entry.rule.overrides):
            if not _reached(subject, override, own):
                message = f"override {index + 1} is never reached by a test"
                yield Fault(entry.place("overrides", index), "W510", message)


def _levels(entry: RuleEntry, cases: _Cases) -> Iterator[Fault]:
    if isinstance(entry.rule, KeywordRule):
        return  # their level is the grading's
    expected = {item.level for case in cases for item in case.value.expect}
    for level in entry.rule.levels:
        if level not in expected:
            message = f"no test of {entry.rule.id} expects level {level}"
            yield Fault(entry.key("levels", level), "W512", message)


def _reached(subject: Subject, override: Override, cases: _Cases) -> bool:
    """Whether some event of some test meets the condition."""
    try:
        condition = compile_when(override.when, subject.calendar, until=override.until)
    except (ValueError, OverflowError):
        return True  # the condition's own fault is told
    for case in cases:
        try:
            start = subject.calendar.starts(case.value.start)
        except (ValueError, OverflowError):
            return True
        homes = {unit.id: unit.area for unit in case.value.given.units}
        given = [TestEvent(at="0s", area=area) for area in dict.fromkeys(homes.values())]
        for event in (*case.value.events, *given):
            area = event.area or homes.get(event.unit or "", "")
            report = Report(
                path=subject.tree.path(area),
                tags=subject.tree.tags(area),
                source=event.source,
                categories=[event.category] if event.category else [],
            )
            first, step = duration_ms(event.at), duration_ms(event.every)
            for turn in range(min(event.repeat, _MOST_REPEATS)):
                if condition.holds(report, start + first + turn * step):
                    return True
    return False
