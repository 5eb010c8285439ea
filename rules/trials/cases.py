"""Runs the tests of a rule book, one after the other, each on a stage of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy

from rules.heat_alert import Block
from rules.language.book import HeatEntry, RuleBook
from rules.language.calendar import Calendar
from rules.language.checks.subject import calendar_of
from rules.language.checks.unused import NOT_RUN
from rules.language.parts import Placed, RuleEntry
from rules.language.schema.cases import Expectation, TestCase
from rules.language.schema.coverage import CoverageRule
from rules.language.schema.names import duration_ms
from rules.notify.router import Router
from rules.trials.judging import unmet
from rules.trials.patrols import patrols
from rules.trials.report import CaseResult, Failing, TrialReport
from rules.trials.stage import Refused, Stage
from rules.trials.timeline import Happening, Unable, happenings, past, span_ms
from rules.trials.told import line
from rules.trials.why_heat import HeatReason, Witnessed, heat_reason
from streams.areas import AreaTree
from streams.clock import TICK_MS
from streams.intake import Matcher
from streams.records import Alert

__all__ = ["Ran", "run_case", "run_tests"]

Ran = Callable[[Placed[TestCase], CaseResult, Sequence[Alert]], None]
"""Is told of every test that was run, with the alerts there were."""


def run_tests(
    book: RuleBook,
    areas: AreaTree,
    matcher: Matcher,
    *,
    only: Iterable[str] = (),
    ran: Ran | None = None,
) -> TrialReport:
    """Every test of the book through the real intake and watch.

    only: ids of rules, if not all tests are wanted. ran: told of each test as it ends.
    """
    wanted = set(only)
    calendar = calendar_of(book.parts)
    results = []
    for placed in book.parts.tests:
        if wanted and placed.value.rule not in wanted:
            continue
        result, alerts = run_case(placed, book, areas, matcher, calendar)
        results.append(result)
        if ran is not None:
            ran(placed, result, alerts)
    return TrialReport(results)


def run_case(
    placed: Placed[TestCase],
    book: RuleBook,
    areas: AreaTree,
    matcher: Matcher,
    calendar: Calendar,
) -> tuple[CaseResult, list[Alert]]:
    """One test: its outcome, and the alerts from its start on; for heat those of its rule alone."""
    try:
        entry = _runnable(placed.value, book)
        stage = Stage(_about(entry, book), areas, matcher)
        return _Trial(placed, entry, book, calendar).run(stage)
    except Unable as reason:
        return _result(placed, "not_run", why=str(reason)), []


def _runnable(case: TestCase, book: RuleBook) -> RuleEntry:
    """The test's rule. Raises Unable for what this version does not run."""
    entry = next((e for e in book.parts.rules if e.rule.id == case.rule), None)
    if entry is None:
        raise Unable(f"the rule book has no rule {case.rule}")
    if entry.kind in NOT_RUN:
        raise Unable(f"rules of kind {entry.kind} are not run by this version")
    if entry.kind != "coverage" and (case.given.firing or case.given.units):
        raise Unable("alerts and units are given to tests of coverage rules alone")
    if entry.kind != "coverage" and any(event.unit is not None for event in case.events):
        raise Unable("events of units are run in tests of coverage rules alone")
    heat = {held.rule.id for held in book.heat}
    for given in case.given.firing:
        if given.rule not in heat:
            raise Unable(f"only alerts of heat rules that run can be given, not of {given.rule}")
    if entry.rule.state == "off":
        raise Unable(f"rule {entry.rule.id} is switched off")
    if any(item.held is not None for item in case.expect):
        raise Unable("`held` is not run by this version: no alert waits for a silent source yet")
    return entry


def _about(entry: RuleEntry, book: RuleBook) -> RuleBook:
    """The book with only what can change the alerts of a rule, so that a test costs little.

    Heat rules know nothing of each other; of keyword rules the later one answers to a category;
    a coverage rule asks for the alerts of the heat rules that it names.
    """
    part = copy(book)
    part.coverage = [held for held in book.coverage if held.rule.id == entry.rule.id]
    asked = {entry.rule.id} if not part.coverage else _hot(part.coverage[0].rule)
    part.heat = [held for held in book.heat if held.rule.id in asked]
    part.keyword = [] if part.heat or part.coverage else book.keyword
    return part


def _hot(rule: CoverageRule) -> set[str]:
    """Ids of the heat rules whose alerts it asks for."""
    return {rung.fire.with_ for rung in rule.levels.values() if rung.fire.with_ is not None}


class _Trial:
    """One test under way."""

    def __init__(
        self, placed: Placed[TestCase], entry: RuleEntry, book: RuleBook, calendar: Calendar
    ) -> None:
        self._placed = placed
        self._entry = entry
        self._book = book
        self._calendar = calendar
        self._start = calendar.starts(placed.value.start)
        self._heat = next((h for h in book.heat if h.rule.id == entry.rule.id), None)

    def run(self, stage: Stage) -> tuple[CaseResult, list[Alert]]:
        """The past, then the events, then the clock on to the end; expectations last."""
        case, start = self._placed.value, self._start
        events = happenings(case, start)
        end = start + span_ms(case)
        seen = self._looking_on(stage, end)
        stage.feed(past(case.history, start))
        before = stage.fed
        told = [(event.time_ms, event.raw) for event in events if event.time_ms <= end]
        if self._entry.kind == "coverage":
            for given in case.given.firing:
                stage.watch.suppose(given.rule, given.area)
            # What comes at one moment: marks and fixes first, as they say how things stand.
            told = [*patrols(case, start, end), *told]
            told.sort(key=lambda record: record[0])
        stage.feed(told)
        stage.look(end)
        failures = [self._refused(item, events, before) for item in stage.refused]
        mine = [alert for alert in stage.alerts if alert.rule.id == case.rule]
        for index, item in enumerate(case.expect):
            wrong = unmet(item, mine, start, self._told)
            if wrong is not None:
                reason = self._reason(case.expect[index], seen, mine)
                place = self._placed.place("expect", index)
                failures.append(Failing.at(place, wrong.expected, wrong.got, reason))
        lines = [line(alert, start) for alert in mine]
        lines = [item for item in lines if item.at_ms >= 0]
        status = "failed" if failures else "passed"
        now = [a for a in stage.alerts if line(a, start).at_ms >= 0]
        return _result(self._placed, status, failures=failures, alerts=lines), now

    def _refused(self, refused: Refused, events: Sequence[Happening], before: int) -> Failing:
        """A record that intake did not take as it was: the test is not what it seems."""
        letter, number = refused.letter, refused.number - before
        path: tuple[str | int, ...] = ("history",)
        if self._entry.kind == "coverage":
            path = ("events",)
        elif number >= 0:
            path = ("events", events[number].event)
        got = f"{letter.disposition}: {letter.reason}: {letter.detail}"
        return Failing.at(self._placed.place(*path), "an event that is taken as it is", got)

    def _looking_on(self, stage: Stage, end_ms: int) -> dict[str, Witnessed]:
        """Witnesses of every area in which something happens, where the rule is about heat."""
        if self._heat is None:
            return {}
        areas = dict.fromkeys(e.area for e in self._placed.value.events if e.area is not None)
        seen = {area: Witnessed(area, self._start, end_ms + TICK_MS) for area in areas}

        def witness(entry: HeatEntry, block: Block) -> None:
            for witnessed in seen.values():
                witnessed(entry, block)

        stage.watch.show(witness)
        return seen

    def _reason(
        self, item: Expectation, seen: Mapping[str, Witnessed], alerts: Sequence[Alert]
    ) -> HeatReason | None:
        """What a heat rule saw at the moment of an expectation that does not hold."""
        moment = item.at or item.by
        if self._heat is None or moment is None:
            return None
        areas = [area for area in seen if item.area in {None, area}]
        at_ms = self._start + duration_ms(moment)
        found = [
            heat_reason(self._book, self._heat, area, at_ms, seen[area].seen, alerts)
            for area in areas
        ]
        return max(found, key=lambda reason: reason.count, default=None)

    def _told(self, alert: Alert) -> Sequence[str]:
        """Whom the rule's route tells of a revision at first."""
        rungs = Router(self._book).targets(alert).rungs
        return rungs[0].to if rungs else ()


def _result(placed: Placed[TestCase], status: str, **fields: object) -> CaseResult:
    place = placed.place("name")
    return CaseResult(
        name=placed.value.name,
        rule=placed.value.rule,
        file=place.file,
        line=place.line,
        column=place.column,
        status=status,  # type: ignore[arg-type]  # one of the literals
        **fields,  # type: ignore[arg-type]  # as the struct has them
    )
