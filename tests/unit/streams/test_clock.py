"""Event time: late records and the least watermark of many sources."""

from __future__ import annotations

import numpy as np

from streams.clock import UnitMarks, Watermarks, standing_watermarks


def test_a_record_is_late_against_what_came_before_it() -> None:
    times = np.array([100, 50, 300, 100, 299], dtype=np.int64)
    standing, largest = standing_watermarks(times, None, 60)
    assert (times < standing).tolist() == [False, False, False, True, False]
    assert standing[1:].tolist() == [40, 40, 240, 240]
    assert largest == 300


def test_lateness_knows_the_chunk_before() -> None:
    standing, largest = standing_watermarks(np.array([100], dtype=np.int64), 1000, 60)
    assert standing.tolist() == [940]
    assert largest == 1000


def test_an_empty_chunk_moves_nothing() -> None:
    standing, largest = standing_watermarks(np.zeros(0, dtype=np.int64), 7, 60)
    assert standing.size == 0
    assert largest == 7


class Marks(Watermarks):
    """Two partitions, written tersely."""

    def says(self, source: str, watermark: int | None, *, idle: bool = False) -> Marks:
        self.update(source, 2, watermark, idle=idle)
        return self


def test_a_partition_not_heard_of_holds_the_others_back() -> None:
    marks = Marks().says("a", 100)
    assert marks.least() is None
    assert marks.says("b", 50).least() == 50


def test_a_watermark_never_goes_back() -> None:
    assert Marks().says("a", 100).says("b", 90).says("b", 10).least() == 90


def test_an_idle_partition_is_lifted_to_the_others_when_its_mark_comes() -> None:
    marks = Marks().says("b", None, idle=True).says("a", 100)
    assert marks.least() is None
    marks.says("b", None, idle=True)
    assert marks.least() == 100
    # Between marks it stands, so that its first records, a moment behind, are not late.
    assert marks.says("a", 500).least() == 100
    assert marks.says("b", 120).says("a", 600).least() == 120


def test_when_all_are_idle_time_goes_on_with_their_clocks() -> None:
    marks = Marks().says("a", 100).says("b", 90)
    marks.says("a", 110, idle=True).says("b", 105, idle=True)
    assert marks.least() == 110
    marks.says("b", 200, idle=True).says("a", 210, idle=True)
    assert marks.least() == 200


def test_snapshot_round_trip() -> None:
    marks = Marks().says("a", 100).says("b", None, idle=True)
    other = Watermarks()
    other.restore(marks.snapshot())
    other.update("b", 2, None, idle=True)
    assert other.least() == 100


class TestUnitMarks:
    def test_positions_that_lag_are_awaited_and_silent_ones_are_not(self) -> None:
        marks = UnitMarks()
        marks.expect(2)
        assert marks.hold(100) is None
        marks.update("positions/0", 2, 40, idle=False)
        assert marks.hold(100) is None, "one was not heard of"
        marks.update("positions/1", 2, None, idle=False)
        assert marks.hold(100) is None, "it has no position yet, and is not silent"
        marks.update("positions/1", 2, None, idle=True)
        assert marks.hold(100) == 40
        assert marks.hold(30) == 30, "they follow, and never lead"
        marks.update("positions/0", 2, 45, idle=True)
        assert marks.hold(100) == 100
        assert marks.hold(None) is None

    def test_a_batch_without_a_watermark_takes_none_back(self) -> None:
        marks = UnitMarks()
        marks.update("positions/0", 1, 40, idle=False)
        marks.update("positions/0", 1, None, idle=False)
        assert marks.hold(100) == 40
        other = UnitMarks()
        other.restore(marks.snapshot())
        assert other.snapshot() == marks.snapshot()
