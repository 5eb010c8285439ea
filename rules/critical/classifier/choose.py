"""Temperature and thresholds, chosen on texts whose templates were held out, and their figures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp

from rules.critical.classifier.grammar import LABELS
from rules.critical.model import CATEGORIES, OUTCOMES

__all__ = ["Chosen", "choose", "critical_loss", "temperature_of"]

CRITICAL_PRECISION = 0.93
REVIEW_PRECISION = 0.8

Numbers = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Chosen(NamedTuple):
    """The least probability of a critical report for each tier, and what was measured."""

    review: float
    critical: float
    figures: dict[str, float]


def _loss(logits: Numbers, labels: Labels) -> float:
    """Mean negative logarithm of the probability of the right label."""
    return float(-log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean())


def critical_loss(logits: Numbers, labels: Labels) -> float:
    """The same of the one question whether a report is critical, once calibrated."""
    shares = log_softmax(logits / temperature_of(logits, labels), axis=1)
    true = labels < len(CATEGORIES)
    critical = logsumexp(shares[:, : len(CATEGORIES)], axis=1)
    rest = logsumexp(shares[:, len(CATEGORIES) :], axis=1)
    return float(-np.where(true, critical, rest).mean())


def temperature_of(logits: Numbers, labels: Labels) -> float:
    """What logits are divided by so that probabilities are right on average (Guo et al. 2017)."""
    found = minimize_scalar(lambda t: _loss(logits / t, labels), bounds=(0.2, 5), method="bounded")
    return float(found.x)


def choose(probabilities: Numbers, labels: Labels) -> Chosen:
    """Thresholds from held-out texts: the lowest that keep their precision from there on."""
    critical = probabilities[:, : len(CATEGORIES)].sum(axis=1)
    true = labels < len(CATEGORIES)
    review = _least(critical, true, REVIEW_PRECISION)
    alarm = _least(critical, true, CRITICAL_PRECISION)
    raised = critical >= review
    guess = probabilities.argmax(axis=1)
    hit = true & raised
    category = probabilities[:, : len(CATEGORIES)].argmax(axis=1)
    figures = {
        "texts": float(len(labels)),
        "accuracy": _share(guess == labels),
        "category_accuracy": _share(category[hit] == labels[hit]),
        **_figures("review", raised, true),
        **_figures("critical", critical >= alarm, true),
    }
    for label in (*OUTCOMES, "attend", "none"):
        index = LABELS.index(label)
        if (guess == index).any():
            figures[f"{label}_precision"] = _share(labels[guess == index] == index)
        if (labels == index).any():
            figures[f"{label}_recall"] = _share(guess[labels == index] == index)
    return Chosen(review, alarm, figures)


def _least(scores: Numbers, true: Flags, precision: float) -> float:
    """The lowest threshold above which the precision is reached; that of the best, if none is."""
    order = np.argsort(-scores, kind="stable")
    reached = np.cumsum(true[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(reached >= precision)
    at = int(enough[-1]) if len(enough) else int(reached.argmax())
    return float(scores[order[at]])


def _figures(tier: str, raised: Flags, true: Flags) -> dict[str, float]:
    return {
        f"{tier}_precision": _share(true[raised]),
        f"{tier}_recall": _share(raised[true]),
        f"{tier}_share_of_harmless": _share(raised[~true]),
    }


def _share(flags: Flags) -> float:
    return round(float(flags.mean()), 4) if len(flags) else 0.0
