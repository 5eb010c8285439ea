"""Counts in sliding windows: the sums are those of the plain definition, however blocks are cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.sliding import Fresh, Windows

TICKS, COLUMNS = 60, 3


def plain(counts: np.ndarray, length: int) -> np.ndarray:
    padded = np.vstack([np.zeros((length - 1, counts.shape[1]), dtype=np.int64), counts])
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, length, axis=0).sum(axis=-1))


def filled(length: int) -> Windows:
    windows = Windows(length, linked=True)
    windows.grow(COLUMNS)
    return windows


@given(
    length=st.integers(1, 12),
    cuts=st.lists(st.integers(1, 25), min_size=1, max_size=20),
    seed=st.integers(0, 1000),
)
def test_the_cut_of_blocks_does_not_show(length: int, cuts: list[int], seed: int) -> None:
    counts = np.random.default_rng(seed).poisson(0.7, (TICKS, COLUMNS))
    windows, told, calls, at = filled(length), [], [], 0
    for size in [*cuts, TICKS]:
        part = counts[at : at + size]
        window, behind = windows.slide(Fresh(part, 2 * part))
        assert behind is not None
        told.append(window)
        calls.append(behind)
        again = filled(length)
        again.restore(windows.snapshot())
        assert again.snapshot() == windows.snapshot()
        windows, at = again, at + size
    assert np.array_equal(np.vstack(told), plain(counts, length))
    assert np.array_equal(np.vstack(calls), 2 * plain(counts, length))


@pytest.mark.parametrize("ticks", [1, 3, 20])
def test_what_came_late_counts_in_its_own_tick_from_now_on(ticks: int) -> None:
    length = 5
    counts = np.random.default_rng(1).poisson(0.7, (TICKS, COLUMNS))
    late = np.zeros((length, COLUMNS), dtype=np.int64)
    late[1, 2] = 4  # three ticks before the first of the block
    windows = filled(length)
    windows.slide(Fresh(counts[:30], counts[:30]))
    window, _ = windows.slide(Fresh(counts[30 : 30 + ticks], None, late))
    corrected = counts.copy()
    corrected[27, 2] += 4
    assert np.array_equal(window, plain(corrected, length)[30 : 30 + ticks])


def test_a_longer_window_begins_with_what_a_shorter_one_knows() -> None:
    counts = np.random.default_rng(2).poisson(0.7, (8, COLUMNS))
    short, long = filled(4), filled(7)
    short.slide(Fresh(counts, counts))
    long.inherit(short)
    nothing = np.zeros((1, COLUMNS), dtype=np.int64)
    window, _ = long.slide(Fresh(nothing, nothing))
    assert np.array_equal(window[0], counts[-3:].sum(axis=0))
    assert not short.empty()
    assert filled(4).empty()
