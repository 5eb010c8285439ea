"""Units needed: the reference list, every condition by itself, and monotony."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.coverage.queueing import wait_beyond
from detectors.coverage.requirement import Standard, required_units


def needed(*loads, service=40.0, at_least=0, standard=Standard()):  # noqa: B008 - frozen
    load = np.array(loads, dtype=np.float64)
    floor = np.full(load.size, at_least, dtype=np.int64)
    return required_units(load, service, floor, standard).tolist()


def test_the_list_of_the_reference():
    assert needed(0.5, 1, 2, 3, 4, 6, 8, 12) == [2, 3, 5, 6, 7, 10, 14, 20]


def test_utilisation_alone_binds_where_nobody_minds_waiting():
    patient = Standard(wait_share=1.0)
    assert needed(6.0, 6.1, 0.6, standard=patient) == [10, 11, 1]


def test_longer_calls_keep_units_from_the_next_one():
    assert needed(4.0, service=120.0) > needed(4.0, service=25.0)


def test_the_minimum_holds_with_and_without_calls():
    assert needed(0.0, 0.1, 4.0, at_least=3) == [3, 3, 7]
    assert needed(0.0, 0.01) == [0, 1]


def test_a_standard_that_nobody_can_keep_is_refused():
    for wrong in ({"utilisation": 1.0}, {"wait_share": 0.0}, {"wait_min": -1.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Standard(**wrong)


@given(
    st.floats(0.001, 60.0),
    st.floats(0.0, 10.0),
    st.integers(0, 8),
    st.floats(5.0, 180.0),
    st.floats(0.3, 0.9),
    st.floats(0.01, 0.9),
)
def test_it_is_the_least_that_keeps_the_standard_and_rises_with_calls(
    load, extra, at_least, service, utilisation, share
):
    standard = Standard(utilisation=utilisation, wait_share=share)
    first, second = needed(
        load, load + extra, service=service, at_least=at_least, standard=standard
    )
    assert first <= second

    def keeps(units, slack):
        waits = wait_beyond(load, units, 5.0, service)
        return units >= at_least and load / units <= utilisation + slack and waits <= share + slack

    assert keeps(first, 1e-8)
    assert first == 1 or not keeps(first - 1, -1e-8)
