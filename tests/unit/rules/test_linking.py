"""Linking: a repeat is a call at the place of the call before it, soon enough after it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules.linking import Linking

Row = tuple[int, int, int]
"""Time, place, group."""


def mark(linking: Linking, rows: list[Row], *, groups: bool = False) -> list[bool]:
    times, places, group = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    found: list[bool] = linking.mark(times, places, group if groups else None).tolist()
    return found


def test_a_chain_goes_on_as_long_as_calls_keep_coming() -> None:
    rows = [(0, 7, 0), (30, 7, 0), (60, 7, 0), (91, 7, 0)]
    assert mark(Linking(30), rows) == [False, True, True, False]


def test_other_places_and_unknown_ones_are_not_linked() -> None:
    assert mark(Linking(30), [(0, 1, 0), (1, 2, 0), (2, 1, 0)]) == [False, False, True]
    assert mark(Linking(30), [(0, -1, 0), (1, -1, 0)]) == [False, False]


def test_groups_are_kept_apart_where_asked() -> None:
    rows = [(0, 1, 10), (1, 1, 20), (2, 1, 10)]
    assert mark(Linking(30), rows) == [False, True, True]
    assert mark(Linking(30), rows, groups=True) == [False, False, True]


def test_what_is_out_of_reach_is_forgotten() -> None:
    linking = Linking(30)
    mark(linking, [(t, t, 0) for t in range(1000)])
    assert len(linking.snapshot()["last"]) == 8 * 31


rows_ = st.lists(
    st.tuples(st.integers(0, 300), st.integers(-1, 3), st.integers(0, 1)), max_size=60
).map(sorted)


@given(rows_, st.lists(st.integers(0, 60), max_size=5))
def test_cuts_and_restarts_change_nothing(rows: list[Row], cuts: list[int]) -> None:
    whole, parts = Linking(30), Linking(30)
    marked: list[bool] = []
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for start, end in pairwise(edges):
        marked += mark(parts, rows[start:end], groups=True)
        again = Linking(30)
        again.restore(parts.snapshot())
        parts = again
    assert mark(whole, rows, groups=True) == marked
    assert whole.snapshot() == parts.snapshot()


@given(rows_)
def test_it_is_what_one_row_at_a_time_says(rows: list[Row]) -> None:
    last: dict[tuple[int, int], int] = {}
    expected = []
    for time, place, group in rows:
        before = last.get((place, group))
        expected.append(place >= 0 and before is not None and time - before <= 30)
        last[place, group] = time
    assert mark(Linking(30), rows, groups=True) == expected
