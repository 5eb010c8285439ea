"""What is told of a simulated call after its report: sent, spoken to, arrived, closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from msgspec import structs

from streams.records import Incident, IncidentEvent
from streams.sources.synthetic.dispatching import Service
from streams.sources.synthetic.plan import LOCAL

__all__ = ["follow_up"]

_DELAY_MS: Final = 2000
"""From an event to its record: units and seats tell by a button."""
_FIELDS: Final[dict[IncidentEvent, str]] = {
    "dispatched": "dispatched_at",
    "contact": "contact_at",
    "arrived": "arrived_at",
    "closed": "closed_at",
}


def follow_up(
    incident: Incident, arrived_ms: int, service: Service, end_s: int
) -> Iterator[tuple[int, Incident]]:
    """(arrival in ms, record) of each later event, up to the end of the simulated time.

    arrived_ms: when the report itself arrived; nothing about a call comes before it.
    """
    moments: dict[IncidentEvent, int | None] = {
        "dispatched": service.dispatched_s,
        "contact": service.contact_s,
        "arrived": service.arrived_s,
        "closed": service.closed_s,
    }
    told: dict[str, Any] = {}
    at_ms, rev = arrived_ms, 0
    for event, second in moments.items():
        if second is None or second >= end_s:
            continue
        told[_FIELDS[event]] = datetime.fromtimestamp(second, LOCAL)
        rev += 1
        at_ms = max(at_ms + 1, second * 1000 + _DELAY_MS)
        ingest = datetime.fromtimestamp(at_ms / 1000, LOCAL)
        record = structs.replace(
            incident,
            rev=rev,
            event=event,
            text="",
            ingest_at=ingest,
            units_assigned=list(service.units),
            **told,
        )
        yield at_ms, record
