"""Invented surges, and which of them a score sees: known answers on counts that we know."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.evaluation.history import History
from detectors.evaluation.power import SurgeScores
from detectors.evaluation.surges import KINDS, Kind, Surges, draw, kind_of

HOUR = 12
WEEK = 168 * HOUR


def flat(weeks, areas, seen=None):
    counts = np.ones((weeks * WEEK, areas), dtype=np.int16)
    seen = np.ones(len(counts), dtype=bool) if seen is None else seen
    counts[~seen] = 0
    return History(counts, seen, 0, HOUR)


def kinds(*names):
    return [kind_of(name) for name in names]


def test_kinds_are_read_from_their_names():
    assert kind_of("+5/1h") == Kind("+5/1h", 5, 1.0, 1)
    assert kind_of("x2.5/4h") == Kind("x2.5/4h", 0, 2.5, 4)
    assert all(kind_of(name) for name in KINDS)


@pytest.mark.parametrize("text", ["", "5/1h", "+0/1h", "+5/0h", "x1/2h", "+2.5/1h", "+5/1m", "x3"])
def test_what_is_no_kind_is_told(text):
    assert kind_of(text) is None


def test_additional_events_lie_within_their_surge():
    history = flat(8, 5)
    surges = draw(history, 4 * WEEK, kinds("+5/1h", "+10/2h"), 7)
    added = surges.injected(history).counts.astype(int) - history.counts
    assert added.sum() == np.where(surges.kind == 0, 5, 10).sum()
    for kind, area, start, length in zip(*surges[:4], strict=True):
        assert added[start : start + length, area].sum() == (5, 10)[kind]
    assert added[: 4 * WEEK].sum() == 0


def test_a_multiple_is_one_of_the_usual_number():
    surges = draw(flat(40, 10), 0, kinds("x3/2h"), 1)
    assert len(surges.event_rows) / len(surges.start) == pytest.approx(2 * 2 * HOUR, rel=0.02)


def test_an_area_has_a_surge_every_three_and_a_half_days():
    surges = draw(flat(60, 10), 0, kinds(*KINDS), 1)
    assert len(surges.start) == pytest.approx(10 * 60 * 2, rel=0.05)
    assert np.bincount(surges.kind) == pytest.approx([200] * 6, rel=0.2)


def test_the_same_seed_gives_the_same_surges():
    one, other = (draw(flat(8, 3), 0, kinds(*KINDS), 5) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert not np.array_equal(one.start, draw(flat(8, 3), 0, kinds(*KINDS), 6).start)


def test_no_surge_reaches_into_a_gap():
    seen = np.ones(8 * WEEK, dtype=bool)
    seen[3 * WEEK : 5 * WEEK] = False
    surges = draw(flat(8, 20, seen), 0, kinds("+10/4h"), 2)
    assert len(surges.start) > 100
    for start, length in zip(surges.start, surges.length, strict=True):
        assert seen[start : start + length + HOUR // 2].all()


def surges_at(*places, length=HOUR):
    kind, area, start = np.array(places, dtype=np.int64).T
    nothing = np.zeros(0, dtype=np.int64)
    return Surges(kind, area, start, np.full(len(kind), length), nothing, nothing)


def test_a_surge_is_seen_until_half_an_hour_after_it():
    scores = SurgeScores(surges_at((0, 0, 10), (0, 1, 10), (1, 0, 60)), HOUR)
    score = np.zeros((100, 2))
    score[10 + HOUR + HOUR // 2 - 1, 0] = 5  # the last tick that counts
    score[10 + HOUR + HOUR // 2, 1] = 5  # the first that does not
    score[62, 0] = 5
    for row in range(0, 100, 7):
        scores.add(row, score[row : row + 7])
    assert scores.detected(4.0, scores.of_kind(0)) == (1, 2, 90.0)
    assert scores.detected(4.0, scores.of_kind(1)) == (1, 1, 15.0)
    assert scores.detected(5.0, scores.of_kind(1)) == (0, 1, None)
    only = scores.of_kind(0) & scores.in_areas(np.array([False, True]))
    assert scores.detected(4.0, only) == (0, 1, None)
