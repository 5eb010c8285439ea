"""The rule book: the rules in force as the engine asks for them, by category and by area."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import msgspec
from msgspec import Struct

from rules.language.calendar import Calendar
from rules.language.coverage_entry import CoverageEntry
from rules.language.entries import Overridden
from rules.language.messages import AlertText
from rules.language.overrides import merged, origin
from rules.language.parts import Parts, RuleEntry, Tree
from rules.language.schema.coverage import CoverageRule
from rules.language.schema.heat import HeatRule
from rules.language.schema.keyword import KeywordRule
from rules.language.schema.names import duration_ms
from rules.suppression import Suppressions
from streams.areas import AreaTree
from streams.records import Level

__all__ = ["EffectiveHeat", "HeatEntry", "KeywordEntry", "RuleBook", "book_of"]


class KeywordEntry(Struct, frozen=True):
    """A keyword rule, the hash of its content, and where it stands."""

    rule: KeywordRule
    hash: str
    entry: RuleEntry


class EffectiveHeat(Struct, frozen=True):
    """A heat rule as it holds somewhere at some time: its values with overrides, and its text.

    places: where each threshold comes from; budget, strength: where that of the false alarms and
    of the load does. overrides: which of them made it so.
    """

    rule: HeatRule
    places: dict[tuple[Level, str, str], str]
    overrides: list[str]
    text: AlertText
    budget: str | None = None
    strength: str | None = None


class HeatEntry(Overridden):
    """A heat rule with its overrides: which of them hold where and when, and the rule with them."""

    def __init__(self, entry: RuleEntry, rule: HeatRule, tree: Tree, calendar: Calendar) -> None:
        super().__init__(entry, rule, tree, calendar, rule.count.category)
        self.rule = rule
        self._merged: dict[tuple[int, ...], EffectiveHeat] = {}

    @cached_property
    def shape(self) -> str:
        """What the rule's state is made of: rules of one shape take it over from each other.

        What is counted, by what, on which side, in which window, against which baseline; levels,
        floor, waiting and texts may differ.
        """
        rule = self.rule
        plain = [
            rule.count.key,
            rule.by,
            rule.side,
            duration_ms(rule.window.size),
            msgspec.to_builtins(rule.baseline),
        ]
        return msgspec.json.encode(plain, order="deterministic").decode()

    @property
    def revises(self) -> bool:
        """Whether late calls correct the windows that are still open."""
        return self.rule.lateness is not None and self.rule.lateness.then == "revise"

    def effective(self, area_id: str, time_ms: int | None = None) -> EffectiveHeat:
        """The rule in an area at a moment; without one, as it holds there at all times."""
        return self.with_overrides(self.holding(area_id, time_ms))

    def with_overrides(self, hits: Sequence[int]) -> EffectiveHeat:
        """The rule with the overrides of these indices applied, in order."""
        key = tuple(hits)
        if key not in self._merged:
            self._merged[key] = self._merge(key)
        return self._merged[key]

    def _merge(self, hits: tuple[int, ...]) -> EffectiveHeat:
        rule = self.rule
        if hits:
            overrides = [self.rule.overrides[index] for index in hits]
            rule = msgspec.convert(merged(self._entry.raw, overrides), HeatRule, strict=False)
        places = {
            (level, side, unit): str(origin(self._entry, hits, ("levels", level, side, unit)))
            for level, rung in rule.levels.items()
            for side, limit in (("fire", rung.fire), ("clear", rung.clear))
            for unit in ("count", "ratio", "score")
            if getattr(limit, unit) is not None
        }
        text = AlertText("heat", rule.message, rule.title, self._zone.info)
        budget = None
        if rule.budget is not None and rule.budget.false is not None:
            budget = str(origin(self._entry, hits, ("budget", "false")))
        strength = None
        if rule.strength is not None:
            strength = str(origin(self._entry, hits, ("strength", "over")))
        return EffectiveHeat(rule, places, self.named(hits), text, budget, strength)


class RuleBook:
    """All rules in force. `bundle` is one hash over all files, the same on every machine.

    keyword, heat, coverage: the rules that this engine runs, live ones and those in shadow, in the
    order of the files. parts: all that they hold, also what is switched off, or of a kind that is
    not run yet.
    """

    def __init__(
        self,
        keyword: list[KeywordEntry],
        heat: list[HeatEntry],
        bundle: str,
        parts: Parts | None = None,
        tree: Tree | None = None,
        calendar: Calendar | None = None,
        coverage: Sequence[CoverageEntry] = (),
    ) -> None:
        self.keyword = keyword
        self.heat = heat
        self.coverage = list(coverage)
        self.bundle = bundle
        self.parts = parts or Parts()
        self.tree = tree or Tree({}, AreaTree())
        self.calendar = calendar or Calendar()

    @cached_property
    def suppressions(self) -> Suppressions:
        """The reviewed silences, compiled when first asked for."""
        return Suppressions.of([s.value for s in self.parts.suppressions], self.calendar)


def book_of(parts: Parts, tree: Tree, bundle: str, calendar: Calendar) -> RuleBook:
    """The book of parts without faults."""
    run = [entry for entry in parts.rules if entry.rule.state != "off"]
    return RuleBook(
        [KeywordEntry(e.rule, e.hash, e) for e in run if isinstance(e.rule, KeywordRule)],
        [HeatEntry(e, e.rule, tree, calendar) for e in run if isinstance(e.rule, HeatRule)],
        bundle,
        parts,
        tree,
        calendar,
        [CoverageEntry(e, e.rule, tree, calendar) for e in run if isinstance(e.rule, CoverageRule)],
    )
