"""Logistic regression over the hashed features, and its rounding to small integers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression

from rules.critical.classifier.features import BITS
from rules.critical.classifier.grammar import LABELS
from rules.critical.classifier.weights import Facts, Weights

__all__ = ["Linear", "fit", "rounded"]

MOST_ROWS = 65_535
"""What 16 bits can number, 0 being the row of what is not known."""

_SHARED = 2
_RARITY = 0.25
_TELLING = 2.0
_LARGEST = 127
_ROUNDS = 300
_TOLERANCE = 1e-3

Numbers = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


class Linear(NamedTuple):
    """Unrounded weights of the buckets `kept`: by bucket and label."""

    kept: Labels
    table: Numbers
    bias: Numbers

    def logits(self, matrix: csr_matrix) -> Numbers:
        """By text and label."""
        logits: Numbers = matrix[:, self.kept] @ self.table + self.bias
        return logits


def fit(matrix: csr_matrix, labels: Labels, templates: Labels, strength: float) -> Linear:
    """Every label against every other.

    strength: the inverse strength of the L2 penalty. A label without texts gets no chance.
    """
    kept, shared_by = _shared(matrix, templates)
    # What few templates share tells more than what most of them do: like idf, but milder.
    telling = _TELLING * shared_by**-_RARITY
    seen = matrix[:, kept] @ diags(telling.astype(np.float32))
    model = _regression(strength).fit(seen, labels)
    table = np.zeros((len(kept), len(LABELS)))
    bias = np.full(len(LABELS), float(model.intercept_.min()) - 10)
    table[:, model.classes_] = model.coef_.T * telling[:, None]
    bias[model.classes_] = model.intercept_
    return Linear(kept, table, bias)


def _shared(matrix: csr_matrix, templates: Labels) -> tuple[Labels, Numbers]:
    """Buckets that several templates fill, and how many: what one alone says helps no other."""
    filled = csr_matrix(
        (np.ones(matrix.nnz, np.int8), (templates[matrix.tocoo().row], matrix.indices)),
        shape=(int(templates.max()) + 1, matrix.shape[1]),
    )
    filled.sum_duplicates()
    by_bucket = np.bincount(filled.indices, minlength=matrix.shape[1])
    order = np.argsort(-by_bucket, kind="stable")[:MOST_ROWS]
    kept = np.sort(order[by_bucket[order] >= _SHARED])
    return kept, by_bucket[kept].astype(np.float64)


def rounded(linear: Linear, temperature: float, facts: Facts) -> Weights:
    """The weights as they ship; probabilities are cooled by `temperature`."""
    rows = np.zeros(1 << BITS, dtype=np.uint16)
    rows[linear.kept] = np.arange(1, len(linear.kept) + 1)
    table = np.vstack([np.zeros(len(LABELS)), linear.table / temperature])
    scales = np.maximum(np.abs(table).max(axis=0), 1e-6) / _LARGEST
    return Weights(
        facts,
        rows,
        np.rint(table / scales).astype(np.int8),
        scales.astype(np.float32),
        (linear.bias / temperature).astype(np.float32),
    )


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=_ROUNDS, tol=_TOLERANCE)
