"""Alerts of the notification tests: a record with what matters to who is told, and when."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from rules.alerts import instant, trace
from streams.records import (
    Ack,
    Alert,
    AlertArea,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    Evidence,
    Text2,
)

NOON_MS = 1_796_097_600_000
"""2026-12-01T12:00+08:00."""
_BASE = Alert(
    id="A1",
    revision=1,
    dedup_key="kw/A1",
    status="firing",
    level="II",
    kind="keyword",
    area=AlertArea("S1", Text2("站", "Station"), ["S1"]),
    times=AlertTimes(breached=instant(NOON_MS), updated=instant(NOON_MS)),
    evidence=Evidence(category="robbery"),
    incidents=AlertIncidents(1, ["J1"]),
    rule=AlertRule("kw", "h", "b"),
    message=Text2("抢劫", "robbery"),
    trace=trace("A1"),
)


def alert(id_: str = "A1", *, area: str = "S1", at_ms: int = NOON_MS, **fields: Any) -> Alert:
    """A firing alert of level II, but for the fields given. rung: of its acknowledgement."""
    rung, rule = fields.pop("rung", 0), fields.pop("rule", "kw")
    fields.setdefault("ack", Ack(rung=rung))
    return structs.replace(
        _BASE,
        id=id_,
        area=AlertArea(area, Text2(area, area), fields.pop("path", [area])),
        times=AlertTimes(breached=instant(NOON_MS), updated=instant(at_ms)),
        rule=structs.replace(_BASE.rule, id=rule, overrides=fields.pop("overrides", [])),
        **fields,
    )
