"""The rule book: all rule files of a directory, checked in one pass, each value with its place."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from detectors import Fixed
from rules.schema import LEVELS, HeatRule, KeywordRule, Threshold, duration_ms
from streams.clock import TICK_MS
from streams.errors import RuleError
from streams.records import Level
from streams.yaml_nodes import Document, Fault, Path_, Place, convert, read_yaml

__all__ = ["SHIPPED", "EffectiveHeat", "HeatEntry", "KeywordEntry", "RuleBook", "load_book"]

SHIPPED = Path(__file__).parent / "library"
"""The rule book that comes with the engine."""


_OVERRIDABLE = ("levels.", "floor", "for", "keep_firing")
"""Values that may differ by area. What is counted, and over which window, is the rule's shape."""


class KeywordEntry(msgspec.Struct, frozen=True):
    """A keyword rule and the hash of its content."""

    rule: KeywordRule
    hash: str


class EffectiveHeat(msgspec.Struct, frozen=True):
    """A heat rule as it holds in one area: merged values, and where each threshold comes from."""

    rule: HeatRule
    places: dict[tuple[Level, str, str], str]
    overrides: list[str]


class HeatEntry:
    """A heat rule with its overrides; `effective` merges them for an area."""

    def __init__(
        self, rule: HeatRule, raw: dict[str, Any], path: Path_, document: Document
    ) -> None:
        self.rule = rule
        self.hash = _hash(raw)
        self._raw = raw
        self._path = path
        self._document = document
        self._merged: dict[tuple[int, ...], EffectiveHeat] = {}

    def effective(self, area_id: str) -> EffectiveHeat:
        """The rule in this area: every override that matches, in order, the later one winning."""
        hits = tuple(i for i, o in enumerate(self.rule.overrides) if area_id in o.when.area)
        if hits not in self._merged:
            self._merged[hits] = self._merge(hits)
        return self._merged[hits]

    def check(self) -> None:
        """Note a fault for every override that leaves the rule without sense."""
        _check_ladder(self.rule, self._path, self._document)
        for index, override in enumerate(self.rule.overrides):
            before = len(self._document.faults)
            for key in override.set:
                if not key.startswith(_OVERRIDABLE):
                    place = self._document.place((*self._path, "overrides", index, "set", key))
                    message = f'"{key}" cannot be overridden by area (can be: {_names()})'
                    self._document.faults.append(Fault(place, message))
            if len(self._document.faults) > before:
                continue
            merged = self._values((index,))
            rule = convert(self._document, (*self._path, "overrides", index), merged, HeatRule)
            if len(self._document.faults) == before:
                _check_ladder(rule, (*self._path, "overrides", index), self._document)

    def _values(self, hits: tuple[int, ...]) -> dict[str, Any]:
        values = copy.deepcopy(self._raw)
        for index in hits:
            for key, value in self.rule.overrides[index].set.items():
                *parents, last = key.split(".")
                at = values
                for parent in parents:
                    child = at.get(parent)
                    if not isinstance(child, dict):
                        child = at[parent] = {}
                    at = child
                if value is None:
                    at.pop(last, None)
                else:
                    at[last] = copy.deepcopy(value)
        return values

    def _merge(self, hits: tuple[int, ...]) -> EffectiveHeat:
        rule = msgspec.convert(self._values(hits), HeatRule, strict=False)
        places = {
            (level, side, unit): str(self._origin(hits, ("levels", level, side, unit)))
            for level, rung in rule.levels.items()
            for side, limit in (("fire", rung.fire), ("clear", rung.clear))
            for unit in ("count", "ratio")
            if getattr(limit, unit) is not None
        }
        names = [f"{i}: {rule.overrides[i].because}" for i in hits]
        return EffectiveHeat(rule, places, names)

    def _origin(self, hits: tuple[int, ...], path: tuple[str, ...]) -> Place:
        """Where a value comes from: the last override that set it or a parent, or the rule."""
        for index in reversed(hits):
            for key in self.rule.overrides[index].set:
                steps = tuple(key.split("."))
                if path[: len(steps)] == steps:
                    at = (*self._path, "overrides", index, "set", key, *path[len(steps) :])
                    return self._document.place(at)
        return self._document.place((*self._path, *path))


class RuleBook:
    """All rules in force. `bundle` is one hash over all files, the same on every machine."""

    def __init__(self, keyword: list[KeywordEntry], heat: list[HeatEntry], bundle: str) -> None:
        self.keyword = keyword
        self.heat = heat
        self.bundle = bundle
        self._by_category: dict[str, KeywordEntry] = {
            c: entry for entry in keyword for c in entry.rule.match.category
        }

    def for_category(self, category: str) -> KeywordEntry | None:
        """The keyword rule that answers to a critical category; the later rule wins."""
        return self._by_category.get(category)


def load_book(directory: Path = SHIPPED) -> RuleBook:
    """Every `*.yaml` directly in `directory`. Raises RuleError listing all faults of all files."""
    files = sorted(directory.glob("*.yaml"))
    if not files:
        msg = f"{directory.as_posix()}: no rule files (*.yaml) here; name a directory that has some"
        raise RuleError(msg)
    loader = _Loader()
    digest = hashlib.sha256()
    for file in files:
        # Names are relative: an alert must not tell which machine the rule book lies on.
        name = f"{directory.name}/{file.name}"
        digest.update(f"{file.name}\0".encode())
        document = read_yaml(file, name="rules/" + name if directory == SHIPPED else name)
        if document.value is not None:
            digest.update(_hash(document.value).encode())
        loader.add(document)
    if loader.faults:
        raise RuleError("\n".join(str(f) for f in sorted(loader.faults)))
    return RuleBook(loader.keyword, loader.heat, f"sha256:{digest.hexdigest()[:16]}")


class _Loader:
    """Collects the rules of many files, and every fault in them."""

    def __init__(self) -> None:
        self.keyword: list[KeywordEntry] = []
        self.heat: list[HeatEntry] = []
        self.faults: list[Fault] = []
        self._ids: dict[str, Place] = {}

    def add(self, document: Document) -> None:
        if not document.faults:
            self._add_rules(document)
        self.faults += document.faults

    def _add_rules(self, document: Document) -> None:
        head = document.value if isinstance(document.value, dict) else {}
        kind = head.get("kind")
        for key in head:
            if key not in {"format", "kind", "owner", "rules"}:
                self._fault(
                    document, (key,), f'unknown key "{key}" (known: format, kind, owner, rules)'
                )
        if head.get("format") != "1":
            self._fault(document, ("format",), "a rule file begins with `format: 1`")
        if kind not in {"keyword", "heat"}:
            self._fault(document, ("kind",), f'unknown kind "{kind}" (known: heat, keyword)')
            return
        rules = head.get("rules")
        if not isinstance(rules, list) or not rules:
            self._fault(document, ("rules",), "`rules:` must be a list with at least one rule")
            return
        for index, raw in enumerate(rules):
            self._add_rule(document, kind, ("rules", index), raw)

    def _add_rule(self, document: Document, kind: str, path: Path_, raw: Any) -> None:
        before = len(document.faults)
        rule = convert(document, path, raw, KeywordRule if kind == "keyword" else HeatRule)
        if len(document.faults) > before:
            return
        place = document.place((*path, "id"))
        if rule.id in self._ids:
            self._fault(
                document, (*path, "id"), f'rule id "{rule.id}" already used at {self._ids[rule.id]}'
            )
            return
        self._ids[rule.id] = place
        if kind == "keyword":
            self.keyword.append(KeywordEntry(rule, _hash(raw)))
            return
        entry = HeatEntry(rule, raw, path, document)
        entry.check()
        self.heat.append(entry)

    def _fault(self, document: Document, path: Path_, message: str) -> None:
        document.faults.append(Fault(document.place(path), message))


def _check_ladder(rule: HeatRule, path: Path_, document: Document) -> None:
    """Windows in whole minutes; every rung has sense; a graver one is never easier to reach."""

    def fault(message: str, *steps: str) -> None:
        document.faults.append(Fault(document.place((*path, *steps)), message))

    for name in ("size", "every"):
        length = duration_ms(getattr(rule.window, name))
        if length % TICK_MS or not length:
            fault(f"window {name} must be whole minutes, at least one", "window", name)
    lesser = Threshold()
    for level in reversed(LEVELS):
        if level in rule.levels:
            _check_rung(rule, level, lesser, fault)
            lesser = rule.levels[level].fire


def _check_rung(
    rule: HeatRule, level: Level, lesser: Threshold, fault: Callable[..., None]
) -> None:
    rung = rule.levels[level]
    for side, limit in (("fires", rung.fire), ("clears", rung.clear)):
        if limit.count is None and limit.ratio is None:
            fault(f"level {level} never says when it {side}: give count or ratio", "levels", level)
    if rung.fire.ratio is not None and isinstance(rule.baseline, Fixed):
        message = f"level {level} uses a ratio, but the fixed baseline expects nothing"
        fault(message, "levels", level, "fire", "ratio")
    for unit in ("count", "ratio"):
        fire, clear = getattr(rung.fire, unit), getattr(rung.clear, unit)
        if clear is not None and (fire is None or clear >= fire):
            message = (
                f"level {level} fires at {unit} {fire} but clears at {clear}; clear below fire"
            )
            fault(message, "levels", level, "clear", unit)
        if (getattr(lesser, unit) or 0) > (fire or 0):
            fault(f"level {level} is easier to reach by {unit} than a lesser one", "levels", level)


def _names() -> str:
    return ", ".join(name.rstrip(".") for name in _OVERRIDABLE)


def _hash(content: Any) -> str:
    encoded = msgspec.json.encode(content, order="deterministic")
    return f"sha256:{hashlib.sha256(encoded).hexdigest()[:16]}"
