"""Events that come late are learned as if they had come in time, and are not taken for now."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import EDetector, RollingMean, SeasonalCount
from tests.unit.detectors.city import DAY, PER_HOUR, START, WEEK, counts, means, sliding

RATES = np.geomspace(0.5, 4.0, 12)
WINDOW = 2 * PER_HOUR
MODELS = [SeasonalCount(), EDetector(), RollingMean(hours=48, warm_up=2)]


def create(model):
    return model.create(window_ticks=WINDOW, ticks_per_hour=PER_HOUR)


def deliver(detector, known, first, late):
    """Tick by tick from `first` on; late: {tick of arrival: (ticks ago, area, events)}."""
    window, scores = sliding(known, WINDOW), []
    detector.observe(START, known[:first], window[:first])
    for tick in range(first, len(known)):
        rows, given = slice(tick, tick + 1), None
        if tick in late:
            ago, area, events = late[tick]
            given = np.zeros((WINDOW, known.shape[1]), dtype=np.int64)
            given[WINDOW - 1 - ago, area] = events
        scores.append(detector.observe(START + tick, known[rows], window[rows], given).score)
    return np.concatenate(scores)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("ago", [1, 3])
def test_what_comes_late_is_learned_in_its_own_hour(model, ago) -> None:
    in_time = counts(means(3, RATES), 5)
    first = len(in_time) - 2 * DAY
    known, late = in_time.copy(), {}
    for number, tick in enumerate(range(first, first + DAY, 5)):
        area = number % RATES.size
        late[tick + ago] = (ago, area, int(in_time[tick, area]))
        known[tick, area] = 0
    whole, part, deaf = create(model), create(model), create(model)
    whole.observe(START, in_time, sliding(in_time, WINDOW))
    deliver(part, known, first, late)
    deliver(deaf, known, first, {})
    assert part.snapshot() == whole.snapshot()
    assert deaf.snapshot() != whole.snapshot()


def test_a_surge_that_is_told_late_lies_where_it_was() -> None:
    in_time = counts(means(3, RATES), 6)
    first = len(in_time) - DAY
    known = in_time.copy()
    in_time[first, 2] += 30
    late = {first + 2: (2, 2, 30)}
    expected = deliver(create(EDetector()), in_time, first, {})[:, 2]
    got = deliver(create(EDetector()), known, first, late)[:, 2]
    assert got[:2].max() < 8 < expected[0]
    np.testing.assert_allclose(got[2:], expected[2:], rtol=0.01)  # it was hot for an hour less
    assert got[2 * PER_HOUR + 1] < 8  # out of reach: two hours


def test_what_is_late_in_a_silence_ends_it() -> None:
    silence = 30 * PER_HOUR
    fresh = counts(means(3, np.full(12, 0.02)), 7)
    fresh[-silence:] = 0
    quiet, told = create(SeasonalCount()), create(SeasonalCount())
    deliver(quiet, fresh, len(fresh) - silence, {})
    deliver(told, fresh, len(fresh) - silence, {len(fresh) - 2 * PER_HOUR: (3, 4, 1)})
    after = START + 3 * WEEK + PER_HOUR
    nothing = np.zeros((1, 12), dtype=np.int64)
    for detector in (quiet, told):
        detector.observe(after, nothing, nothing)
    assert quiet.snapshot()["silent_since"] < told.snapshot()["silent_since"]


def test_an_area_that_is_first_heard_of_late_is_born_then() -> None:
    fresh = np.ones((30 * PER_HOUR, 2), dtype=np.int64)
    fresh[:, 1] = 0
    for model in (SeasonalCount(), RollingMean(hours=8, warm_up=1)):
        detector = create(model)
        deliver(detector, fresh, 1, {5 * PER_HOUR: (2, 1, 1)})
        after = detector.observe(START + 30 * PER_HOUR, fresh[:1], sliding(fresh, WINDOW)[:1], None)
        assert after.history[0, 1] > 0
