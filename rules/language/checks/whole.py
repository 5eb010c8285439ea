"""Rules that judge a whole city, where the log is cut into parts that hold a county each."""

from __future__ import annotations

from collections.abc import Iterator

from rules.language.checks.subject import Subject
from rules.language.faults import Fault
from rules.language.parts import Parts
from rules.language.schema.heat import HeatRule

__all__ = ["check", "judged_in_parts"]


def check(subject: Subject) -> Iterator[Fault]:
    """Where it is known how many partitions the log of this installation has."""
    if subject.partitions is not None:
        yield from judged_in_parts(subject.parts, subject.partitions)


def judged_in_parts(parts: Parts, partitions: int) -> Iterator[Fault]:
    """Rules by city or province, where no partition of the log holds a whole city.

    A partition holds whole commands (counties): such a rule would see a part of its area only,
    and say so of the whole.
    """
    for entry in parts.rules if partitions > 1 else ():
        rule = entry.rule
        if isinstance(rule, HeatRule) and rule.state != "off" and rule.by in {"city", "province"}:
            message = (
                f"{rule.id} judges a whole {rule.by}, but the log has {partitions} partitions, "
                "each with some counties of it: no worker runs it"
            )
            hint = "set WATCHFLOOR_PARTITIONS to 1 (with new topics), or judge by county"
            yield Fault(entry.place("by"), "W204", message, hint)
