"""Intake: rows, refusals, floods of repairs, marks, areas by point, and what the seat entered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.adapters import adapter_for
from streams.areas import AreaTree, load_areas
from streams.intake import Intake, IntakeSettings, Progress, Source, partition_of
from streams.marks import closing_mark, read_mark
from streams.observations import (
    FLAG_LATE,
    FLAG_LINKED,
    FLAG_OFFICER,
    FLAG_OUTSIDE,
    FLAG_TEST,
    FLAG_UNCLEAR,
    Batch,
    decode_batch,
    encode_batch,
)
from tests.core_cases import FAR, FILE, START_MS, Robbery, report

MINUTE = 60_000


def intake(areas: AreaTree | None = None, *, partitions: int = 1) -> Intake:
    settings = IntakeSettings(partitions=partitions, lateness_ms=2 * MINUTE)
    return Intake(adapter_for("watchfloor"), Robbery(), areas or AreaTree(), settings)


def read(stage: Intake, *raws: bytes | None, source: Source = FILE, arrival: int = FAR):
    first = stage.progress(source).next_offset
    return stage.ingest(
        source,
        offsets=range(first, first + len(raws)),
        arrivals=[arrival] * len(raws),
        raws=raws,
        clock=FAR,
    )


def test_columns_say_what_was_observed() -> None:
    batch = read(
        intake(),
        report(1, 0, "A"),
        report(2, 5, "B", source="patrol", category="1012"),
        report(3, 1, "A", test=True),
        report(4, 6, "A", rev=2, event="updated", text="抢劫"),
    ).batches[0]
    assert batch.ids == ["J00001", "J00002", "J00003", "J00004"]
    assert batch.column("offset").tolist() == [0, 1, 2, 3]
    assert ((batch.column("time") - START_MS) // MINUTE).tolist() == [0, 5, 1, 6]
    assert [batch.areas[i] for i in batch.column("area")] == ["A", "B", "A", "A"]
    assert [batch.categories[i] for i in batch.column("category")] == [
        "2001", "1012", "2001", "2001",
    ]  # fmt: skip
    assert batch.column("flags").tolist() == [0, FLAG_OFFICER, FLAG_LATE | FLAG_TEST, 0]
    assert batch.changes.keys() == {3}
    assert batch.findings.keys() == {3}
    assert (batch.first, batch.last) == (0, 3)
    assert batch.watermark == START_MS + 4 * MINUTE


def test_no_word_of_a_text_travels() -> None:
    result = read(intake(), report(1, 0, text="我叫王小明,电话13812345678,抢劫"))
    assert "王小明" not in str(result.batches)
    assert "138" not in str(result.batches)


def test_every_partition_of_the_log_gets_the_watermark_and_its_own_rows() -> None:
    result = read(intake(partitions=5), *[report(n, n, f"A{n}") for n in range(20)])
    assert sorted(result.batches) == [0, 1, 2, 3, 4]
    assert {b.watermark for b in result.batches.values()} == {START_MS + 17 * MINUTE}
    for partition, batch in result.batches.items():
        assert all(partition_of(c, 5) == partition for c in batch.commands)
    assert sum(len(b.ids) for b in result.batches.values()) == 20


def test_bad_records_become_letters_and_the_stream_goes_on() -> None:
    result = read(
        intake(),
        b"{broken",
        report(1, 0),
        None,
        b"",
        report(2, 0, reported_at="2026-03-02 08:00"),
        b"\x00" * 10,
        report(3, 1),
    )
    assert (result.read, result.rejected) == (7, 5)
    assert [d.offset for d in result.dead_letters] == [0, 2, 3, 4, 5]
    assert all(d.disposition == "rejected" and d.detail for d in result.dead_letters)
    assert result.batches[0].ids == ["J00001", "J00003"]


def test_a_time_in_the_future_is_refused_and_does_not_move_the_clock() -> None:
    stage = intake()
    result = read(stage, report(1, 0), report(2, 6), report(3, 4), arrival=START_MS)
    assert [(d.reason, d.offset) for d in result.dead_letters] == [("future_time", 1)]
    assert stage.progress(FILE).max_time == START_MS + 4 * MINUTE


def test_a_flood_of_repairs_is_summed_up() -> None:
    raws = [report(n, 0, category="nonsense") for n in range(450)]
    letters = read(intake(), *raws).dead_letters
    assert len(letters) == 101
    assert sum(letter.count for letter in letters) == 450
    assert {letter.disposition for letter in letters} == {"repaired"}


def test_an_excerpt_is_masked_before_it_is_cut() -> None:
    padding = "x" * 190
    raw = f'{{"t":"{padding}13812345678"'.encode()
    assert "138" not in read(intake(), raw).dead_letters[0].excerpt


def test_offsets_that_were_read_are_skipped() -> None:
    stage = intake()
    stage.resume(FILE, Progress(next_offset=2, max_time=START_MS))
    result = stage.ingest(
        FILE,
        offsets=range(4),
        arrivals=[FAR] * 4,
        raws=[report(n, 0) for n in range(4)],
        clock=FAR,
    )
    assert result.read == 2
    assert result.batches[0].ids == ["J00002", "J00003"]
    assert result.batches[0].first == 2


def test_a_mark_closes_and_is_no_record() -> None:
    stage = intake()
    mark = closing_mark(START_MS + 30_000)
    result = read(stage, report(1, 0), mark)
    assert (result.read, result.rejected, result.dead_letters) == (1, 0, [])
    assert result.batches[0].watermark == START_MS + MINUTE
    assert read_mark(b'{"schema":"mark/1","closes":"nonsense"}') is None
    assert read_mark(b'{"schema":"mark/1"}') is None


class TestIdle:
    def watermark(self, stage: Intake, after_s: int) -> int | None:
        marks: dict[int, Batch] = stage.idle_mark(FILE, clock=FAR + after_s * 1000)
        assert marks[0].idle
        assert marks[0].ids == []
        assert marks[0].first == marks[0].last + 1
        return marks[0].watermark

    def test_before_its_first_record_a_source_knows_no_time(self) -> None:
        assert self.watermark(intake(), 10) is None

    def test_a_live_source_moves_on_with_the_clock(self) -> None:
        stage = intake()
        stage.resume(FILE, Progress(next_offset=7, max_time=FAR - 10_000, clock=FAR))
        assert self.watermark(stage, 30) == FAR - 10_000 - 2 * MINUTE + 30_000

    def test_a_backfill_stands_still(self) -> None:
        stage = intake()
        read(stage, report(1, 0))
        assert self.watermark(stage, 3000) == START_MS - 2 * MINUTE


@pytest.fixture
def town(tmp_path: Path) -> AreaTree:
    """A county with two square stations side by side."""

    def feature(area_id: str, kind: str, parent: str | None, west: float) -> dict[str, object]:
        ring = [[west, 26.0], [west + 0.1, 26.0], [west + 0.1, 26.1], [west, 26.1], [west, 26.0]]
        return {
            "type": "Feature",
            "properties": {
                "area_id": area_id,
                "kind": kind,
                "parent_id": parent,
                "name": {"zh": area_id, "en": area_id},
            },
            "geometry": {"type": "Polygon", "coordinates": [ring]} if kind == "station" else None,
        }

    features = [
        feature("P", "province", None, 0),
        feature("C", "city", "P", 0),
        feature("K", "county", "C", 0),
        feature("S1", "station", "K", 106.0),
        feature("S2", "station", "K", 106.1),
    ]
    file = tmp_path / "areas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return load_areas(file)


def test_an_area_is_found_by_its_point_and_its_command_by_the_tree(town: AreaTree) -> None:
    point: dict[str, Any] = {"lat": 26.05, "lon": 106.15, "coord_sys": "wgs84"}
    far: dict[str, Any] = {"lat": 30.0, "lon": 110.0, "coord_sys": "wgs84"}
    batch = read(
        intake(town),
        report(1, 0, "S1", **point),
        report(2, 0, None, **point),
        report(3, 0, "mistyped", **point),
        report(4, 0, None, **far),
        report(5, 0, None),
    ).batches[0]
    found = [batch.areas[i] for i in batch.column("area")]
    assert found == ["S1", "S2", "S2", "S2", "unknown"]
    assert batch.column("flags").tolist() == [0, 0, 0, FLAG_UNCLEAR | FLAG_OUTSIDE, FLAG_UNCLEAR]
    commands = dict(zip(batch.areas, batch.commands, strict=True))
    assert commands["S1"] == commands["S2"] == "K"


def test_places_and_links_travel() -> None:
    here: dict[str, Any] = {"lat": 26.6, "lon": 106.6, "coord_sys": "wgs84"}
    batch = read(
        intake(),
        report(1, 0, **here),
        report(2, 0, **here, linked_to="J00001"),
        report(3, 0),
    ).batches[0]
    first, second, third = batch.column("place").tolist()
    assert first == second >= 0
    assert third == -1
    assert batch.column("flags").tolist() == [0, FLAG_LINKED, 0]


def test_a_batch_from_before_there_were_places_has_none() -> None:
    batch = read(intake(), report(1, 0, lat=26.6, lon=106.6, coord_sys="wgs84")).batches[0]
    plain = msgspec.msgpack.decode(encode_batch(batch))
    del plain["place"]
    old = decode_batch(msgspec.msgpack.encode(plain))
    assert old.column("place").tolist() == [-1]
