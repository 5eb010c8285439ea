"""The shipped text model: probabilities of every label, and which words speak for one.

A linear model over hashed n-grams. It reads a whole chunk at once, for about two microseconds a
text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.critical.classifier.evidence import Stretch, stretches
from rules.critical.classifier.features import grams, grams_of, scale, scale_of
from rules.critical.classifier.grammar import LABELS
from rules.critical.classifier.weights import SHIPPED, Weights, read_weights
from rules.critical.fold import FoldedChunk
from rules.critical.model import CATEGORIES, OUTCOMES

__all__ = ["Classifier", "Opinion", "Opinions", "Probabilities"]

_CRITICAL = slice(0, len(CATEGORIES))
_OUTCOMES = slice(len(CATEGORIES), len(CATEGORIES) + len(OUTCOMES))
_COLUMNS = {label: column for column, label in enumerate(LABELS)}
_REST = slice(len(CATEGORIES), len(LABELS))

Tier = Literal["critical", "review", "none"]
Probabilities = npt.NDArray[np.float32]


class Opinion(NamedTuple):
    """What the model thinks of one text.

    probabilities: by LABELS, they add up to 1. critical: that of all categories together.
    tier: what `critical` is enough for. category: the likeliest one, with `category_share` its
    part of `critical`. outcome: the likeliest of OUTCOMES, with its probability as `confidence`.
    shares: the probabilities again, as a list, quicker to ask one by one.
    """

    probabilities: Probabilities
    critical: float
    tier: Tier
    category: str
    category_share: float
    outcome: str
    confidence: float
    shares: list[float]

    def of(self, label: str) -> float:
        """The probability of one label."""
        return self.shares[_COLUMNS[label]]


class Opinions(NamedTuple):
    """What the model thinks of a chunk: a row a text, a column a label; `critical` a text."""

    probabilities: Probabilities
    critical: Probabilities


class Classifier:
    """Reads folded texts; immutable once made."""

    def __init__(self, weights: Weights) -> None:
        self.facts = weights.facts
        """Where the weights come from, and what they were measured to do."""
        self._rows = weights.rows
        self._table = weights.table
        self._scales = weights.scales
        self._bias = weights.bias

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Classifier:
        """With the shipped weights. Raises RuleError."""
        return cls(read_weights(path))

    def opinions(self, chunk: FoldedChunk) -> Opinions:
        """The probabilities of all texts of a chunk."""
        found = grams(chunk)
        rows = self._rows.take(found.buckets)
        sums = self._table.take(rows[0], axis=0).astype(np.int16)
        for row in rows[1:]:
            sums += self._table.take(row, axis=0)
        totals = np.add.reduceat(sums, found.starts, axis=0, dtype=np.int32)
        probabilities = self._probabilities(totals, scale(found)[:, None])
        return Opinions(probabilities, probabilities[:, _CRITICAL].sum(axis=1))

    def opinion(self, folded: str) -> Opinion:
        """The opinion of one folded text."""
        found = grams_of(folded)
        rows = self._rows.take(found.buckets).ravel()
        totals = self._table.take(rows, axis=0).sum(axis=0, dtype=np.int32, keepdims=True)
        return self.judged(self._probabilities(totals, scale_of(found))[0])

    def judged(self, probabilities: Probabilities) -> Opinion:
        """What a row of probabilities comes to."""
        shares: list[float] = probabilities.tolist()
        categories, outcomes = shares[_CRITICAL], shares[_OUTCOMES]
        critical, most, confidence = sum(categories), max(categories), max(outcomes)
        return Opinion(
            probabilities,
            critical,
            self.tier(critical),
            CATEGORIES[categories.index(most)],
            most / critical,
            OUTCOMES[outcomes.index(confidence)],
            confidence,
            shares,
        )

    def tier(self, critical: float) -> Tier:
        """What the probability of a critical report is enough for, without a keyword."""
        if critical >= self.facts.critical:
            return "critical"
        return "review" if critical >= self.facts.review else "none"

    def evidence(self, folded: str, label: str) -> list[Stretch]:
        """The stretches of a folded text that speak most for a label, in the order of the text."""
        found = grams_of(folded)
        rows = self._table.take(self._rows.take(found.buckets), axis=0) * self._scales
        against = rows[..., _REST] if label in CATEGORIES else rows
        speaks = rows[..., LABELS.index(label)] - against.mean(axis=-1)
        return stretches(speaks * scale_of(found), found.latin)

    def _probabilities(
        self, totals: npt.NDArray[np.int32], scales: Probabilities | np.float32
    ) -> Probabilities:
        """The same operations for one text and for many: the same text has the same verdict."""
        likely = np.exp(totals * (scales * self._scales) + self._bias)
        probabilities: Probabilities = likely / likely.sum(axis=1, keepdims=True)
        return probabilities
