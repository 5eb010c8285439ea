"""Messages: templates that can be read, and names that alerts of the kind have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from rules.language.checks.subject import Subject, hint
from rules.language.faults import Fault
from rules.language.message_names import Kind
from rules.language.messages import problems
from rules.language.overrides import allowed, merged, origin
from rules.language.parts import RuleEntry
from rules.language.problem import Problem
from rules.language.schema.common import Message
from rules.language.typed import typed
from streams.yaml_nodes import Place, lines_of

__all__ = ["check"]

_CODES = {
    "message.template": "E410",
    "message.name": "E412",
    "message.fails": "E413",
    "message.empty": "E414",
    "message.long": "E415",
}


def check(subject: Subject) -> Iterator[Fault]:
    """The messages of all rules; a fault is shown at the name that is wrong."""
    for entry in subject.parts.rules:
        for hits, message in _messages(entry):
            for problem in problems(message, cast("Kind", entry.kind)):
                place = _within(entry, hits, problem)
                yield Fault(place, _CODES[problem.name], problem.message, hint(problem.suggestion))


def _messages(entry: RuleEntry) -> Iterator[tuple[tuple[int, ...], Message]]:
    """The rule's own message, and those that overrides set, with the override's index."""
    if entry.rule.message is not None:
        yield (), entry.rule.message
    for index, override in enumerate(entry.rule.overrides):
        if any(allowed(key, ["message"]) for key in override.set):
            raw = merged(entry.raw, [override]).get("message")
            message, found = typed(raw, Message)
            if not found:
                yield (index,), message


def _within(entry: RuleEntry, hits: tuple[int, ...], problem: Problem) -> Place:
    """The place of the name that is wrong, where it stands on the first line of the text."""
    place = origin(entry, hits, ("message", *map(str, problem.path)))
    name = problem.message.partition('"')[2].partition('"')[0]
    if problem.name != "message.name" or not name:
        return place
    line = lines_of(entry.document.text)[place.line - 1]
    at = line.find(name, place.column - 1)
    return place if at < 0 else place._replace(column=at + 1)
