"""Calls of every kind, invented here: what they are taken for, and how they are graded."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rules.critical.matcher import CriticalMatcher

_CASES = [
    pytest.param(*case, id=f"{kind}-{number}")
    for kind, cases in yaml.safe_load(
        Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8")
    ).items()
    for number, case in enumerate(cases)
]


@pytest.fixture(scope="module")
def matcher():
    return CriticalMatcher.load()


def test_there_are_enough_cases():
    assert len(_CASES) >= 150


@pytest.mark.parametrize(("text", "category", "level"), _CASES)
def test_case(matcher, text, category, level):
    finding = matcher.match(text)
    assert (finding.tier == "critical") is (category != "none"), finding
    if category != "none":
        assert finding.category == category
        assert finding.spans
    assert finding.level == level, finding
