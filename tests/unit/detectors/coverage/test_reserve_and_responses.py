"""The reserve of a command, and how soon units arrive in each class of areas."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.coverage.reserve import reserve_of
from detectors.coverage.responses import responses


def test_a_command_warns_when_its_free_units_are_the_reserve_or_less():
    reserve = reserve_of(
        np.array([1.0, 1.0, 2.5, 0.0]), np.array([0, 0, 1, 2]), np.array([2.0, 2.0, 0.0])
    )
    assert reserve.free.tolist() == [2.0, 2.5, 0.0]
    assert reserve.low.tolist() == [True, False, False]


def test_responses_are_told_by_class_with_what_is_known_of_them():
    minutes = np.array([4.0, 6.0, 5.0, np.nan, 12.0, -1.0, 3.0])
    told = responses(minutes, np.array([0, 0, 0, 0, 1, 1, 0]), np.array([5.0, 10.0, 20.0]))
    assert told.calls.tolist() == [4, 1, 0]
    assert told.median_min[:2] == pytest.approx([4.5, 12.0])
    assert told.p90_min[:2] == pytest.approx([5.7, 12.0])
    assert told.in_time[:2] == pytest.approx([0.75, 0.0])
    assert (told.low[0], told.high[0]) == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert all(np.isnan(column[2]) for column in (told.median_min, told.in_time, told.low))
