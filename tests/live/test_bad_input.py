"""Bad input of every kind, on a real broker: a dead letter each with its reason, and it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from streams.live.state_log import read_totals
from streams.observations import DeadLetter
from streams.reasons import REASONS
from tests.live.harness import Bench, Worker
from tests.live.runs import wait_for_all

pytestmark = pytest.mark.live

GOOD = {
    "schema": "incident/1",
    "incident_id": "J1",
    "reported_at": "2026-03-02T08:00:00+08:00",
    "source": "phone_110",
    "category": "2001",
    "text": "有人吵架",
    "area_id": "A",
}
PERSON = "13912345678"
POINT = {"lat": 26.6, "lon": 106.6, "coord_sys": "wgs84"}


def record(number: int, **fields: object) -> bytes:
    """A good report with some fields changed; None takes a field out."""
    changed = GOOD | {"incident_id": f"B{number}"} | fields
    return msgspec.json.encode({k: v for k, v in changed.items() if v is not None})


CASES: list[tuple[str, str, bytes | None]] = [
    ("broken JSON", "broken_json", record(1)[:-5]),
    ("two records in one", "broken_json", record(2) + record(3)),
    ("no JSON at all", "broken_json", f"call {PERSON}".encode()),
    ("not an object", "not_an_object", b"[1, 2]"),
    ("not UTF-8", "not_utf8", b'{"schema":"incident/1","text":"\xb1\xa8\xbe\xaf"}'),
    ("a tombstone", "empty", None),
    ("nothing", "empty", b""),
    ("NULs", "broken_json", b"\x00" * 64),
    ("a NUL in the text", "control_characters", record(4, text="有人\x00吵架")),
    ("an unknown schema", "unknown_schema", record(5, schema="incident/9")),
    ("no id", "missing_field", record(6, incident_id=None)),
    ("no time", "missing_field", record(7, reported_at=None)),
    ("a wrong type", "wrong_type", record(8, text=7)),
    ("a bad id", "bad_value", record(9, incident_id=f"tel {PERSON}")),
    ("an unknown source", "bad_enum", record(10, source="telegram")),
    ("no offset", "naive_time", record(11, reported_at="2026-03-02T08:00:00")),
    ("no time at all", "bad_time", record(12, reported_at="yesterday")),
    ("the future", "future_time", record(13, reported_at="2099-01-01T00:00:00Z")),
    ("10 MB", "too_large", record(14, text="长" * 3_400_000)),
    ("an unknown category", "unknown_category", record(15, category="robbery?")),
    ("swapped coordinates", "point_swapped", record(16, **POINT | {"lat": 106.6, "lon": 26.6})),
    ("no position", "point_invalid", record(17, **POINT | {"lat": 0, "lon": 0})),
    ("half a point", "point_invalid", record(18, lat=26.6)),
    ("a huge extension", "ext_too_large", record(19, ext={"x": "y" * 5000})),
]


def test_every_kind_of_bad_input_is_a_dead_letter_with_its_reason(
    bench: Bench, new_worker: Callable[..., Worker]
) -> None:
    worker = new_worker(environ={"WATCHFLOOR_CHINA": "true"}).start()
    partition = 0
    bench.produce("incidents", [record(100)], partition=partition)
    for _, _, raw in CASES:
        bench.produce("incidents", [raw], key=lambda _: b"k", partition=partition)
    bench.produce("incidents", [record(200)], partition=partition)
    total = len(CASES) + 2
    wait_for_all(worker, total, limit=60)

    stored = [message.value or b"" for message in bench.consume("dead-letters")]
    letters = [msgspec.json.decode(value, type=DeadLetter) for value in stored]
    by_offset = {letter.offset: letter for letter in letters}
    for offset, (case, reason, raw) in enumerate(CASES, start=1):
        letter = by_offset[offset]
        assert letter.reason == reason, case
        assert letter.disposition == REASONS[reason].disposition, case
        assert letter.detail, case
        assert letter.size == len(raw or b""), case
    assert len(letters) == len(CASES)
    assert not any(PERSON.encode() in value for value in stored)

    rejected = sum(REASONS[reason].disposition == "rejected" for _, reason, _ in CASES)
    metrics = worker.metrics()
    assert metrics["watchfloor_records_read_total"] == total
    assert worker.terminate() == 0
    assert asyncio.run(read_totals(bench.settings)) == {
        "accepted": total - rejected,
        "duplicate": 0,
        "late": 0,
        "rejected": rejected,
    }
    assert PERSON not in worker.log.read_text()
