"""Mapping files: golden pairs of the shipped ones, times and zones, faults with their places."""

from __future__ import annotations

import csv
import gzip
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.adapters import Decoded, Refusal, adapter_for
from streams.adapters.times import time_reader
from streams.errors import ConfigError
from streams.privacy import caller_hash
from streams.records import Incident, UnitPosition
from streams.sources.files import read_files

CALL = {
    "jjdbh": "J0001",
    "gljjdbh": "",
    "bjsj": "20261121221433",
    "jjddssj": "2026-11-21 22:20:00",
    "bjtjdm": "微信",
    "bjxsdm": "02",
    "bjlbdm": "100000",
    "bjxldm": "抢劫",
    "jqjb": "2",
    "bjnr": "我被抢了",
    "gxdwdm": "520199550000",
    "xzqh": "520199",
    "wd": "26.6433",
    "jd": "106.6338",
    "bjdh": "138 1234 5678",
    "bjrxm": "张三",
    "afdz": "某路1号",
}
CALL_911 = {
    "ts": "2016-07-04T14:39:21",
    "arrival_ts": "2016-07-04 14:41:01",
    "area": "LOWER MERION",
    "category": "EMS: VEHICLE ACCIDENT",
    "lat": "40.0123",
    "lon": "-75.2",
    "text": "MAIN ST & 1ST AVE; LOWER MERION; Station 313;",
}
CHINA = timezone(timedelta(hours=8))
SUMMER = timezone(timedelta(hours=-4))


def one(name: str, raw: Any, **options: Any) -> object:
    (item,) = adapter_for(name, **options).decode([raw])
    return item


def test_golden_call110() -> None:
    item = one("call110", CALL, china=True)
    assert isinstance(item, Incident)
    assert (item.lat, item.lon) == pytest.approx((26.6470, 106.6302), abs=1e-4)
    assert item == Incident(
        schema="incident/1",
        incident_id="J0001",
        reported_at=datetime(2026, 11, 21, 22, 14, 33, tzinfo=CHINA),
        arrived_at=datetime(2026, 11, 21, 22, 20, tzinfo=CHINA),
        source="wechat",
        form=["text"],
        category="1002",
        category_raw="100000 抢劫",
        level="II",
        text="我被抢了",
        area_id="520199550000",
        adcode="520199",
        lat=item.lat,
        lon=item.lon,
        coord_sys="wgs84",
    )


def test_the_callers_number_is_only_hashed_and_only_with_a_key() -> None:
    key = b"key of this deployment"
    item = one("call110", CALL, hash_key=key)
    assert isinstance(item, Incident)
    assert item.caller_hash == caller_hash(key, "13812345678")
    for written in ("+86 13812345678", "13812345678", "138-1234-5678"):
        again = one("call110", {**CALL, "bjdh": written}, hash_key=key)
        assert isinstance(again, Incident)
        assert again.caller_hash == item.caller_hash
    plain = msgspec.json.encode(item)
    assert b"13812345678" not in plain
    assert "张三".encode() not in plain


@pytest.mark.parametrize(
    ("code", "category"),
    [("1", "10"), ("300000", "30"), ("900000", "80"), ("电信诈骗", "1014"), ("咨询", "95")],
)
def test_call110_types(code: str, category: str) -> None:
    item = one("call110", {**CALL, "bjlbdm": code, "bjxldm": ""})
    assert isinstance(item, Incident)
    assert item.category == category


def test_an_unlisted_type_is_99_with_a_notice() -> None:
    item = one("call110", {**CALL, "bjlbdm": "Z", "bjxldm": ""})
    assert isinstance(item, Decoded)
    assert isinstance(item.record, Incident)
    assert (item.record.category, item.record.category_raw) == ("99", "Z")
    assert [notice.reason for notice in item.notices] == ["unknown_category"]


def test_json_objects_are_read_like_rows() -> None:
    item = one("call110", msgspec.json.encode({**CALL, "wd": 26.6433, "jd": 106.6338, "jqjb": 2}))
    assert item == one("call110", CALL)


def test_golden_montgomery911() -> None:
    item = one("montgomery911", CALL_911)
    assert isinstance(item, Incident)
    assert re.fullmatch("[0-9a-f]{24}", item.incident_id)
    assert item == Incident(
        schema="incident/1",
        incident_id=item.incident_id,
        reported_at=datetime(2016, 7, 4, 14, 39, 21, tzinfo=SUMMER),
        ingest_at=datetime(2016, 7, 4, 14, 41, 1, tzinfo=SUMMER),
        source="phone_110",
        category="3001",
        category_raw="EMS: VEHICLE ACCIDENT",
        text="MAIN ST & 1ST AVE; LOWER MERION; Station 313;",
        area_id="LOWER MERION",
        lat=40.0123,
        lon=-75.2,
        coord_sys="wgs84",
    )


def test_equal_rows_have_one_id_and_others_another() -> None:
    first, same = one("montgomery911", CALL_911), one("montgomery911", dict(CALL_911))
    other = one("montgomery911", {**CALL_911, "text": "OTHER ST;"})
    assert isinstance(first, Incident)
    assert isinstance(other, Incident)
    assert first == same
    assert first.incident_id != other.incident_id


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"lat": "0", "lon": "0"}, "point_invalid"),
        ({"lat": "95"}, "point_invalid"),
        ({"lat": "nan"}, "point_invalid"),
        ({"lon": ""}, "point_invalid"),
    ],
)
def test_a_bad_point_costs_only_the_point(change: dict[str, str], reason: str) -> None:
    item = one("montgomery911", {**CALL_911, **change})
    assert isinstance(item, Decoded)
    assert [n.reason for n in item.notices] == [reason]
    assert isinstance(item.record, Incident)
    assert item.record.lat is None


def test_a_blank_area_is_none_and_a_bad_time_names_its_column() -> None:
    item = one("montgomery911", {**CALL_911, "area": ""})
    assert isinstance(item, Incident)
    assert item.area_id is None
    refused = one("montgomery911", {**CALL_911, "ts": "noon"})
    assert isinstance(refused, Refusal)
    assert refused.reason == "bad_time"
    assert "from ts" in refused.detail


def test_every_title_of_the_county_has_a_category(shared: Path) -> None:
    with gzip.open(shared / "montgomery_pa" / "incidents.csv.gz", "rt", encoding="utf-8") as file:
        titles = {row["category"] for row in csv.DictReader(file)}
    adapter = adapter_for("montgomery911")
    items = adapter.decode([{**CALL_911, "category": title} for title in sorted(titles)])
    by_title = {item.category_raw: item.category for item in items if isinstance(item, Incident)}
    assert len(by_title) == len(titles) == 110
    other = {title for title, category in by_title.items() if category == "99"}
    assert len(other) <= 5


POSITIONS = """
format: mapping/1
name: radio
record: unit_position/1
time_zone: Asia/Shanghai
coord_sys: wgs84
absent: ["-"]
id: {template: "{net}-{call}"}
skip:
  - {column: kind, in: [test]}
  - {column: call, empty: true}
fields:
  unit_type: {constant: patrol_car}
  source: {constant: radio_350m}
  status: {column: state, table: state}
  ts: {column: at, time: epoch_ms}
  lat: where.lat
  lon: where.lon
  speed_mps: speed
  officers: {column: crew, default: "2"}
tables:
  state:
    exact: {"1": patrol, "2": on_scene}
    default: busy_other
"""


def mapping(folder: Path, text: str) -> str:
    path = folder / "feed.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_mapping_of_ones_own(tmp_path: Path) -> None:
    adapter = adapter_for(mapping(tmp_path, POSITIONS))
    good = {"net": "A", "call": 7, "state": 1, "at": 1_795_270_473_000, "speed": "-", "crew": None}
    raws = [
        msgspec.json.encode({**good, "where": {"lat": 26.6, "lon": 106.6}}),
        msgspec.json.encode({**good, "kind": "test"}),
        msgspec.json.encode({**good, "call": ""}),
        msgspec.json.encode({**good, "state": 9}),
    ]
    first, skipped, empty, pointless = adapter.decode(raws)
    assert first == UnitPosition(
        schema="unit_position/1",
        unit_id="A-7",
        unit_type="patrol_car",
        source="radio_350m",
        status="patrol",
        ts=datetime.fromtimestamp(1_795_270_473, UTC),
        lat=26.6,
        lon=106.6,
        coord_sys="wgs84",
        officers=2,
    )
    assert isinstance(skipped, Refusal)
    assert skipped.reason == "skipped"
    assert isinstance(empty, Refusal)
    assert empty.reason == "skipped"
    assert isinstance(pointless, Refusal)
    assert pointless.reason == "missing_field"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("state, table: state}", "state, table: stat}", 15, "no table 'stat'"),
        ("  lat: where.lat", "  latt: where.lat", 17, "did you mean lat"),
        ("status: {column", "status: {colum", 15, "colum"),
        ("Asia/Shanghai", "Asia/Nowhere", 5, "not known"),
        ("epoch_ms", "epoch_days", 16, "no form of a time"),
        ('"1": patrol,', '"1": asleep,', 23, "cannot stand in status"),
        ("default: busy_other", "default: busy", 24, "cannot stand in status"),
        ("{constant: patrol_car}", "{constant: boat}", 13, "cannot stand in unit_type"),
        ("{constant: patrol_car}", "{default: patrol_car}", 13, "either column or constant"),
        ('id: {template: "{net}-{call}"}', "id: {}", 8, "exactly one"),
        ("coord_sys: wgs84", "about: x", 17, "coord_sys"),
        ("  source: {constant: radio_350m}\n", "", 13, "source is missing"),
        ("mapping/1", "mapping/7", 2, "mapping/7"),
        ("  speed_mps: speed", "  lat: speed", 19, "second time"),
        ("name: radio", "name: [radio", 0, "not valid YAML"),
    ],
)
def test_faults_are_told_with_line_and_column(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in POSITIONS
    path = mapping(tmp_path, POSITIONS.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        adapter_for(path)
    message = str(caught.value)
    assert re.search(r"feed\.yaml:\d+:\d+", message)
    assert said in message
    assert line == 0 or f"feed.yaml:{line}:" in message


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="watchfloor, call110, montgomery911"):
        adapter_for("montgomry")


def test_a_repeated_hour_is_the_first_one_and_a_missing_one_is_shifted() -> None:
    read = time_reader(["iso"], "America/New_York")
    repeated, missing = read("2016-11-06T01:30:00"), read("2016-03-13T02:30:00")
    assert repeated == datetime(2016, 11, 6, 5, 30, tzinfo=UTC)
    assert missing == datetime(2016, 3, 13, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("iso", "2026-11-21T22:14:33"),
        ("iso", "2026-11-21 22:14:33"),
        ("iso", "2026-11-21T14:14:33Z"),
        ("iso", "2026-11-21T09:14:33-05:00"),
        ("%Y%m%d%H%M%S", "20261121221433"),
        ("epoch_s", "1795270473"),
        ("epoch_ms", "1795270473000"),
    ],
)
def test_forms_of_a_time(form: str, text: str) -> None:
    moment = time_reader([form], "Asia/Shanghai")(text)
    assert moment == datetime(2026, 11, 21, 14, 14, 33, tzinfo=UTC)


def test_without_a_zone_a_time_without_offset_is_refused() -> None:
    assert time_reader(["iso"], None)("2026-11-21T22:14:33") is None
    assert time_reader(["iso"], "Asia/Shanghai")("9999-99-99") is None


def test_the_example_of_the_how_to_works(root: Path, tmp_path: Path) -> None:
    page = (root / "docs" / "how-to" / "connect-a-feed.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```(csv|yaml)\n(.*?)```", page, re.DOTALL))
    (tmp_path / "calls.csv").write_text(blocks["csv"], encoding="utf-8")
    adapter = adapter_for(mapping(tmp_path, blocks["yaml"]))
    (chunk,) = read_files([tmp_path / "calls.csv"], adapter)
    first, skipped, last = adapter.decode(chunk.raws)
    assert isinstance(first, Incident)
    assert isinstance(last, Incident)
    assert first.reported_at == datetime(2026, 11, 21, 21, 14, 33, tzinfo=UTC)
    assert (first.incident_id, first.category, first.lat) == ("C-4711", "1012", 52.5201)
    assert last.category == "1002"
    assert isinstance(skipped, Refusal)
    assert skipped.reason == "skipped"
