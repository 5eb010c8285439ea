"""Unit positions at intake: which fixes say something, where a unit is, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from streams.adapters import adapter_for
from streams.areas import AreaTree
from streams.intake import Intake, IntakeResult, IntakeSettings, Progress, Source
from streams.observations import decode_batch, encode_batch
from streams.unit_memory import NEVER, UnitMemory
from streams.unit_rows import STATUSES
from tests.core_cases import FAR, START_MS, Robbery, fix, report, small_city

UNITS = Source("positions", 0, 1, "positions")
EAST = {"lat": 30.005, "lon": 100.035}  # station D, the other county
CITY = small_city()


def intake(partitions: int = 4, areas: AreaTree = CITY) -> Intake:
    settings = IntakeSettings(partitions=partitions, lateness_ms=120_000)
    return Intake(adapter_for("watchfloor"), Robbery(), areas, settings)


def read(stage: Intake, *raws: bytes, arrival: int = FAR) -> IntakeResult:
    first = stage.progress(UNITS).next_offset
    return stage.ingest(
        UNITS,
        offsets=range(first, first + len(raws)),
        arrivals=[arrival] * len(raws),
        raws=raws,
        clock=FAR,
    )


def told(result: IntakeResult) -> list[tuple[str, str | None, str]]:
    """(unit, area, status) of every row, over all partitions; None where a unit has left one."""
    rows = []
    for batch in result.batches.values():
        units = decode_batch(encode_batch(batch)).units
        if units is not None:
            names = [*units.areas, None]
            rows += [
                (unit, names[area], STATUSES[status])
                for unit, area, status in zip(
                    units.ids, units.column("area"), units.column("status"), strict=True
                )
            ]
    return sorted(rows, key=str)


def dropped(result: IntakeResult) -> dict[str, int]:
    assert result.units is not None
    return {reason: count for reason, count in result.units.dropped.items() if count}


def test_a_fix_is_told_when_something_changed_or_a_minute_began() -> None:
    stage = intake(1)
    quiet = read(
        stage, fix(1, 0), fix(1, 0.2, lat=30.006), fix(1, 0.5), fix(1, 0.9, status="en_route")
    )
    assert told(quiet) == [("U1", "A", "en_route"), ("U1", "A", "patrol")]
    assert told(read(stage, fix(1, 0.95, status="en_route"))) == []
    assert told(read(stage, fix(1, 1.01, status="en_route"))) == [("U1", "A", "en_route")]
    for change in (
        {"officers": 2},
        {"auxiliaries": 3},
        {"incident_id": "J1"},
        {"unit_type": "foot"},
        {"shift_end": "2026-03-02T16:00:00Z"},
    ):
        before = {"status": "en_route"} | change
        assert len(told(read(stage, fix(1, 1.02, **before)))) == 1, change
        assert len(told(read(stage, fix(1, 1.02, **before)))) == 0, change
        assert len(told(read(stage, fix(1, 1.02, status="en_route")))) == 1, change


def test_all_that_travels_of_a_fix_is_its_area() -> None:
    result = read(intake(), fix(1, 0, lat=30.00123, lon=100.00456, heading=12.0))
    written = b"".join(encode_batch(batch) for batch in result.batches.values())
    for number in (30.00123, 100.00456):
        assert np.float64(number).tobytes() not in written
        assert np.float64(number).byteswap().tobytes() not in written


def test_a_unit_that_crosses_commands_leaves_one_and_enters_the_other() -> None:
    stage = intake()
    first = told(read(stage, fix(1, 0)))
    assert first == [("U1", "A", "patrol")] + [("U1", None, "patrol")] * 3
    assert told(read(stage, fix(1, 1, lon=100.015))) == [("U1", "B", "patrol")]
    crossing = read(stage, fix(1, 2, **EAST))
    assert told(crossing) == [("U1", "D", "patrol"), ("U1", None, "patrol")]
    parts = [q for q, batch in crossing.batches.items() if batch.units is not None]
    assert len(parts) == 2


def test_off_duty_is_told_once_and_nothing_else_of_it_is_kept() -> None:
    stage = intake()
    read(stage, fix(1, 0))
    gone = read(stage, fix(1, 1, status="off"), fix(1, 2, status="off", **EAST))
    assert told(gone) == [("U1", None, "off")]
    assert dropped(gone) == {"off": 2}
    memory = stage._units._trackers[UNITS.name]._memory
    assert np.isnan(memory.table[0][["lat", "lon", "x", "y"]].tolist()).all()
    assert memory.table[0]["area"] == -1
    # Back on duty far away: nobody knows where it was meanwhile.
    back = read(stage, fix(1, 3, lat=30.005, lon=100.205))
    assert told(back) == [("U1", "E", "patrol")]


def test_an_older_fix_updates_nothing() -> None:
    stage = intake(1)
    read(stage, fix(1, 5))
    older = read(stage, fix(1, 4, status="break"))
    assert told(older) == []
    assert dropped(older) == {"older": 1}
    assert told(read(stage, fix(1, 5.1))) == []


def test_a_late_fix_is_counted_as_late() -> None:
    stage = intake(1)
    result = read(stage, fix(1, 10), fix(2, 7.9), fix(3, 8))
    assert told(result) == [("U1", "A", "patrol"), ("U3", "A", "patrol")]
    assert dropped(result) == {"late": 1}
    assert np.frombuffer(result.batches[0].positions_late, "<i8").tolist() == [1, 1]
    assert np.frombuffer(result.batches[0].positions, "<i8").tolist() == [0, 0, 2, 2]
    assert result.batches[0].unit_watermark == START_MS + 8 * 60_000
    assert result.batches[0].watermark is None


def test_a_clock_that_runs_ahead_makes_no_other_fix_late() -> None:
    result = read(intake(1), fix(1, 4), fix(2, 0), arrival=START_MS + 60_000)
    assert dropped(result) == {}
    assert result.batches[0].unit_watermark == START_MS - 60_000


class TestJumps:
    def test_faster_than_60_m_a_second_is_refused(self) -> None:
        stage = intake(1)
        read(stage, fix(1, 0))
        jump = read(stage, fix(1, 0.1, **EAST))  # 2.9 km in 6 s
        assert [(d.reason, d.offset, d.disposition) for d in jump.dead_letters] == [
            ("position_jump", 1, "rejected")
        ]
        assert jump.rejected == 1
        assert jump.batches[0].positions == b""
        assert told(jump) == []
        assert told(read(stage, fix(1, 1, **EAST))) == [("U1", "D", "patrol")]  # in 60 s it can

    def test_accuracy_is_taken_off(self) -> None:
        stage = intake(1)
        read(stage, fix(1, 0, accuracy_m=400))
        assert read(stage, fix(1, 0.1, lon=100.014, accuracy_m=200)).rejected == 0
        read(stage, fix(2, 0))
        assert read(stage, fix(2, 0.1, lon=100.014)).rejected == 1

    def test_after_five_in_a_row_the_next_is_believed(self) -> None:
        stage = intake(1)
        read(stage, fix(1, 0))
        fixes = [fix(1, n / 600, lat=45.0) for n in range(1, 8)]
        assert read(stage, *fixes).rejected == 5


def test_bad_accuracy_says_nothing_about_the_area() -> None:
    stage = intake(1)
    assert told(read(stage, fix(1, 0, accuracy_m=501, home_area="C"))) == [("U1", "C", "patrol")]
    assert told(read(stage, fix(1, 1, accuracy_m=20))) == [("U1", "A", "patrol")]
    far = read(stage, fix(1, 2, accuracy_m=501, lon=100.205, home_area="C"))
    assert told(far) == [("U1", "A", "patrol")]
    # Where it was thought to be in between is no place that it has to have come from.
    assert read(stage, fix(1, 3)).rejected == 0


def test_outside_of_all_areas_is_unknown_and_unknown_datum_is_no_place() -> None:
    stage = intake(1)
    assert told(read(stage, fix(1, 0, lat=30.05))) == [("U1", "unknown", "patrol")]
    assert told(read(stage, fix(2, 0, coord_sys="unknown"))) == [("U2", "unknown", "patrol")]
    adrift = fix(3, 0, coord_sys="unknown", home_area="B")
    assert told(read(stage, adrift)) == [("U3", "B", "patrol")]


def test_without_polygons_a_unit_is_at_home() -> None:
    stage = intake(1, AreaTree())
    assert told(read(stage, fix(1, 0, home_area="X"))) == [("U1", "X", "patrol")]
    assert told(read(stage, fix(1, 0, home_area="Y"))) == [("U1", "Y", "patrol")]
    assert told(read(stage, fix(2, 0))) == [("U2", "unknown", "patrol")]


def test_the_area_is_that_of_the_point_however_a_unit_came_there() -> None:
    chance = np.random.default_rng(7)
    lat = 30.005 + np.cumsum(chance.normal(0, 0.0004, 400))
    lon = 100.02 + np.cumsum(chance.normal(0, 0.0004, 400))
    stage, found = intake(1), []
    asked = Counted(stage)
    for n, (north, east) in enumerate(zip(lat.tolist(), lon.tolist(), strict=True)):
        found += [area for _, area, _ in told(read(stage, fix(1, n, lat=north, lon=east)))]
    assert found == [area or "unknown" for area in CITY.locate(lat, lon)]
    assert len(set(found)) > 1
    assert asked.points < 300


class Counted:
    """Counts the points that polygons are asked about."""

    def __init__(self, stage: Intake) -> None:
        self.points = 0
        areas = stage._units._areas
        self._place = areas.place
        areas.place = self  # type: ignore[method-assign]

    def __call__(self, lat: Any, lon: Any, doubtful: Any) -> Any:
        self.points += len(lat)
        return self._place(lat, lon, doubtful)


def test_what_is_told_does_not_depend_on_the_cut() -> None:
    chance = np.random.default_rng(3)
    raws = [
        fix(
            int(chance.integers(4)),
            n / 20 + chance.normal(0, 0.3),
            lon=100.005 + 0.01 * int(chance.integers(4)),
            status=str(chance.choice(["patrol", "patrol", "en_route", "off"])),
        )
        for n in range(300)
    ]
    whole = intake()
    once = told(read(whole, *raws))
    pieces, stage = [], intake()
    for start in range(0, len(raws), 7):
        pieces += told(read(stage, *raws[start : start + 7]))
    assert sorted(pieces, key=str) == once
    assert stage.progress(UNITS) == whole.progress(UNITS)


def test_a_restart_writes_one_change_too_many_and_accounts_for_all() -> None:
    stage = intake()
    read(stage, fix(1, 0), fix(2, 0))
    stage.resume(UNITS, stage.progress(UNITS))
    again = read(stage, fix(1, 0.5), b"{")
    assert told(again) == [("U1", "A", "patrol")] + [("U1", None, "patrol")] * 3
    assert (again.read, again.rejected) == (2, 1)
    assert told(read(stage, fix(1, 0.6))) == []


def test_progress_holds_the_event_time_of_positions_apart() -> None:
    stage = intake(1)
    read(stage, fix(1, 3), report(1, 1))
    progress = stage.progress(UNITS)
    assert progress == Progress(2, START_MS + 60_000, FAR, START_MS + 180_000)
    assert progress.reached == START_MS + 180_000


class TestMemory:
    def test_units_that_were_silent_for_an_hour_make_room(self) -> None:
        memory = UnitMemory()
        old = memory.rows([f"old{n}" for n in range(1000)])
        memory.table["time"][old] = 0
        new = memory.rows([f"new{n}" for n in range(20)])
        memory.table["time"][new] = 4_000_000
        later = memory.rows([f"later{n}" for n in range(20)])
        assert len(memory) == 40
        assert (memory.table["time"][later] == NEVER).all()
        assert (memory.table["time"][memory.rows(["new7"])] == 4_000_000).all()

    def test_beyond_the_bound_the_least_lately_heard_of_go(self) -> None:
        memory = UnitMemory(most=1500)
        for block in range(4):
            rows = memory.rows([f"{block}-{n}" for n in range(700)])
            memory.table["time"][rows] = block
        assert len(memory) <= 1500
        assert (memory.table["time"][memory.rows(["3-0"])] == 3).all()


def test_a_dead_letter_shows_nothing_of_a_unit_off_duty() -> None:
    off = fix(1, 0, status="off", lat=0.0, lon=0.0, home_area="B")
    letters = read(intake(), off, off.replace(b'"status":', b'"status" : ')).dead_letters
    assert [(letter.reason, letter.excerpt) for letter in letters] == [("point_invalid", "")] * 2
