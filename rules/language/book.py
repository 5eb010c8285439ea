"""The rule book: the rules in force as the engine asks for them, by category and by area."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from rules.language.overrides import holds_in, merged, origin, static
from rules.language.parts import Parts, RuleEntry, Tree
from rules.language.schema.heat import HeatRule
from rules.language.schema.keyword import KeywordRule
from streams.areas import AreaTree
from streams.records import Level

__all__ = ["EffectiveHeat", "HeatEntry", "KeywordEntry", "RuleBook", "book_of"]


class KeywordEntry(Struct, frozen=True):
    """A keyword rule, the hash of its content, and where it stands."""

    rule: KeywordRule
    hash: str
    entry: RuleEntry


class EffectiveHeat(Struct, frozen=True):
    """A heat rule as it holds in one area: merged values, and where each threshold comes from."""

    rule: HeatRule
    places: dict[tuple[Level, str, str], str]
    overrides: list[str]


class HeatEntry:
    """A heat rule with its overrides; `effective` merges them for an area."""

    def __init__(self, entry: RuleEntry, rule: HeatRule, tree: Tree) -> None:
        self.rule = rule
        self.hash = entry.hash
        self._entry = entry
        self._tree = tree
        self._merged: dict[tuple[int, ...], EffectiveHeat] = {}

    def effective(self, area_id: str) -> EffectiveHeat:
        """The rule in this area at all times: overrides by area and tag, the later one winning."""
        hits = tuple(
            index
            for index, override in enumerate(self.rule.overrides)
            if static(override.when)
            and override.until is None
            and holds_in(override.when, area_id, self._tree)
        )
        return self.with_overrides(hits)

    def with_overrides(self, hits: Sequence[int]) -> EffectiveHeat:
        """The rule with the overrides of these indices applied, in order."""
        key = tuple(hits)
        if key not in self._merged:
            self._merged[key] = self._merge(key)
        return self._merged[key]

    def _merge(self, hits: tuple[int, ...]) -> EffectiveHeat:
        overrides = [self.rule.overrides[index] for index in hits]
        rule = msgspec.convert(merged(self._entry.raw, overrides), HeatRule, strict=False)
        places = {
            (level, side, unit): str(origin(self._entry, hits, ("levels", level, side, unit)))
            for level, rung in rule.levels.items()
            for side, limit in (("fire", rung.fire), ("clear", rung.clear))
            for unit in ("count", "ratio", "score")
            if getattr(limit, unit) is not None
        }
        names = [f"{i}: {self.rule.overrides[i].because}" for i in hits]
        return EffectiveHeat(rule, places, names)


class RuleBook:
    """All rules in force. `bundle` is one hash over all files, the same on every machine.

    keyword, heat: the rules that this engine runs, in the order of the files. parts: all that
    the files hold, also what is in shadow, switched off, or of a kind that is not run yet.
    """

    def __init__(
        self,
        keyword: list[KeywordEntry],
        heat: list[HeatEntry],
        bundle: str,
        parts: Parts | None = None,
        tree: Tree | None = None,
    ) -> None:
        self.keyword = keyword
        self.heat = heat
        self.bundle = bundle
        self.parts = parts or Parts()
        self.tree = tree or Tree({}, AreaTree())


def book_of(parts: Parts, tree: Tree, bundle: str) -> RuleBook:
    """The book of parts without faults."""
    live = [entry for entry in parts.rules if entry.rule.state == "live"]
    run = [entry for entry in parts.rules if entry.rule.state != "off"]
    return RuleBook(
        [KeywordEntry(e.rule, e.hash, e) for e in run if isinstance(e.rule, KeywordRule)],
        [HeatEntry(e, e.rule, tree) for e in live if isinstance(e.rule, HeatRule)],
        bundle,
        parts,
        tree,
    )
