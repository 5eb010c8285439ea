"""The matcher on labelled calls that nobody looked at while words and model were made.

The floors lie below what was measured, so that a change which costs much is seen. Whoever mends
single lines of this file makes it worthless: find the kind, and write new lines of it elsewhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from commands.rules import command

_LABELS = Path(__file__).parents[1] / "labels" / "held_out.jsonl"


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    result = CliRunner().invoke(command, ["score", str(_LABELS), "--json"])
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)["score"]["figures"]
    return told


@pytest.mark.parametrize(
    ("figure", "floor"),
    [
        ("precision", 0.88),
        ("recall", 0.88),
        ("recall_with_review", 0.93),
        ("category", 0.90),
        ("level", 0.78),
    ],
)
def test_what_was_reached_on_unseen_calls_is_kept(figures, figure, floor):
    assert figures[figure]["value"] >= floor


def test_few_of_the_gravest_are_graded_low(figures):
    assert figures["level_one_low"]["value"] <= 0.08
