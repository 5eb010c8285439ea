"""Marks for the tests of learning: who said what of which report, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from rules.critical.learning.layer import LearnedLayer
from rules.critical.learning.learner import learn
from rules.critical.learning.marks import Disposition

START = datetime(2026, 3, 1, tzinfo=UTC)
WORD = "word:robbery:抢"
OTHER = "frame:blade.maybe"
KEYWORD = "word:robbery:抢劫"
WEIGHTS = {WORD: 0.5, OTHER: 0.3, KEYWORD: 1.0}


def mark(report, said, by="duty_a", *, hours=0.0, codes=(WORD,), tier="review", score=None):
    return Disposition(
        incident_id=str(report),
        at=START + timedelta(hours=hours),
        mark=said,
        by=by,
        tier=tier,
        category="robbery",
        reasons=["lexicon:robbery", "tier:review", *codes],
        score=score,
    )


def many(count, said, *, officers=4, first=0, **fields):
    """So many marks on as many reports, by officers in turn, an hour apart."""
    return [
        mark(f"r{number}", said, f"duty_{number % officers}", hours=number, **fields)
        for number in range(first, first + count)
    ]


def taught(*batches: Iterable[Disposition], weights: Mapping[str, float] = WEIGHTS) -> LearnedLayer:
    """The layer after some batches."""
    layer = LearnedLayer()
    for batch in batches:
        step = learn(layer, batch, weights).step
        if step is not None:
            layer = LearnedLayer(steps=[*layer.steps, step])
    return layer


def delta(layer: LearnedLayer, entry: str = WORD) -> float:
    return {w.entry: w.delta for w in layer.steps[-1].weights}.get(entry, 0.0)
