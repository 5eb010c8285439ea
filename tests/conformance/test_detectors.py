"""Every registered detector through the shared behaviour suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

from detectors import Detector, DetectorConfig
from detectors.conformance import CHECKS, PER_HOUR, WINDOW, check_all

Check = Callable[[Callable[[], Detector]], None]


@pytest.mark.parametrize("config", get_args(DetectorConfig), ids=lambda c: c.__name__)
@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
def test_detector(config: Any, check: Check) -> None:
    check(lambda: config().create(window_ticks=WINDOW, ticks_per_hour=PER_HOUR))


def test_the_suite_catches_a_detector_that_hides_its_own_spike() -> None:
    fixed = get_args(DetectorConfig)[0]

    class LearnsFirst:
        """Scores with what it should only learn afterwards, so a later block changes the past."""

        def __init__(self) -> None:
            self._inner = fixed().create(window_ticks=WINDOW, ticks_per_hour=PER_HOUR)

        def observe(self, first_tick, fresh, window):
            verdicts = self._inner.observe(first_tick, fresh, window)
            return verdicts._replace(score=verdicts.score - window.mean(axis=0))

        def snapshot(self):
            return {}

        def restore(self, state):
            pass

    with pytest.raises(AssertionError):
        check_all(LearnsFirst)
