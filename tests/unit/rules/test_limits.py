"""What a rung asks for: counts, ratios to the expectation, and scores, each by itself."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import Verdicts
from rules.language.loader import read_rules
from rules.limits import Limits

RULE = """\
format: 1
kind: heat
rules:
  - id: odd
    title: {{zh: 异常, en: Odd}}
    floor: 1
    baseline: {{model: seasonal-count}}
    levels: {{III: {{fire: {fire}, clear: {clear}}}}}
"""


def _rungs(tmp_path, fire, clear, *, window, expected, score, ready=True):
    (tmp_path / "odd.yaml").write_text(RULE.format(fire=fire, clear=clear), encoding="utf-8")
    reading = read_rules(tmp_path)
    assert reading.errors == []
    limits = Limits(reading.book.heat[0])
    limits.extend(["a"])
    verdicts = Verdicts(
        np.array([[score]]),
        np.array([[expected]]),
        np.array([[ready]]),
        np.array([[99]]),
        np.array([[0.1]]),
    )
    fired, held = limits.at(0).rungs(np.array([[window]]), verdicts)
    return int(fired[0, 0]), int(held[0, 0])


@pytest.mark.parametrize(
    ("fire", "clear", "score", "fired", "held"),
    [
        ("{score: 4}", "{score: 2}", 4.5, 2, 2),
        ("{score: 4}", "{score: 2}", 3.0, 0, 2),
        ("{score: 4}", "{score: 2}", 1.0, 0, 0),
        ("{ratio: 3}", "{ratio: 2}", 9.0, 0, 2),
        ("{ratio: 2.5, score: 4}", "{ratio: 2}", 3.0, 0, 2),
        ("{ratio: 2.5, score: 4}", "{ratio: 2}", 4.0, 2, 2),
    ],
)
def test_a_ratio_is_no_score(tmp_path, fire, clear, score, fired, held):
    """Ten events where four were expected: 2.5 times, however odd that is."""
    found = _rungs(tmp_path, fire, clear, window=10, expected=4.0, score=score)
    assert found == (fired, held)


def test_nothing_fires_by_a_score_before_enough_is_known(tmp_path):
    asked = {"window": 10, "expected": 4.0, "score": 9.0, "ready": False}
    assert _rungs(tmp_path, "{score: 4}", "{score: 2}", **asked) == (0, 2)
    assert _rungs(tmp_path, "{count: 8}", "{count: 4}", **asked) == (2, 2)
