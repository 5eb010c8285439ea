"""What is checked but not acted on by this version: told, never silently ignored."""

from __future__ import annotations

from collections.abc import Iterator

from rules.language.checks.subject import Subject
from rules.language.faults import Fault
from rules.language.parts import RuleEntry

__all__ = ["NOT_ACTED_ON", "NOT_RUN", "check"]

NOT_RUN = ("process",)
"""Kinds whose rules are checked in full and not run."""
NOT_ACTED_ON: dict[str, tuple[str, ...]] = {
    "heat": (
        "lateness.future",
        "error_rate",
        "budget.cap",
    ),
}
"""Fields by kind. Whoever makes the engine act on one takes its line out."""


def check(subject: Subject) -> Iterator[Fault]:
    """Fields and kinds that the engine does not run yet."""
    kinds: set[tuple[str, str]] = set()
    for entry in subject.parts.rules:
        if entry.kind in NOT_RUN:
            if (entry.document.file, entry.kind) not in kinds:
                kinds.add((entry.document.file, entry.kind))
                message = f"rules of kind {entry.kind} are checked, not run by this version"
                yield Fault(entry.document.place(("kind",)), "W602", message)
            continue
        yield from _fields(entry)


def _fields(entry: RuleEntry) -> Iterator[Fault]:
    for name in NOT_ACTED_ON.get(entry.kind, ()):
        for path in _paths(entry.raw, name.split(".")):
            message = f'"{".".join(path)}" is checked, not yet acted on by this version'
            yield Fault(entry.key(*path), "W601", message)
    for index, override in enumerate(entry.rule.overrides):
        for key in override.set:
            if any(_lies_under(key, name) for name in NOT_ACTED_ON.get(entry.kind, ())):
                message = f'"{key}" is checked, not yet acted on by this version'
                yield Fault(entry.key("overrides", index, "set", key), "W601", message)


def _lies_under(key: str, name: str) -> bool:
    """Whether a dotted field is one of those named, or lies under it; `*` is any one name."""
    steps = name.split(".")
    return all(
        step in {"*", given} for step, given in zip(steps, key.split("."), strict=False)
    ) and len(key.split(".")) >= len(steps)


def _paths(raw: object, steps: list[str]) -> Iterator[tuple[str, ...]]:
    if not steps:
        yield ()
        return
    if not isinstance(raw, dict):
        return
    for key in list(raw) if steps[0] == "*" else [steps[0]]:
        if key in raw:
            yield from ((key, *rest) for rest in _paths(raw[key], steps[1:]))
