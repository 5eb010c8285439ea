"""Linking by type: in an area, one incident of a type counts within a short time of another."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules.same_type import UNKNOWN_TYPE, SameType

Row = tuple[int, int, int]
"""Time, area, type."""


def mark(linking: SameType, rows: list[Row]) -> list[bool]:
    times, areas, types = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    found: list[bool] = linking.mark(times, areas, types).tolist()
    return found


def one_by_one(rows: list[Row], within: int) -> list[bool]:
    begun: dict[tuple[int, int], int] = {}
    marked = []
    for time, area, kind in rows:
        last = begun.get((area, kind))
        repeat = kind != UNKNOWN_TYPE and last is not None and time - last <= within
        if not repeat:
            begun[area, kind] = time
        marked.append(repeat)
    return marked


def test_it_is_no_chain_so_that_a_riot_is_still_counted() -> None:
    rows = [(t, 0, 7) for t in range(0, 100, 10)]
    assert mark(SameType(20), rows) == [t % 30 != 0 for t in range(0, 100, 10)]


def test_other_areas_other_types_and_unknown_ones_are_not_linked() -> None:
    assert mark(SameType(20), [(0, 0, 7), (1, 1, 7), (2, 0, 8), (3, 0, 7)]) == [
        False, False, False, True,
    ]  # fmt: skip
    assert mark(SameType(20), [(0, 0, UNKNOWN_TYPE), (1, 0, UNKNOWN_TYPE)]) == [False, False]


def test_what_is_out_of_reach_is_forgotten() -> None:
    linking = SameType(20)
    mark(linking, [(t, t, 0) for t in range(1000)])
    assert len(linking.snapshot()["begun"]) == 8 * 21


rows_ = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 2), st.integers(-1, 2)), max_size=60
).map(sorted)


@given(rows_, st.lists(st.integers(0, 60), max_size=5))
def test_it_is_what_going_through_them_one_by_one_gives(rows: list[Row], cuts: list[int]) -> None:
    linking = SameType(20)
    marked: list[bool] = []
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for start, end in pairwise(edges):
        marked += mark(linking, rows[start:end])
        again = SameType(20)
        again.restore(linking.snapshot())
        linking = again
    assert marked == one_by_one(rows, 20)


def test_late_incidents_are_linked_to_those_before_and_behind_them() -> None:
    linking = SameType(20, late_ms=1000)
    mark(linking, [(100, 0, 7), (200, 0, 7), (200, 1, 7)])
    late = [(110, 0, 7), (150, 0, 7), (160, 0, 7), (160, 0, UNKNOWN_TYPE), (190, 0, 7), (250, 0, 8)]
    times, areas, types = np.array(late, dtype=np.int64).T
    found = linking.mark_late(times, areas, types).tolist()
    assert found == [True, False, True, False, True, False]
    assert mark(linking, [(260, 0, 8), (271, 0, 8)]) == [True, False]


@given(rows_, st.data())
def test_what_is_late_counts_no_more_than_in_time(rows: list[Row], data: st.DataObject) -> None:
    late = data.draw(st.lists(st.sampled_from(rows), unique=True, max_size=8)) if rows else []
    linking = SameType(20, late_ms=1000)
    begun = mark(linking, [row for row in rows if row not in late]).count(False)
    times, areas, types = np.array(sorted(late), dtype=np.int64).reshape(-1, 3).T
    begun += linking.mark_late(times, areas, types).tolist().count(False)
    # Where one that is in time lies between two late ones, either it counts or they do.
    assert abs(begun - one_by_one(rows, 20).count(False)) <= 2 * len(late)
