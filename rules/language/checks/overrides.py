"""Overrides: fields that may differ, rules that make sense with them, none that never wins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

from rules.language.checks.ladder import remarks
from rules.language.checks.subject import Subject, nearest
from rules.language.faults import Fault
from rules.language.overrides import allowed, merged
from rules.language.parts import RuleEntry, Tree
from rules.language.schema.common import Override, When, listed
from rules.language.schema.heat import HeatRule
from rules.language.schema.names import duration_ms
from rules.language.typed import Mismatch, typed
from streams.yaml_nodes import Place

__all__ = ["check"]

_LEVEL = len(("levels", "III"))
_MOST_PAIRS = 2_000
"""Pairs looked at per rule; beyond it overrides are looked at one by one alone."""


def check(subject: Subject) -> Iterator[Fault]:
    """All overrides of all rules."""
    for entry in subject.parts.rules:
        alone: dict[int, list[Fault]] = {}
        for index, override in enumerate(entry.rule.overrides):
            found = [*_fields(entry, index, override)] or [*_applied(entry, (index,))]
            found += _unanswered(entry, index, override)
            yield from found
            if not any(fault.severity == "error" for fault in found):
                alone[index] = found
            if subject.now_ms is not None and override.until is not None:
                yield from _ended(subject, entry, index, override.until)
        yield from _never_wins(subject, entry)
        yield from _pairs(subject, entry, alone)


def _fields(entry: RuleEntry, index: int, override: Override) -> Iterator[Fault]:
    names = entry.rule.OVERRIDABLE
    for key in override.set:
        if not allowed(key, names):
            message = f'"{key}" cannot be overridden (can be: {", ".join(names)})'
            root = key.partition(".")[0]
            place = entry.key("overrides", index, "set", key)
            yield Fault(place, "E220", message, "" if root in names else nearest(root, names))


def _unanswered(entry: RuleEntry, index: int, override: Override) -> Iterator[Fault]:
    """Conditions on single reports, which a count of them has no answer to."""
    if not isinstance(entry.rule, HeatRule):
        return
    for name in ("source", "category"):
        if getattr(override.when, name):
            message = f"a heat rule counts all reports together; `{name}` is not known of a count"
            place = entry.key("overrides", index, "when", name)
            yield Fault(place, "E224", message, "name an area, a tag, a time or a day")


def _applied(entry: RuleEntry, hits: Sequence[int]) -> Iterator[Fault]:
    """Faults of the rule with some overrides, those of the rule alone left out."""
    overrides = [entry.rule.overrides[index] for index in hits]
    values = merged(entry.raw, overrides)
    rule, found = typed(values, type(entry.rule), entry.path, entry.document.value)
    with_ = " and ".join(f"override {index + 1}" for index in hits)
    if found:
        for mismatch in found:
            place = _place(entry, hits, mismatch)
            message = f"with {with_}: {mismatch.message}" if len(hits) > 1 else mismatch.message
            yield Fault(place, mismatch.code, message, mismatch.hint)
        return
    before = {(remark.path, remark.code) for remark in remarks(entry.rule)}
    for remark in remarks(rule):
        if (remark.path, remark.code) not in before:
            place = _set_by(entry, hits, remark.path)
            yield Fault(place, remark.code, f"with {with_}: {remark.message}")


def _place(entry: RuleEntry, hits: Sequence[int], mismatch: Mismatch) -> Place:
    inner = tuple(str(step) for step in mismatch.path[len(entry.path) :])
    return _set_by(entry, hits, inner, on_key=mismatch.on_key)


def _set_by(
    entry: RuleEntry, hits: Sequence[int], path: Sequence[str], *, on_key: bool = False
) -> Place:
    """Where the last of some overrides sets a value or a part of it; else the override."""
    best: tuple[int, tuple[str | int, ...]] = (0, ("overrides", hits[-1]))
    for index in reversed(hits):
        for key in entry.rule.overrides[index].set:
            steps = key.split(".")
            common = _common(steps, path)
            least = min(len(steps), len(path))
            # Another side of the same level is what made this one wrong.
            if common > best[0] and (common == least or common >= _LEVEL):
                rest = path[len(steps) :] if common == len(steps) else ()
                best = common, ("overrides", index, "set", key, *rest)
    return entry.key(*best[1]) if on_key else entry.place(*best[1])


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many first steps two paths share."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _ended(subject: Subject, entry: RuleEntry, index: int, until: str) -> Iterator[Fault]:
    try:
        end = subject.calendar.ends(until)
    except (ValueError, OverflowError):
        return  # told where moments are looked at
    now = subject.now_ms or 0
    if end <= now:
        days = (now - end) // duration_ms("1d")
        ago = f"{days} days ago" if days > 1 else "yesterday" if days else "today"
        place = entry.place("overrides", index, "until")
        yield Fault(place, "W330", f"override {index + 1} ended {ago}; remove it")


def _never_wins(subject: Subject, entry: RuleEntry) -> Iterator[Fault]:
    overrides = entry.rule.overrides
    for index, override in enumerate(overrides):
        for later in range(index + 1, len(overrides)):
            other = overrides[later]
            lasts = other.until is None or other.until == override.until
            if not lasts or not _covers(other.when, override.when, subject.tree):
                continue
            if all(any(allowed(key, [k]) for k in other.set) for key in override.set):
                place = entry.place("overrides", later)
                message = (
                    f"override {index + 1} never wins: override {later + 1} "
                    f"({place.line}:{place.column}) sets {', '.join(override.set)} for everything "
                    "it matches"
                )
                yield Fault(entry.place("overrides", index), "W220", message)
                break


def _covers(wide: When, narrow: When, tree: Tree) -> bool:
    """Whether one condition holds wherever another one does, as far as their names tell."""
    for name in wide.__struct_fields__:
        names = listed(getattr(wide, name))
        if not names:
            continue
        inner = listed(getattr(narrow, name))
        if not inner:
            return False
        for one in inner:
            above = tree.path(one) if name == "area" else [one]
            if set(above).isdisjoint(names):
                return False
    return True


def _pairs(subject: Subject, entry: RuleEntry, alone: dict[int, list[Fault]]) -> Iterator[Fault]:
    """Overrides that are each right may be wrong together; only levels depend on each other.

    alone: overrides without errors, and what is told of each by itself.
    """
    overrides = entry.rule.overrides
    levels = [i for i in alone if any(key.startswith("levels") for key in overrides[i].set)]
    for one, two in islice(combinations(levels, 2), _MOST_PAIRS):
        if not _meet(overrides[one].when, overrides[two].when, subject.tree):
            continue
        told = {_said(fault) for index in (one, two) for fault in alone[index]}
        for fault in _applied(entry, (one, two)):
            if _said(fault) not in told:
                code = fault.code if fault.severity == "warning" else "E222"
                yield Fault(fault.place, code, fault.message, fault.hint)


def _said(fault: Fault) -> tuple[str, str]:
    """What it says of the rule, whichever overrides it says it of."""
    return fault.code, fault.message.partition(": ")[2]


def _meet(one: When, two: When, tree: Tree) -> bool:
    """Whether two conditions may hold in the same area; moments are not compared."""
    first, second = listed(one.area), listed(two.area)
    if not first or not second:
        return True
    return any(a in tree.path(b) or b in tree.path(a) for a in first for b in second)
