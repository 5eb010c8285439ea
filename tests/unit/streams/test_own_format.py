"""Our own JSON: golden pairs, and each kind of bad input with the reason that it gets."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from streams.adapters import Decoded, Refusal, adapter_for
from streams.codec import encode_record
from streams.records import Incident, UnitPosition

EXAMPLE: dict[str, Any] = {
    "schema": "incident/1",
    "incident_id": "J2026112100017",
    "rev": 0,
    "event": "created",
    "reported_at": "2026-11-21T22:14:33+08:00",
    "source": "wechat",
    "form": ["text"],
    "category": "99",
    "level": None,
    "text": "有人在桥头抢 劫",
    "area_id": "520199550000",
    "lat": 26.6433,
    "lon": 106.6338,
    "coord_sys": "gcj02",
    "loc_accuracy_m": 40,
    "answer_s": 2.1,
}
POSITION: dict[str, Any] = {
    "schema": "unit_position/1",
    "unit_id": "P-17",
    "unit_type": "patrol_car",
    "source": "pda",
    "status": "patrol",
    "ts": "2026-11-21T22:14:33+08:00",
    "lat": 26.647,
    "lon": 106.6302,
    "coord_sys": "wgs84",
    "officers": 2,
}
CHINA = timezone(timedelta(hours=8))


def decode(fields: object, *, china: bool = True) -> object:
    raw = fields if fields is None or isinstance(fields, bytes) else msgspec.json.encode(fields)
    (item,) = adapter_for("watchfloor", china=china).decode([raw])
    return item


def test_golden_incident() -> None:
    item = decode(EXAMPLE)
    assert isinstance(item, Incident)
    assert item.lat == pytest.approx(26.6470, abs=1e-4)
    assert item.lon == pytest.approx(106.6302, abs=1e-4)
    assert item == Incident(
        schema="incident/1",
        incident_id="J2026112100017",
        reported_at=datetime(2026, 11, 21, 22, 14, 33, tzinfo=CHINA),
        source="wechat",
        form=["text"],
        category="99",
        text="有人在桥头抢 劫",
        area_id="520199550000",
        lat=item.lat,
        lon=item.lon,
        coord_sys="wgs84",
        loc_accuracy_m=40,
        answer_s=2.1,
    )


def test_golden_position() -> None:
    assert decode(POSITION) == UnitPosition(
        schema="unit_position/1",
        unit_id="P-17",
        unit_type="patrol_car",
        source="pda",
        status="patrol",
        ts=datetime(2026, 11, 21, 22, 14, 33, tzinfo=CHINA),
        lat=26.647,
        lon=106.6302,
        coord_sys="wgs84",
        officers=2,
    )


def test_a_record_that_left_the_edge_passes_it_unchanged() -> None:
    """Converting coordinates twice is the classic fault: the tag forbids it."""
    once = decode(EXAMPLE)
    assert isinstance(once, Incident)
    assert decode(encode_record(once)) == once


def test_one_chunk_may_hold_both_kinds() -> None:
    raws = [msgspec.json.encode(record) for record in (POSITION, EXAMPLE, POSITION, EXAMPLE)]
    kinds = [type(item) for item in adapter_for("watchfloor").decode(raws)]
    assert kinds == [UnitPosition, Incident, UnitPosition, Incident]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"schema": None}, "missing_field"),
        ({"schema": 3}, "wrong_type"),
        ({"schema": "incident/9"}, "unknown_schema"),
        ({"incident_id": 5}, "wrong_type"),
        ({"incident_id": ""}, "bad_value"),
        ({"incident_id": "a b"}, "bad_value"),
        ({"incident_id": "a\n"}, "bad_value"),
        ({"incident_id": "x" * 65}, "bad_value"),
        ({"reported_at": "2026-11-21T22:14:33"}, "naive_time"),
        ({"reported_at": "yesterday"}, "bad_time"),
        ({"reported_at": 1_700_000_000}, "wrong_type"),
        ({"source": "pigeon"}, "bad_enum"),
        ({"event": "sung"}, "bad_enum"),
        ({"rev": -1}, "bad_value"),
        ({"rev": "1"}, "wrong_type"),
        ({"test": "yes"}, "wrong_type"),
        ({"text": None}, "wrong_type"),
        ({"text": 5}, "wrong_type"),
        ({"category": 1002}, "wrong_type"),
    ],
)
def test_a_fault_in_a_decisive_field_refuses(change: dict[str, object], reason: str) -> None:
    item = decode({**EXAMPLE, **change})
    assert isinstance(item, Refusal)
    assert item.reason == reason
    assert f"$.{next(iter(change))}" in item.detail


@pytest.mark.parametrize("field", ["incident_id", "reported_at", "source", "category", "text"])
def test_a_missing_field_is_named(field: str) -> None:
    item = decode({name: value for name, value in EXAMPLE.items() if name != field})
    assert isinstance(item, Refusal)
    assert item.reason == "missing_field"
    assert f"$.{field}" in item.detail


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"{", "broken_json"),
        (b'{"schema":"incident/1"}}', "broken_json"),
        (b"[" * 100_000, "broken_json"),
        (b'{"text":"\xff"}', "not_utf8"),
        (b"[]", "not_an_object"),
        (b"17", "not_an_object"),
        (b'{"text":"' + b"x" * (10 << 20) + b'"}', "too_large"),
    ],
)
def test_what_is_no_record_is_refused(raw: bytes | None, reason: str) -> None:
    item = decode(raw)
    assert isinstance(item, Refusal)
    assert item.reason == reason


@pytest.mark.parametrize(
    ("change", "reason", "field", "left"),
    [
        ({"category": "7777"}, "unknown_category", "category", "99"),
        ({"category": "x" * 300}, "unknown_category", "category_raw", "x" * 64),
        ({"lat": 0, "lon": 0}, "point_invalid", "lat", None),
        ({"lat": None}, "point_invalid", "lon", None),
        ({"lon": None}, "point_invalid", "coord_sys", None),
        ({"lat": 91.0}, "point_invalid", "lat", None),
        ({"lat": "26.6"}, "point_invalid", "lat", None),
        ({"lat": 106.6338, "lon": 26.6433}, "point_swapped", "lat", None),
        ({"lat": 60.0, "lon": 30.0}, "point_swapped", "lat", None),
        ({"coord_sys": None}, "coord_sys_missing", "coord_sys", "unknown"),
        ({"coord_sys": "utm"}, "field_invalid", "coord_sys", "unknown"),
        ({"text": "a\x00b\x1f"}, "control_characters", "text", "ab"),
        ({"area_id": "5201\x00"}, "control_characters", "area_id", "5201"),
        ({"text": "x" * 9000}, "text_truncated", "text", "x" * 8000),
        ({"ext": {"a": "b" * 5000}}, "ext_too_large", "ext", None),
        ({"crowd": "many"}, "field_invalid", "crowd", None),
        ({"level": "V"}, "field_invalid", "level", None),
        ({"form": ["smell"]}, "field_invalid", "form", []),
        ({"satisfaction": 6}, "field_invalid", "satisfaction", None),
        ({"occurred_at": "2026-11-21T22:00:00"}, "naive_time", "occurred_at", None),
        ({"closed_at": "2026-11-21T20:00:00+08:00"}, "time_order", "closed_at", None),
    ],
)
def test_a_fault_elsewhere_costs_only_the_part(
    change: dict[str, object], reason: str, field: str, left: object
) -> None:
    item = decode({**EXAMPLE, **change})
    assert isinstance(item, Decoded)
    assert [notice.reason for notice in item.notices] == [reason]
    assert getattr(item.record, field) == left


def test_raw_control_bytes_are_taken_out() -> None:
    raw = msgspec.json.encode(EXAMPLE).replace("桥头".encode(), "桥\x00头".encode())
    item = decode(raw)
    assert isinstance(item, Decoded)
    assert item.notices[0].reason == "control_characters"
    assert isinstance(item.record, Incident)
    assert item.record.text == "有人在桥头抢 劫"


def test_a_swapped_pair_is_only_told_in_china() -> None:
    item = decode({**EXAMPLE, "lat": 60.0, "lon": 30.0, "coord_sys": "wgs84"}, china=False)
    assert isinstance(item, Incident)
    assert (item.lat, item.lon) == (60.0, 30.0)


def test_text_becomes_nfc() -> None:
    item = decode({**EXAMPLE, "text": "cafe\u0301"})
    assert isinstance(item, Incident)
    assert item.text == "caf\u00e9"


def test_unknown_fields_are_accepted_and_counted() -> None:
    adapter = adapter_for("watchfloor")
    raws = [msgspec.json.encode({**EXAMPLE, "stars": 5, "moons": 1}), msgspec.json.encode(EXAMPLE)]
    assert all(isinstance(item, Incident) for item in adapter.decode(raws))
    assert adapter.unknown_field_total == 2


def test_null_means_absent_where_a_field_has_a_default() -> None:
    item = decode({**EXAMPLE, "rev": None, "form": None, "test": None})
    assert isinstance(item, Incident)
    assert (item.rev, item.form, item.test) == (0, [], False)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"lat": 0, "lon": 0}, "point_invalid"),
        ({"lat": 100.0}, "point_invalid"),
        ({"lat": 106.6302, "lon": 26.647}, "point_swapped"),
        ({"lat": None}, "wrong_type"),
        ({"coord_sys": None}, "wrong_type"),
        ({"status": "asleep"}, "bad_enum"),
        ({"ts": "2026-11-21T22:14:33"}, "naive_time"),
        ({"unit_id": "张三"}, "bad_value"),
    ],
)
def test_a_position_without_its_point_is_nothing(change: dict[str, object], reason: str) -> None:
    item = decode({**POSITION, **change})
    assert isinstance(item, Refusal)
    assert item.reason == reason


def test_rows_with_our_column_names_are_read_too() -> None:
    row = {name: str(value) for name, value in EXAMPLE.items() if name not in ("form", "level")}
    (item,) = adapter_for("watchfloor").decode([{**row, "level": ""}])
    assert isinstance(item, Incident)
    assert item.answer_s == 2.1
    assert item.level is None


def test_ten_thousand_poison_records_do_not_stop_the_good_one() -> None:
    raws = [b'{"schema":"incident/1","text":5}'] * 10_000 + [msgspec.json.encode(EXAMPLE)]
    items = adapter_for("watchfloor").decode(raws)
    assert sum(isinstance(item, Refusal) for item in items) == 10_000
    assert isinstance(items[-1], Incident)
