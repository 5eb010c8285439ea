"""Detectors of river: known answers against river itself, and its faults that are mended."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from river import anomaly, linear_model

from detectors import RiverGaussian, RiverHalfSpaceTrees, RiverPredictive, RiverSad
from detectors.river_predictive import _features

MODELS = (RiverGaussian, RiverSad, RiverPredictive, RiverHalfSpaceTrees)
PER_HOUR = 4
DAY = 24 * PER_HOUR


def counts(ticks: int, areas: int = 1, *, mean: float = 1.0, seed: int = 3):
    return np.random.default_rng(seed).poisson(mean, size=(ticks, areas)).astype(np.int64)


def taught(config: Any, seen: Any):
    detector = config.create(window_ticks=1, ticks_per_hour=PER_HOUR)
    detector.observe(0, seen, seen)
    return detector


def judged(detector: Any, tick: int, *values: int):
    """Scores of counts, each by a detector in the same state."""
    state = detector.snapshot()
    scores = []
    for value in values:
        detector.restore(state)
        row = np.full((1, 1), value, dtype=np.int64)
        scores.append(detector.observe(tick, row, row).score[0, 0].item())
    detector.restore(state)
    return scores


def born(seen: Any) -> Any:
    """The counts from the first event on: what an area learns."""
    return seen[np.flatnonzero(seen[:, 0])[0] :, 0].tolist()


def test_gaussian_is_rivers_law_on_the_upper_side() -> None:
    seen = counts(500)
    theirs = anomaly.GaussianScorer()
    for count in born(seen):
        theirs.learn_one(None, count)
    few, many, endless = judged(taught(RiverGaussian(), seen), 500, 0, 4, 60)
    law: Any = theirs.gaussian
    assert many == (4 - law.mu) / law.sigma
    assert few < 0 < many
    # river's score is the same for both, and there is nothing above it.
    assert theirs.score_one(None, 60) == theirs.score_one(None, 600) == 1.0
    assert endless > 50


def test_sad_is_rivers_score_on_the_upper_side() -> None:
    seen = counts(500)
    theirs = anomaly.StandardAbsoluteDeviation()
    for count in born(seen):
        theirs.learn_one(None, count)
    few, many = judged(taught(RiverSad(), seen), 500, 0, 4)
    assert many == pytest.approx(theirs.score_one(None, 4))
    assert few == pytest.approx(-theirs.score_one(None, 0))


def test_once_mended_gaussian_and_sad_are_the_same() -> None:
    seen = counts(700, 3)
    window = counts(700, 3, mean=2.0, seed=4)
    two = [
        kind().create(window_ticks=3, ticks_per_hour=12).observe(0, seen, window)
        for kind in (RiverGaussian, RiverSad)
    ]
    np.testing.assert_allclose(two[0].score, two[1].score, rtol=1e-9)


def test_by_hour_knows_the_night() -> None:
    seen = counts(20 * DAY)
    night = np.arange(20 * DAY) // PER_HOUR % 24 < 6
    seen[night] = 0
    detector = taught(RiverGaussian(by_hour=True), seen)
    at_night, by_day = 20 * DAY, 20 * DAY + 12 * PER_HOUR
    assert judged(detector, at_night, 3)[0] > 2 * judged(detector, by_day, 3)[0]


def test_predictive_is_rivers_ratio_until_its_limit_and_goes_on() -> None:
    seen = counts(800)
    theirs = anomaly.PredictiveAnomalyDetection(linear_model.LinearRegression(), n_std=3.0)
    first = np.flatnonzero(seen[:, 0])[0]
    for tick in range(first, 800):
        features, count = _features(tick / PER_HOUR), int(seen[tick, 0])
        theirs.score_one(features, count)
        theirs.learn_one(features, count)
    few, some, many, endless = judged(taught(RiverPredictive(), seen), 800, 0, 2, 40, 400)
    assert some == pytest.approx(theirs.score_one(_features(200.0), 2))
    assert few < 0 < some < 1 < many < endless


def test_the_features_of_the_prediction_lie_between_0_and_1() -> None:
    values = [value for hour in np.arange(0, 168, 0.25) for value in _features(hour).values()]
    assert min(values) >= 0
    assert max(values) <= 1


def test_trees_know_the_side() -> None:
    detector = taught(RiverHalfSpaceTrees(), counts(20 * DAY, mean=4.0))
    few, usual, many = judged(detector, 20 * DAY, 0, 4, 20)
    assert few < 0
    assert usual < many


@pytest.mark.parametrize("kind", MODELS)
def test_a_busy_window_scores_higher_than_all_that_was_learned(kind: Any) -> None:
    seen = counts(20 * DAY, mean=0.3)
    usual = kind().create(window_ticks=1, ticks_per_hour=PER_HOUR).observe(0, seen, seen)
    ready = usual.score[usual.ready[:, 0], 0]
    assert ready.size
    assert judged(taught(kind(), seen), 20 * DAY, 12)[0] > np.quantile(ready, 0.999)


@pytest.mark.parametrize("kind", MODELS)
def test_a_silence_of_all_areas_beyond_a_day_teaches_nothing(kind: Any) -> None:
    seen = counts(4 * DAY, 2, mean=3.0)
    short, long = taught(kind(), seen), taught(kind(), seen)
    again = counts(DAY, 2, mean=3.0, seed=5)
    # The same hour of the week, with a day of silence and weeks of it.
    left = short.observe(4 * DAY + 7 * DAY, again, again)
    right = long.observe(4 * DAY + 14 * DAY, again, again)
    assert np.array_equal(left.score, right.score)
    assert np.array_equal(left.history, right.history)
    assert left.history[0, 0] == 24 * 5


def test_an_area_learns_from_its_first_event_on() -> None:
    seen = counts(3 * DAY, 2, mean=3.0)
    seen[: 2 * DAY, 1] = 0
    verdicts = RiverSad(warm_up_days=1).create(window_ticks=1, ticks_per_hour=PER_HOUR)
    last = verdicts.observe(0, seen, seen)
    assert last.history[-1].tolist() == [71, 23]
    assert last.ready[-1].tolist() == [True, False]


def test_a_late_event_is_an_areas_first_as_well() -> None:
    seen = np.zeros((2 * DAY, 1), dtype=np.int64)
    detector = RiverSad().create(window_ticks=4, ticks_per_hour=PER_HOUR)
    late = np.array([[0], [1], [0], [0]])
    last = detector.observe(0, seen, seen, late)
    assert last.history[-1].tolist() == [24]


@pytest.mark.parametrize("kind", MODELS)
def test_without_river_a_sentence_says_what_to_install(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "river", None)
    with pytest.raises(ImportError, match="install watchfloor with the extra `learn`"):
        kind().create(window_ticks=3, ticks_per_hour=12)
