"""Which keyword rules of a book answer to a report, at what level, and as what they hold then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from rules.critical.model import DOUBTED, OWN, UNLESS
from rules.divert import divert_of, stays
from rules.language.book import KeywordEntry, RuleBook
from rules.language.calendar import Calendar
from rules.language.checks.subject import calendar_of
from rules.language.messages import AlertText
from rules.language.overrides import merged
from rules.language.parts import Tree
from rules.language.schema.keyword import KeywordRule
from rules.language.schema.names import LEVELS, duration_ms
from rules.language.when import Condition, Subject, compile_when
from rules.language.zone import Zone
from rules.suppression import NOTHING, Standing
from streams.decisions import Divert
from streams.observations import Finding, Span
from streams.records import Level

__all__ = ["Answer", "Case", "Effective", "KeywordRules", "graver"]

_WORDS = frozenset({OWN, DOUBTED, UNLESS})


class Case(Struct, array_like=True):
    """What the conditions of overrides are asked about: one report, as it came in.

    code: its category code. category: the critical category found, `none` without one. unclear:
    whose it is has to be settled.
    """

    area_id: str
    time_ms: int
    code: str
    channel: str | None
    category: str
    unclear: bool = False


class Answer(Struct, frozen=True):
    """One rule's answer to a finding, before overrides.

    category: the critical category it answers to, empty where its own words or an outcome made it.
    lower: by how many levels doubts lower it. review: whether a person has to look first. graded:
    whether the finding's own level speaks of what it answers to. divert: the desk it proposes.
    """

    entry: KeywordEntry
    category: str
    lower: int
    review: bool
    spans: tuple[Span, ...]
    reasons: tuple[str, ...]
    graded: bool = True
    divert: Divert | None = None

    def level(self, graded: Level, least: Level | None) -> Level:
        """The graver of the grade and the rule's least level, lowered by what is in doubt."""
        if least is None and not self.graded:
            least = "III"
        level = graded if least is None else graver(graded, least)
        return LEVELS[min(LEVELS.index(level) + self.lower, len(LEVELS) - 1)]


class Effective(Struct, frozen=True):
    """A rule as it holds for one report: with overrides, which are named, and its text."""

    rule: KeywordRule
    text: AlertText
    overrides: list[str]

    @property
    def confirm(self) -> tuple[int, int] | None:
        """(reports, within in ms) that it takes to be sure; None where one is enough."""
        confirm = self.rule.confirm
        if confirm is None or confirm.reports < 2:  # noqa: PLR2004 - one report is always there
            return None
        return confirm.reports, duration_ms(confirm.within)


class _Compiled:
    """A rule with its overrides' conditions, its words as sets, and its variants made so far."""

    def __init__(self, held: KeywordEntry, book: RuleBook, calendar: Calendar) -> None:
        rule = held.rule
        self.held = held
        self.rule = rule
        self.own = frozenset((*rule.match.any.zh, *rule.match.any.en))
        self.unless = frozenset((*rule.match.unless.zh, *rule.match.unless.en))
        self.conditions: list[Condition] = [
            compile_when(override.when, calendar, until=override.until)
            for override in rule.overrides
        ]
        self.may_confirm = rule.confirm is not None or any(
            key.partition(".")[0] == "confirm"
            for override in rule.overrides
            for key in override.set
        )
        self._tree = book.tree
        self._zone = calendar.zone
        self._variants: dict[tuple[int, ...], Effective] = {}

    def effective(self, case: Case) -> Effective:
        """The rule with the overrides that hold for a report, the later one winning by field."""
        return self._variant(self.hits(case))

    def hits(self, case: Case) -> tuple[int, ...]:
        """Indices of the overrides that hold for a report."""
        if not self.conditions:
            return ()
        subject = _subject(self._tree, case, self.rule.id)
        return tuple(
            index
            for index, condition in enumerate(self.conditions)
            if condition.holds(subject, case.time_ms)
        )

    def _variant(self, hits: tuple[int, ...]) -> Effective:
        if hits not in self._variants:
            overrides = [self.rule.overrides[index] for index in hits]
            rule = self.rule
            if overrides:
                raw = merged(self.held.entry.raw, overrides)
                rule = msgspec.convert(raw, KeywordRule, strict=False)
            zone = Zone(rule.timezone) if rule.timezone else self._zone
            self._variants[hits] = Effective(
                rule,
                AlertText("keyword", rule.message, rule.title, zone.info),
                [f"{index}: {self.rule.overrides[index].because}" for index in hits],
            )
        return self._variants[hits]


class KeywordRules:
    """The keyword rules of one book that run: of several live ones of a category the last answers.

    Rules in shadow answer beside the live ones.
    """

    def __init__(self, book: RuleBook) -> None:
        calendar = calendar_of(book.parts)
        self.bundle = book.bundle
        self._tree = book.tree
        self._silences = book.suppressions
        self._rules = {held.rule.id: _Compiled(held, book, calendar) for held in book.keyword}
        self._by_category: dict[str, list[_Compiled]] = {}
        live: dict[str, _Compiled] = {}
        for compiled in self._rules.values():
            for category in compiled.rule.match.category:
                if compiled.rule.state == "live":
                    live[category] = compiled
                else:
                    self._by_category.setdefault(category, []).append(compiled)
        self._by_outcome: dict[str, list[_Compiled]] = {}
        for compiled in self._rules.values():
            for outcome in compiled.rule.match.outcome:
                self._by_outcome.setdefault(outcome, []).append(compiled)
        self.addresses = [
            (rule_id, compiled.rule.match.address)
            for rule_id, compiled in self._rules.items()
            if compiled.rule.match.address is not None
        ]
        """The rules about addresses, each with what it asks for."""
        for name, compiled in live.items():
            self._by_category.setdefault(name, []).insert(0, compiled)

    def entry(self, rule_id: str) -> KeywordEntry | None:
        """A rule that runs, by its id."""
        compiled = self._rules.get(rule_id)
        return None if compiled is None else compiled.held

    def effective(self, rule_id: str, case: Case) -> Effective:
        """A rule that runs, as it holds for a report."""
        return self._rules[rule_id].effective(case)

    def hits(self, rule_id: str, case: Case) -> tuple[int, ...]:
        """Indices of the overrides of a rule that hold for a report."""
        return self._rules[rule_id].hits(case)

    def may_confirm(self, rule_id: str) -> bool:
        """Whether it may take several reports to be sure, here or elsewhere."""
        return self._rules[rule_id].may_confirm

    def standing(self, rule_id: str, case: Case, words: Sequence[str], time_ms: int) -> Standing:
        """The suppressions that stand for an alert of a rule; words: `Finding.rules`."""
        if not self._silences:
            return NOTHING
        subject = _subject(self._tree, case, rule_id)
        lifeline = self._rules[rule_id].rule.lifeline
        return self._silences.standing(subject, time_ms, lifeline=lifeline, words=words)

    def next_change(self, time_ms: int) -> int | None:
        """First later moment at which `standing` may change."""
        return self._silences.next_change(time_ms)

    def answers(self, finding: Finding) -> Iterator[Answer]:
        """What the rules say to a finding: by category, by their own words, then by outcome."""
        by_category = self._by_category.get(finding.category, ()) if _told(finding) else ()
        for compiled in by_category:
            yield _answer(compiled, finding, finding.category)
        done = {compiled.rule.id for compiled in by_category}
        for rule_id in finding.rules:
            own = self._rules.get(rule_id)
            if own is not None and rule_id not in done and _words(own, finding, OWN, DOUBTED):
                done.add(rule_id)
                if not stays(own.rule, finding):
                    yield _answer(own, finding, "")
        for compiled in self._by_outcome.get(finding.outcome, ()):
            if compiled.rule.id not in done and _belongs(compiled.rule, finding):
                yield _answer(compiled, finding, "")


def _subject(tree: Tree, case: Case, rule_id: str) -> Subject:
    return Subject(
        path=tree.path(case.area_id),
        tags=tree.tags(case.area_id),
        source=case.channel,
        categories=(case.code, case.category),
        rule=rule_id,
    )


def graver(one: Level, other: Level) -> Level:
    """The graver of two levels; I is the gravest."""
    return min(one, other, key=LEVELS.index)


def _told(finding: Finding) -> bool:
    return finding.tier != "none"


def _belongs(rule: KeywordRule, finding: Finding) -> bool:
    """Whether a report that is not critical is surely enough what a rule asks for."""
    return (
        finding.tier != "critical"
        and finding.confidence >= rule.match.sure
        and not stays(rule, finding)
    )


def _answer(compiled: _Compiled, finding: Finding, category: str) -> Answer:
    """`unless` never drops a report; it lowers by a level, and so does a cue that doubts it all."""
    firm = bool(_words(compiled, finding, OWN))
    against = _words(compiled, finding, UNLESS)
    outcome = finding.outcome if finding.outcome in compiled.rule.match.outcome else ""
    if outcome and not _belongs(compiled.rule, finding):
        outcome = ""
    doubted = not (category or firm or outcome)
    shown = [span for span in finding.spans if category and span.kind not in _WORDS]
    places = {(span.start, span.end) for span in shown}
    shown += [
        span
        for span in _words(compiled, finding, OWN, DOUBTED)
        if (span.start, span.end) not in places
    ]
    return Answer(
        compiled.held,
        category,
        bool(against) + doubted,
        bool(against) or doubted or (finding.tier == "review" and not (firm or outcome)),
        tuple(shown),
        (
            *finding.reasons,
            *([f"outcome:{outcome}"] if outcome else ()),
            *dict.fromkeys(f"unless:{span.term}" for span in against),
        ),
        bool(category or outcome),
        divert_of(compiled.rule, finding),
    )


def _words(compiled: _Compiled, finding: Finding, *kinds: str) -> Sequence[Span]:
    """The words of these kinds in a finding that the rule has as it stands in this book."""
    known = compiled.unless if UNLESS in kinds else compiled.own
    rule_id = compiled.rule.id
    return [
        span
        for span in finding.spans
        if span.kind in kinds and span.category == rule_id and span.term in known
    ]
