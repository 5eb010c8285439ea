"""What `watchfloor feed` sends for a record, and when."""

from __future__ import annotations

import json

import pytest

from commands.feed import Outgoing, Pace, outgoing
from streams.adapters import Raw, adapter_for

INCIDENT = {
    "schema": "incident/1",
    "incident_id": "C-1",
    "reported_at": "2026-03-01T08:00:00+08:00",
    "source": "phone_110",
    "category": "2001",
    "text": "有人打架",
}
POSITION = {
    "schema": "unit_position/1",
    "unit_id": "U-7",
    "unit_type": "patrol_car",
    "source": "pda",
    "status": "patrol",
    "ts": "2026-03-01T08:00:00+08:00",
    "lat": 26.6,
    "lon": 106.6,
    "coord_sys": "wgs84",
}
EIGHT = 1772323200000


def sent(raw: Raw, *, own: bool = True) -> Outgoing | None:
    (item,) = adapter_for("watchfloor").decode([raw])
    return outgoing(raw, item, key=b"f:1", own=own)


def test_our_own_records_go_byte_for_byte_keyed_by_incident_or_unit():
    raw = json.dumps(INCIDENT, indent=1).encode()
    assert sent(raw) == Outgoing("incidents", b"C-1", raw, EIGHT)
    raw = json.dumps(POSITION).encode()
    assert sent(raw) == Outgoing("positions", b"U-7", raw, EIGHT)


@pytest.mark.parametrize(
    ("raw", "stream"),
    [
        (b"{broken", "incidents"),
        (b"", "incidents"),
        (json.dumps({**POSITION, "lat": 99}).encode(), "positions"),
    ],
)
def test_our_own_records_that_are_refused_go_as_they_are_to_be_dead_letters(raw, stream):
    assert sent(raw) == Outgoing(stream, b"f:1", raw, None)


def test_of_another_format_what_is_read_goes_as_our_own_json_and_the_rest_stays():
    row = {key: str(value) for key, value in INCIDENT.items()}
    record = sent(row, own=False)
    assert record is not None
    assert json.loads(record.value)["incident_id"] == "C-1"
    assert record.key == b"C-1"
    assert sent({}, own=False) is None


def test_pace():
    assert Pace().due(1000, EIGHT) == 0
    rate = Pace(rate=200)
    assert [rate.due(n, None) for n in (0, 1, 200)] == [0, 0.005, 1]
    speed = Pace(speed=60)
    assert speed.due(0, EIGHT) == 0
    assert speed.due(1, EIGHT + 120_000) == 2
    assert speed.due(2, None) == 0
    assert speed.due(3, EIGHT - 60_000) == -1
