"""Logistic regression over the hashed features, and its rounding to small integers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from rules.critical.classifier.grammar import LABELS
from rules.critical.classifier.weights import Facts, Weights
from rules.critical.model import CATEGORIES

__all__ = ["Linear", "Numbers", "fit", "rounded"]

_LARGEST = 127
_ROUNDS = 300
_TOLERANCE = 1e-3

Numbers = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


class Linear(NamedTuple):
    """Unrounded weights: by bucket and label, a bias by label, and those of the gate by bucket."""

    table: Numbers
    bias: Numbers
    gate: Numbers
    gate_bias: float

    def logits(self, matrix: csr_matrix) -> Numbers:
        """By text and label."""
        logits: Numbers = matrix @ self.table + self.bias
        return logits

    def gate_scores(self, matrix: csr_matrix) -> Numbers:
        """By text."""
        scores: Numbers = matrix @ self.gate + self.gate_bias
        return scores


def fit(matrix: csr_matrix, labels: Labels, strength: float) -> Linear:
    """Every label against every other, and for the gate critical against not.

    strength: the inverse strength of the L2 penalty. A label without texts gets no chance.
    """
    model = _regression(strength).fit(matrix, labels)
    table = np.zeros((matrix.shape[1], len(LABELS)))
    bias = np.full(len(LABELS), float(model.intercept_.min()) - 10)
    table[:, model.classes_] = model.coef_.T
    bias[model.classes_] = model.intercept_
    gate = _regression(strength).fit(matrix, labels < len(CATEGORIES))
    return Linear(table, bias, gate.coef_[0], float(gate.intercept_[0]))


def rounded(linear: Linear, temperature: float, facts: Facts) -> Weights:
    """The weights as they ship; probabilities are cooled by `temperature`."""
    table = linear.table / temperature
    scales = np.maximum(np.abs(table).max(axis=0), 1e-6) / _LARGEST
    return Weights(
        facts,
        np.rint(table / scales).astype(np.int8),
        scales.astype(np.float32),
        (linear.bias / temperature).astype(np.float32),
        linear.gate.astype(np.float32),
        linear.gate_bias,
    )


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=_ROUNDS, tol=_TOLERANCE)
