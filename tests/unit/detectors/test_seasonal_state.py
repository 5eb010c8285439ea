"""State of a seasonal baseline: its size, and the laws of detectors over disturbed weeks."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.seasonal import SeasonalCount
from tests.unit.detectors.city import DAY, PER_HOUR, START, WEEK, counts, means, observe, sliding

MOST_BYTES = 2048
"""An area's share of the state (detection.md calls for no more)."""
RATES = np.geomspace(0.1, 8.0, 12)


def create(window=PER_HOUR):
    return SeasonalCount().create(window_ticks=window, ticks_per_hour=PER_HOUR)


@pytest.fixture(scope="module")
def disturbed():
    """Five weeks with a surge, a lasting shift, a gap, and an area that is born late."""
    mean = means(5, RATES)
    mean[10 * DAY : 13 * DAY, 3] *= 5
    mean[15 * DAY :, 8] *= 3
    mean[18 * DAY : 20 * DAY] = 0
    mean[: 12 * DAY, 11] = 0
    return counts(mean, 1)


def equal(left, right, rows=slice(None), columns=slice(None)) -> bool:
    return all(
        np.array_equal(a[rows, columns], b[..., columns], equal_nan=a.dtype.kind == "f")
        for a, b in zip(left, right, strict=True)
    )


def test_blocks_and_snapshots_change_nothing_over_weeks(disturbed) -> None:
    window = sliding(disturbed, PER_HOUR)
    whole = create().observe(START, disturbed, window)
    rng = np.random.default_rng(2)
    detector, start = create(), 0
    while start < len(disturbed):
        rows = slice(start, min(len(disturbed), start + int(rng.integers(1, 3 * DAY))))
        part = detector.observe(START + rows.start, disturbed[rows], window[rows])
        assert equal(whole, part, rows)
        fresh = create()
        fresh.restore(detector.snapshot())
        assert fresh.snapshot() == detector.snapshot()
        detector, start = fresh, rows.stop


def test_the_order_of_areas_changes_nothing_over_weeks(disturbed) -> None:
    straight = observe(create(), disturbed)
    order = np.random.default_rng(3).permutation(disturbed.shape[1])
    turned = observe(create(), disturbed[:, order])
    for a, b in zip(straight, turned, strict=True):
        assert np.array_equal(a[:, order], b)


@pytest.mark.parametrize("ticks", [3, DAY, 9 * WEEK])
def test_ticks_left_out_and_ticks_without_events_are_the_same(disturbed, ticks) -> None:
    jumping, patient = create(), create()
    for detector in (jumping, patient):
        observe(detector, disturbed)
    nothing = np.zeros((ticks, disturbed.shape[1]), dtype=np.int64)
    observe(patient, nothing, START + len(disturbed))
    after = START + len(disturbed) + ticks
    assert equal(observe(jumping, disturbed, after), observe(patient, disturbed, after))
    assert jumping.snapshot() == patient.snapshot()


def test_an_area_costs_less_than_two_kibibytes() -> None:
    areas = 5000
    detector = create()
    fresh = counts(np.full((DAY, areas), 0.2), 4)
    observe(detector, fresh)
    kept = sum(len(value) for value in detector.snapshot().values() if isinstance(value, bytes))
    assert kept < MOST_BYTES * areas
    known = detector._baseline
    arrays = [
        value
        for holder in (known._areas._of, vars(known._areas), known._rates)
        for value in holder.values()
        if isinstance(value, np.ndarray)
    ]
    assert sum(array.nbytes for array in arrays) < MOST_BYTES * areas
    assert len(known._rates) <= 2


def test_no_python_object_belongs_to_an_area() -> None:
    detector = create()
    observe(detector, counts(np.full((DAY, 300), 0.2), 5))
    state = detector.snapshot()
    assert sum(len(value) for value in state.values() if isinstance(value, list)) < 30
    assert all(not isinstance(value, dict) for value in state.values())
