"""Rolling mean: known answers by hand."""

from __future__ import annotations

import numpy as np

from detectors.rolling import RollingMean


def observe(counts: list[int], *, hours: int = 3, warm_up: int = 1, window: int = 2):
    """One area, two ticks an hour, a window of `window` ticks."""
    detector = RollingMean(hours=hours, warm_up=warm_up).create(
        window_ticks=window, ticks_per_hour=2
    )
    fresh = np.array(counts, dtype=np.int64)[:, None]
    padded = np.concatenate([np.zeros(window - 1, dtype=np.int64), fresh[:, 0]])
    sums = np.convolve(padded, np.ones(window, dtype=np.int64), mode="valid")[:, None]
    return detector.observe(0, fresh, sums)


def test_expectation_is_the_mean_of_the_hours_before_the_window() -> None:
    # Hours: 0 (birth, not counted) 1: 4 events, 2: 8 events, 3: 0, 4 and 5 under judgement.
    verdicts = observe([1, 1, 2, 2, 4, 4, 0, 0, 3, 3, 0, 0])
    # In hour 4 the window (one hour) may reach into hour 3, so hours 1 and 2 are the history.
    assert verdicts.expected[8, 0] == 6.0
    assert verdicts.history[8, 0] == 2
    # In hour 5 hours 1, 2 and 3: (4 + 8 + 0) / 3.
    assert verdicts.expected[10, 0] == 4.0
    assert verdicts.score[9, 0] == 6 / 6.0


def test_a_spike_is_not_in_its_own_expectation() -> None:
    quiet = observe([1] * 20)
    spiky = observe([1] * 18 + [50, 50])
    assert spiky.expected[19, 0] == quiet.expected[19, 0]
    assert spiky.score[19, 0] == 50 * quiet.score[19, 0]


def test_ready_after_the_warm_up() -> None:
    verdicts = observe([1] * 20, hours=4, warm_up=3)
    first = int(np.argmax(verdicts.ready[:, 0]))
    assert verdicts.history[first, 0] == 3
    assert not verdicts.ready[:first].any()


def test_history_begins_after_the_hour_of_the_first_event() -> None:
    verdicts = observe([0] * 10 + [1] * 6)
    assert verdicts.history[10, 0] == 0
    assert verdicts.history[15, 0] == 0


def test_a_quiet_area_expects_a_little_so_that_one_event_is_no_surge() -> None:
    verdicts = observe([1] + [0] * 19)
    assert verdicts.expected[19, 0] == 0.5
    assert verdicts.score[19, 0] == 0.0


def test_the_oldest_hour_is_let_out() -> None:
    counts = [0, 1] + [10, 10] + [1, 1] * 8
    verdicts = observe(counts, hours=3)
    assert verdicts.expected[-1, 0] == 2.0
