"""What happens in a test case as records of a feed: events on their moments, and a seeded past."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from rules.language.schema.cases import History, TestCase, TestEvent
from rules.language.schema.names import distance_m, duration_ms
from streams.categories import CATEGORIES, CRITICAL_OF_CATEGORY
from streams.records import ChannelSource

__all__ = ["MOST_EVENTS", "Happening", "Unable", "happenings", "moments_of", "past", "span_ms"]

MOST_EVENTS = 2_000_000
"""Events of one test at most, its history included."""
_SOURCES = frozenset(ChannelSource.__args__)  # type: ignore[attr-defined]
_CODE_OF = {critical: code for code, critical in reversed(CRITICAL_OF_CATEGORY.items())}
_OPEN_SEA = (1.0, -30.0)
"""Where events lie that are told only by their distance: in no area of anybody."""
_METRES_A_DEGREE = 111_195.0


class Unable(Exception):  # noqa: N818 - the test cannot be run; nothing went wrong
    """A test asks for what this version does not run; the message says what."""


class Happening(Struct, frozen=True):
    """One record of a test: its moment (ms), which event of the test it is, and its bytes."""

    time_ms: int
    event: int
    incident_id: str
    raw: bytes


def span_ms(case: TestCase) -> int:
    """How long a test runs from its start: as it says, else to its last event or expectation."""
    if case.for_ is not None:
        return duration_ms(case.for_)
    moments = [duration_ms(e.at) + (e.repeat - 1) * duration_ms(e.every) for e in case.events]
    moments += [duration_ms(text) for e in case.expect for text in (e.at, e.by) if text is not None]
    return max(moments, default=0)


def moments_of(event: TestEvent, start_ms: int) -> Iterator[int]:
    """The moments (ms) of an event and its repetitions, in a test that starts at `start_ms`."""
    first, step = start_ms + duration_ms(event.at), duration_ms(event.every)
    return (first + turn * step for turn in range(event.repeat))


def happenings(case: TestCase, start_ms: int) -> list[Happening]:
    """The events of a test in order of time. Raises Unable for what this version does not run."""
    stops = {
        event.source_stops: start_ms + duration_ms(event.at)
        for event in case.events
        if event.source_stops is not None
    }
    writer = _Writer(case.events)
    planned: list[tuple[int, int, int]] = []
    for index, event in enumerate(case.events):
        if event.unit is not None or event.source_stops is not None:
            continue
        end = stops.get(event.source or "", math.inf)
        planned += [
            (moment, index, turn)
            for turn, moment in enumerate(moments_of(event, start_ms))
            if moment < end
        ]
    if len(planned) > MOST_EVENTS:
        raise Unable(f"more than {MOST_EVENTS:,} events")
    return [writer.write(*moment) for moment in sorted(planned)]


def past(histories: Sequence[History], start_ms: int) -> Iterator[tuple[int, bytes]]:
    """(moment in ms, record) of all events before the start, in order of time.

    The counts are as even as whole numbers can be: a mean of 1.5 gives 1, 2, 1, 2 and so on. Only
    where in its span an event lies is drawn, from the history's seed. Raises Unable for too many.
    """
    total = sum(_count(history) for history in histories)
    if total > MOST_EVENTS:
        raise Unable(f"a history of {total:,} events; at most {MOST_EVENTS:,} are run")
    drawn = [(number, _times(history, start_ms)) for number, history in enumerate(histories)]
    if not drawn:
        return
    times = np.concatenate([moments for _, moments in drawn])
    whose = np.concatenate([np.full(moments.size, number) for number, moments in drawn])
    order = np.lexsort((whose, times))
    for serial, at in enumerate(order.tolist()):
        history = histories[int(whose[at])]
        time_ms = int(times[at])
        yield (
            time_ms,
            _encoded(
                {
                    "incident_id": f"past-{serial}",
                    "category": history.category,
                    "area_id": history.area,
                    "source": "phone_110",
                    "text": "",
                },
                time_ms,
            ),
        )


def _count(history: History) -> int:
    spans = history.weeks * duration_ms("1w") // max(1, duration_ms(history.per))
    return math.ceil(history.mean * spans)


def _times(history: History, start_ms: int) -> np.ndarray:
    """Moments (ms) of a history, unsorted."""
    per = duration_ms(history.per)
    spans = history.weeks * duration_ms("1w") // max(1, per)
    edges = np.floor(np.arange(spans + 1) * history.mean).astype(np.int64)
    span = np.repeat(np.arange(spans), np.diff(edges))
    within = np.random.default_rng(history.seed).random(span.size)
    first = start_ms - spans * per
    return first + span * per + np.floor(within * per).astype(np.int64)


class _Writer:
    """Writes the events of a test as incident/1; knows ids, revisions and places."""

    def __init__(self, events: Sequence[TestEvent]) -> None:
        self._events = events
        self._numbers: dict[int, int] = {}
        self._revisions: dict[str, int] = defaultdict(int)
        self._named = {event.id: event for event in reversed(events) if event.id is not None}
        self._near = any(event.near is not None for event in events)

    def write(self, time_ms: int, index: int, turn: int) -> Happening:
        event = self._events[index]
        incident_id = self._id(event, index, turn)
        fields: dict[str, Any] = {
            "incident_id": incident_id,
            "source": event.source or "phone_110",
            "category": _code(event),
            "text": event.text or "",
            "event": event.event,
        }
        if event.event != "created":
            self._revisions[incident_id] += 1
            fields["rev"] = self._revisions[incident_id]
        area = event.area
        if event.near is not None and area is None:
            area = self._named[event.near.id].area
        if area is None and event.id is not None:
            area = self._named[event.id].area
        if area is not None:
            fields["area_id"] = area
        if event.level is not None:
            fields["level"] = event.level
        hashed = {"address_hash": event.address, "caller_hash": event.caller}
        fields |= {name: _hash(value) for name, value in hashed.items() if value is not None}
        if event.linked_to is not None:
            fields["linked_to"] = event.linked_to
        if event.answer is not None:
            fields["answer_s"] = duration_ms(event.answer) / 1000
        if self._near:
            fields |= self._place(event)
        return Happening(time_ms, index, incident_id, _encoded(fields, time_ms))

    def _id(self, event: TestEvent, index: int, turn: int) -> str:
        """The event's own id; of a repeated or nameless one a number that no other has."""
        if event.id is not None:
            return event.id if turn == 0 else f"{event.id}-{turn + 1}"
        number = self._numbers.setdefault(index, len(self._numbers) + 1)
        return f"t{number}" if event.repeat == 1 else f"t{number}-{turn + 1}"

    def _place(self, event: TestEvent) -> dict[str, Any]:
        """A point north of the other event's, as far as the test says."""
        lat, lon = _OPEN_SEA
        seen: set[str] = set()
        at: TestEvent | None = event
        while at is not None and at.near is not None and at.near.id not in seen:
            seen.add(at.near.id)
            lat += distance_m(at.near.by) / _METRES_A_DEGREE
            at = self._named.get(at.near.id)
        return {"lat": round(lat, 6), "lon": lon, "coord_sys": "wgs84"}


def _code(event: TestEvent) -> str:
    """The category code of an event; of a critical category the code by which a seat says it."""
    if event.category is None:
        return "99"
    if event.category in CATEGORIES or event.category.isdigit():
        return event.category
    if event.category in _CODE_OF:
        return _CODE_OF[event.category]
    raise Unable(
        f'no code of a seat says "{event.category}"; give the event a `text` that tells it instead'
    )


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _encoded(fields: dict[str, Any], time_ms: int) -> bytes:
    seconds, millis = divmod(time_ms, 1000)
    moment = np.datetime64(seconds, "s").item().isoformat()
    record = {"schema": "incident/1", "reported_at": f"{moment}.{millis:03d}Z", **fields}
    return msgspec.json.encode(record)
