"""A coverage rule as it holds somewhere at some time, with the places that its limits come from."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from rules.language.calendar import Calendar
from rules.language.entries import Overridden
from rules.language.messages import AlertText
from rules.language.overrides import merged, origin
from rules.language.parts import RuleEntry, Tree
from rules.language.schema.coverage import CoverageRule
from rules.language.schema.names import duration_ms

__all__ = ["CoverageEntry", "EffectiveCoverage"]

_CONDITIONS = ("free_below", "free_at_least", "gap", "cold")


class EffectiveCoverage(Struct, frozen=True):
    """A coverage rule with overrides, and its text.

    places: where each limit comes from, by level, side and name. overrides: which of them made it
    so.
    """

    rule: CoverageRule
    places: dict[tuple[str, str, str], str]
    overrides: list[str]
    text: AlertText


class CoverageEntry(Overridden):
    """A coverage rule with its overrides: which of them hold where and when, and it with them."""

    def __init__(
        self, entry: RuleEntry, rule: CoverageRule, tree: Tree, calendar: Calendar
    ) -> None:
        super().__init__(entry, rule, tree, calendar)
        self.rule = rule
        self._merged: dict[tuple[int, ...], EffectiveCoverage] = {}

    @property
    def reach_min(self) -> float:
        """Minutes of driving up to which the rule looks, with whatever overrides."""
        rules = [self.with_overrides((index,)).rule for index in range(len(self.rule.overrides))]
        reaches = [rule.supply.reach for rule in (self.rule, *rules)]
        return max((duration_ms(reach) / 60_000 for reach in reaches if reach), default=0.0)

    def with_overrides(self, hits: Sequence[int]) -> EffectiveCoverage:
        """The rule with the overrides of these indices applied, in order."""
        key = tuple(hits)
        if key not in self._merged:
            self._merged[key] = self._merge(key)
        return self._merged[key]

    def _merge(self, hits: tuple[int, ...]) -> EffectiveCoverage:
        rule = self.rule
        if hits:
            overrides = [self.rule.overrides[index] for index in hits]
            rule = msgspec.convert(merged(self._entry.raw, overrides), CoverageRule, strict=False)
        places: dict[tuple[str, str, str], str] = {
            (level, side, name): str(origin(self._entry, hits, ("levels", level, side, name)))
            for level, rung in rule.levels.items()
            for side, limit in (("fire", rung.fire), ("clear", rung.clear))
            for name in _CONDITIONS
            if getattr(limit, name, None) is not None
        }
        if rule.reserve is not None:
            path = ("reserve", "units")
            places["reserve", "units", ""] = str(origin(self._entry, hits, path))
        text = AlertText("coverage", rule.message, rule.title, self._zone.info)
        return EffectiveCoverage(rule, places, self.named(hits), text)
