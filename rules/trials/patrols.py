"""The units of a test case: a fix of each every minute, and what their events change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec import Struct

from rules.language.schema.cases import TestCase, UnitKind, UnitStatus
from rules.language.schema.names import duration_ms
from rules.trials.timeline import Unable
from streams.clock import TICK_MS
from streams.marks import closing_mark
from streams.records import UnitPosition

__all__ = ["patrols"]

_NOWHERE_M: Final = 100_000.0
"""An accuracy that says nothing of the place: the unit is where its area says."""

_encode = msgspec.json.encode


class _Unit(Struct):
    """A unit as it is at a moment; it is heard of until it goes off duty."""

    name: str
    kind: UnitKind
    area: str
    status: UnitStatus

    def fix(self, time_ms: int, status: UnitStatus) -> bytes:
        return _encode(
            UnitPosition(
                schema="unit_position/1",
                unit_id=self.name,
                unit_type=self.kind,
                source="manual",
                status=status,
                ts=datetime.fromtimestamp(time_ms / 1000, UTC),
                lat=1.0,
                lon=1.0,
                coord_sys="wgs84",
                accuracy_m=_NOWHERE_M,
                home_area=self.area,
            )
        )


def patrols(case: TestCase, start_ms: int, end_ms: int) -> Iterator[tuple[int, bytes]]:
    """(moment in ms, record) of all fixes up to the end, in order of time, and a mark a minute.

    A mark says that nothing older comes, so that the minute is judged although no call came in
    it. Raises Unable for an event of a unit that nobody knows.
    """
    units = {u.id: _Unit(u.id, u.kind, u.area, u.status) for u in case.given.units}
    events = sorted(
        (start_ms + duration_ms(event.at) + turn * duration_ms(event.every), index, event)
        for index, event in enumerate(case.events)
        if event.unit is not None
        for turn in range(event.repeat)
    )
    minute = start_ms
    while minute <= end_ms:
        if minute > start_ms:
            yield minute, closing_mark(minute - TICK_MS)
        for unit in units.values():
            if unit.status != "off":
                yield minute, unit.fix(minute, unit.status)
        following = minute + TICK_MS
        while events and events[0][0] < following:
            time_ms, _, event = events.pop(0)
            known = units.get(event.unit or "")
            if known is None:
                if event.area is None:
                    raise Unable(f"unit {event.unit} is not given, and the event names no area")
                known = units[event.unit or ""] = _Unit(
                    event.unit or "", "patrol_car", event.area, "off"
                )
            if event.area is not None and event.area != known.area:
                # A fix says where it is only by its point; who reports anew is placed anew.
                yield time_ms, known.fix(time_ms, "off")
                known.area = event.area
            known.status = event.status or known.status
            yield time_ms, known.fix(time_ms, known.status)
        minute = following
