"""Every registered detector through the shared behaviour suite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, get_args

import pytest

from detectors import Detector, DetectorConfig, EDetector, RollingMean, SeasonalCount
from detectors.conformance import CHECKS, PER_HOUR, WINDOW, check_all, new_areas_join

Check = Callable[[Callable[[], Detector]], None]


CONFIGS = [
    *(model() for model in get_args(DetectorConfig)),
    RollingMean(hours=5, warm_up=2),
    SeasonalCount(season="hour-of-day", forgetting_days=7, warm_up_days=1),
    SeasonalCount(time_zone="Asia/Kathmandu", gap_events=1, special_days=[date(1970, 1, 2)]),
    EDetector(reach_hours=5, warm_up_days=1),
]
SHARING = [SeasonalCount(city_factor=True), EDetector(city_factor=True)]
"""They share what came in the last hours, so that a new area is felt by others."""


@pytest.mark.parametrize("config", [*CONFIGS, *SHARING], ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
def test_detector(config: Any, check: Check) -> None:
    if config in SHARING and check is new_areas_join:
        pytest.skip("a city factor is there to be felt by all areas")
    check(lambda: config.create(window_ticks=WINDOW, ticks_per_hour=PER_HOUR))


def test_the_suite_catches_a_detector_that_hides_its_own_spike() -> None:
    fixed = get_args(DetectorConfig)[0]

    class LearnsFirst:
        """Scores with what it should only learn afterwards, so a later block changes the past."""

        def __init__(self) -> None:
            self._inner = fixed().create(window_ticks=WINDOW, ticks_per_hour=PER_HOUR)

        def observe(self, first_tick, fresh, window, late=None, judged=None):
            verdicts = self._inner.observe(first_tick, fresh, window, late, judged)
            return verdicts._replace(score=verdicts.score - window.mean(axis=0))

        def snapshot(self):
            return {}

        def restore(self, state):
            pass

    with pytest.raises(AssertionError):
        check_all(LearnsFirst)
