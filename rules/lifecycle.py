"""The lifecycle of an alert as one table, the same for every kind: what follows which status."""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["REASONS", "TABLE", "Event", "Status", "ended", "follows"]

Status = Literal["pending", "firing", "resolved", "withdrawn"]
Event = Literal["fires", "changes", "clears", "recalled"]

TABLE: Final[dict[tuple[Status, Event], Status]] = {
    ("pending", "fires"): "firing",
    ("firing", "changes"): "firing",
    ("firing", "clears"): "resolved",
    ("firing", "recalled"): "withdrawn",
    ("resolved", "fires"): "firing",
    ("withdrawn", "fires"): "firing",
}
"""All that can happen. Pending is what nobody was told of: it waits, or something holds it back,
and it ends in silence. What is over begins anew only for something graver, under the same id."""

REASONS: Final[dict[str, Event]] = {
    "cleared": "clears",
    "closed": "clears",
    "diverted": "clears",
    "rule_changed": "clears",
    "rule_removed": "clears",
    "cancelled": "recalled",
    "reclassified": "recalled",
}
"""Why an alert ends, by its `close_reason`."""


def ended(reason: str | None) -> Status:
    """The status of what fired until now; still firing where there is no reason to end."""
    return TABLE["firing", "changes" if reason is None else REASONS[reason]]


def follows(before: Status, after: Status) -> bool:
    """Whether a revision with one status may come after one with another."""
    return any(row[0] == before and to == after for row, to in TABLE.items())
