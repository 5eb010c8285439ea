"""Which parts of a rule book its tests exercise: rules, levels, overrides, suppressions, words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from rules.critical.fold import Folder
from rules.language.book import RuleBook
from rules.language.checks.subject import calendar_of
from rules.language.checks.unused import NOT_RUN
from rules.language.parts import Placed, RuleEntry
from rules.language.schema.cases import TestCase, TestEvent
from rules.language.schema.common import Override, Suppression, listed
from rules.language.schema.keyword import KeywordRule
from rules.language.when import Condition, Subject, compile_when
from rules.trials.report import CaseResult
from rules.trials.timeline import moments_of
from streams.records import Alert
from streams.yaml_nodes import Place

__all__ = ["Coverage", "Item", "Watched"]

Kind = Literal["rule", "level", "override", "suppression", "word"]


class Item(Struct, frozen=True):
    """One part of the rule book, where it stands, and whether some test exercises it."""

    kind: Kind
    rule: str
    name: str
    file: str
    line: int
    column: int
    tested: bool


class Coverage(Struct, frozen=True):
    """All parts, in the order of the files."""

    items: list[Item]
    percent: float

    @property
    def untested(self) -> Sequence[Item]:
        """The parts that no test exercises."""
        return [item for item in self.items if not item.tested]


class Watched:
    """Looks on while tests run, and says afterwards what they exercised.

    A level is exercised when an alert of it was raised, an override when it held for an alert or
    for an event of a test of its rule, a suppression the same of any test, a word when an event's
    text holds it. What is switched off, or of a kind that is not run, does not count.

    only: ids of rules, if not all are meant; suppressions are then left out.
    """

    def __init__(self, book: RuleBook, only: Iterable[str] = ()) -> None:
        wanted = set(only)
        self._only_rules = bool(wanted)
        self._book = book
        self._calendar = calendar_of(book.parts)
        self._folder = Folder()
        self._done: set[tuple[Kind, str, str]] = set()
        self._rules = [
            entry
            for entry in book.parts.rules
            if entry.kind not in NOT_RUN
            and entry.rule.state != "off"
            and (not wanted or entry.rule.id in wanted)
        ]
        self._by_id = {entry.rule.id: entry for entry in self._rules}

    def ran(self, placed: Placed[TestCase], result: CaseResult, alerts: Sequence[Alert]) -> None:
        """Take in one test with all its alerts."""
        entry = self._by_id.get(placed.value.rule)
        if entry is None or result.status == "not_run":
            return
        id_ = entry.rule.id
        self._done.add(("rule", id_, id_))
        for alert in alerts:
            self._done |= {("suppression", "", name) for name in alert.suppressed_by}
            if alert.rule.id == id_:
                self._done.add(("level", id_, alert.level))
                held = (text.partition(":")[0] for text in alert.rule.overrides)
                self._done |= {("override", id_, str(int(index) + 1)) for index in held}
        self._by_events(entry, placed.value)

    def coverage(self) -> Coverage:
        """Every part with what became of it."""
        items = [
            Item(kind, rule, name, *place, tested=(kind, rule, name) in self._done)
            for kind, rule, name, place in self._parts()
        ]
        tested = sum(item.tested for item in items)
        return Coverage(items, round(100 * tested / len(items), 1) if items else 100.0)

    def _parts(self) -> Iterable[tuple[Kind, str, str, Place]]:
        for entry in self._rules:
            rule, id_ = entry.rule, entry.rule.id
            yield "rule", id_, id_, entry.place("id")
            if isinstance(rule, KeywordRule):
                for name, path in _words(rule):
                    yield "word", id_, name, entry.place(*path)
            else:
                for level in rule.levels:
                    yield "level", id_, level, entry.key("levels", level)
            for index in range(len(rule.overrides)):
                yield "override", id_, str(index + 1), entry.place("overrides", index)
        if self._only_rules:
            return
        for placed in self._book.parts.suppressions:
            yield "suppression", "", placed.value.id, placed.place("id")

    def _by_events(self, entry: RuleEntry, case: TestCase) -> None:
        id_ = entry.rule.id
        start = self._calendar.starts(case.start)
        overrides = [(str(n + 1), self._override(o)) for n, o in enumerate(entry.rule.overrides)]
        silences = [(p.value.id, self._silence(p.value)) for p in self._book.parts.suppressions]
        texts = self._folder.words([event.text or "" for event in case.events] or [""])
        for subject, moments in self._moments(case, start, id_):
            for moment in moments:
                self._done |= {
                    ("override", id_, n) for n, when in overrides if when.holds(subject, moment)
                }
                self._done |= {
                    ("suppression", "", n) for n, when in silences if when.holds(subject, moment)
                }
        if isinstance(entry.rule, KeywordRule):
            for name, _ in _words(entry.rule):
                word = self._folder.word(name)
                if any(word in text for text in texts):
                    self._done.add(("word", id_, name))

    def _moments(
        self, case: TestCase, start: int, rule_id: str
    ) -> Iterable[tuple[Subject, Iterable[int]]]:
        """What conditions are asked about: every event, and of units also where they are given."""
        homes = {unit.id: unit.area for unit in case.given.units}
        for event in case.events:
            area = event.area or homes.get(event.unit or "", "")
            yield self._subject(event, area, rule_id), moments_of(event, start)
        for home in dict.fromkeys(homes.values()):
            yield self._subject(TestEvent(at="0s"), home, rule_id), (start,)

    def _subject(self, event: TestEvent, area: str, rule_id: str) -> Subject:
        tree = self._book.tree
        return Subject(
            path=tree.path(area),
            tags=tree.tags(area),
            source=event.source or "phone_110",
            categories=[event.category] if event.category else [],
            rule=rule_id,
            text=event.text or "",
        )

    def _override(self, override: Override) -> Condition:
        return compile_when(override.when, self._calendar, until=override.until)

    def _silence(self, silence: Suppression) -> Condition:
        return compile_when(silence.when, self._calendar, since=silence.from_, until=silence.to)


def _words(rule: KeywordRule) -> Iterable[tuple[str, tuple[str | int, ...]]]:
    """Every word of a rule's own, and where it stands inside of the rule; each once."""
    seen: set[str] = set()
    for field in ("any", "unless"):
        words = getattr(rule.match, field)
        for language in ("zh", "en"):
            for index, word in enumerate(listed(getattr(words, language))):
                if word not in seen:
                    seen.add(word)
                    yield word, ("match", field, language, index)
