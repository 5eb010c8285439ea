"""Runs of offsets: as many as went in, above any offset."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.runs import beyond, runs_of


@given(st.sets(st.integers(0, 60)), st.integers(-1, 70))
def test_runs_hold_exactly_the_offsets(offsets: set[int], applied: int) -> None:
    runs = runs_of(np.array(sorted(offsets), dtype=np.int64))
    assert beyond(runs, applied) == sum(offset > applied for offset in offsets)


def test_a_chunk_without_gaps_is_one_pair() -> None:
    assert len(runs_of(np.arange(5000))) == 16
