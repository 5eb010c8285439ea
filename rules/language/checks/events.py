"""Same events and repeat calls: a time in which a further report can come."""

from __future__ import annotations

from collections.abc import Iterator

from rules.language.checks.subject import Subject
from rules.language.faults import Fault
from rules.language.schema.keyword import KeywordRule
from rules.language.schema.names import duration_ms

__all__ = ["check"]


def check(subject: Subject) -> Iterator[Fault]:
    """Spans of no time: nothing would ever join."""
    for entry in subject.parts.rules:
        rule = entry.rule
        if not isinstance(rule, KeywordRule):
            continue
        spans = {"same_event": rule.same_event, "repeat_call": rule.repeat_call}
        for name, span in spans.items():
            if span is not None and duration_ms(span.within) == 0:
                message = f"`{name}` of rule {rule.id} takes in reports of one moment alone"
                yield Fault(entry.place(name, "within"), "E243", message)
