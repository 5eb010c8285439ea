"""Same event: which open alert a further report is about, by time, place, area and text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from rules.language.schema.keyword import SameEvent
from rules.language.schema.names import distance_m, duration_ms
from streams.places import apart_m
from streams.sketch import alike

__all__ = ["Seen", "nearest"]

_UNKNOWN_M: Final = float("inf")

Rank = tuple[float, int]
"""How well a report goes with another: metres, then milliseconds between them; least is best."""


class Seen(Struct, frozen=True):
    """What is known of a report: ms, area id, place key and sketch of its text."""

    time_ms: int
    area_id: str
    place: int
    sketch: int


def nearest(
    same: SameEvent, report: Seen, events: Iterable[tuple[str, Sequence[Seen]]]
) -> str | None:
    """The event that a report belongs to; None where it is a new one.

    events: names and reports of events that may take it in, of equals the first is taken. A report
    that goes with any report of an event belongs to it: a chain in time and space, as the linking
    of counts is. Source: capability C30.
    """
    best: tuple[Rank, str] | None = None
    within = duration_ms(same.within)
    radius = None if same.radius is None else distance_m(same.radius)
    for name, reports in events:
        ranks = [
            _rank(same, radius, report, other)
            for other in reports
            if abs(report.time_ms - other.time_ms) <= within
        ]
        found = min((rank for rank in ranks if rank is not None), default=None)
        if found is not None and (best is None or found < best[0]):
            best = found, name
    return None if best is None else best[1]


def _rank(same: SameEvent, radius: float | None, report: Seen, other: Seen) -> Rank | None:
    """How well two reports go together; None where they are of different events.

    Where the distance cannot be told, the same area and a like text have to do.
    """
    one_area = report.area_id == other.area_id
    if not one_area and ("area" in same.by or radius is None):
        return None
    like = alike(report.sketch, other.sketch)
    if "text" in same.by and not like:
        return None
    apart = apart_m(report.place, other.place)
    if radius is not None:
        if apart is None and not (one_area and like):
            return None
        if apart is not None and apart > radius:
            return None
    return _UNKNOWN_M if apart is None else apart, abs(report.time_ms - other.time_ms)
