"""An alert for the tests of sinks, changed as asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from streams.records import (
    Alert,
    AlertArea,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    AlertTrace,
    AlertWindow,
    Evidence,
    MatchedTerm,
    Text2,
    ThresholdFrom,
)

AT = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
LATER = AT.replace(minute=40)


def alert(**changes: Any) -> Alert:
    """A heat alert."""
    heat = Alert(
        id="HEAT1",
        revision=1,
        dedup_key="heat-burst/990101000100",
        status="firing",
        level="III",
        kind="heat",
        area=AlertArea(
            "990101000100",
            Text2("砚汀派出所", "Yanting Police Station"),
            ["990000", "990100", "990101", "990101000100"],
        ),
        window=AlertWindow(AT.replace(minute=0), AT, AT),
        times=AlertTimes(breached=AT, fired=AT, updated=AT),
        evidence=Evidence(
            observed=9,
            expected=3.12,
            threshold=ThresholdFrom(count=8, from_="rules/library/heat.yaml:21:15"),
        ),
        incidents=AlertIncidents(9, ["J1", "J2", "J3", "J4"]),
        rule=AlertRule("heat-burst", "sha256:a", "sha256:b"),
        message=Text2("警情短时激增", "Burst of incidents"),
        trace=AlertTrace("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"),
    )
    return msgspec.structs.replace(heat, **changes)


def robbery(**changes: Any) -> Alert:
    """A keyword alert."""
    terms = [MatchedTerm(3, 5, "抢劫", "robbery")]
    values = {
        "id": "KEY1",
        "dedup_key": "critical/J9",
        "kind": "keyword",
        "level": "II",
        "window": None,
        "evidence": Evidence(category="robbery", terms=terms, reasons=["lexicon:robbery"]),
        "incidents": AlertIncidents(1, ["J9"]),
        "rule": AlertRule("critical", "sha256:a", "sha256:b"),
        "message": Text2("抢劫警情", "Robbery reported"),
    }
    return alert(**{**values, **changes})


def ended(**changes: Any) -> Alert:
    """The same, resolved ten minutes later in its third revision."""
    times = AlertTimes(breached=AT, fired=AT, updated=LATER, resolved=LATER)
    values = {"revision": 3, "status": "resolved", "close_reason": "cleared", "times": times}
    return alert(**{**values, **changes})
