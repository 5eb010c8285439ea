"""Rules that would wait longer for late records than the installation's intake does."""

from __future__ import annotations

from collections.abc import Iterator

from rules.language.checks.subject import Subject
from rules.language.faults import Fault
from rules.language.schema.heat import HeatRule
from rules.language.schema.names import duration_ms

__all__ = ["check"]


def check(subject: Subject) -> Iterator[Fault]:
    """Where it is known what the intake allows: a minute closes for all rules at once."""
    if subject.lateness_ms is None:
        return
    for entry in subject.parts.rules:
        lateness = entry.rule.lateness if isinstance(entry.rule, HeatRule) else None
        if lateness is None or lateness.allow is None:
            continue
        if duration_ms(lateness.allow) > subject.lateness_ms:
            message = (
                f"allows records to come {lateness.allow} late, but intake takes them for late "
                f"after {subject.lateness_ms // 1000}s"
            )
            hint = "raise WATCHFLOOR_LATENESS (seconds), or let later ones revise"
            yield Fault(entry.place("lateness", "allow"), "W209", message, hint)
