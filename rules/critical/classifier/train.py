"""Trains the shipped weights from the grammar: python -m rules.critical.classifier.train.

What is held out is held out by template: texts of one template are too alike to measure each
other. The model that ships is trained on all templates, with the strength of the penalty, the
temperature and the thresholds that the held-out ones gave.
"""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from rules.critical.classifier.choose import choose, critical_loss, temperature_of
from rules.critical.classifier.corpus import Corpus, features, make_corpus
from rules.critical.classifier.features import BITS, LENGTHS
from rules.critical.classifier.fit import fit, rounded
from rules.critical.classifier.grammar import LABELS, Grammar
from rules.critical.classifier.weights import Facts, Weights, write_weights
from rules.critical.fold import Folder

__all__ = ["train"]

SEED = 20240611
PER_TEMPLATE = 8
FOLDS = 4
STRENGTHS = (5.0, 15.0, 45.0)
"""Inverse strengths of the L2 penalty to choose from."""


def train(grammar: Grammar, seed: int = SEED, per_template: int = PER_TEMPLATE) -> Weights:
    """The weights for a grammar, with thresholds and figures from held-out templates."""
    corpus = make_corpus(grammar, per_template, seed)
    labels, templates = corpus.labels, corpus.templates
    matrix = features(corpus.texts, Folder())
    folds = _folds(corpus, len(grammar.templates), seed)

    def first_loss(strength: float) -> float:
        held = folds == 0
        model = fit(matrix[~held], labels[~held], templates[~held], strength)
        return critical_loss(model.logits(matrix[held]), labels[held])

    strength = min(STRENGTHS, key=first_loss)
    logits = np.empty((len(labels), len(LABELS)))
    for fold in range(FOLDS):
        held = folds == fold
        model = fit(matrix[~held], labels[~held], templates[~held], strength)
        logits[held] = model.logits(matrix[held])
    temperature = temperature_of(logits, labels)
    chosen = choose(softmax(logits / temperature, axis=1), labels)
    facts = Facts(
        grammar=grammar.digest,
        seed=seed,
        labels=LABELS,
        bits=BITS,
        lengths=LENGTHS,
        review=chosen.review,
        critical=chosen.critical,
        figures={
            "templates": float(len(grammar.templates)),
            "strength": strength,
            "temperature": temperature,
            **chosen.figures,
        },
    )
    return rounded(fit(matrix, labels, templates, strength), temperature, facts)


def _folds(corpus: Corpus, templates: int, seed: int) -> npt.NDArray[np.int64]:
    """The fold of every text: that of its template."""
    random = np.random.Generator(np.random.PCG64(seed))
    return random.permutation(np.arange(templates) % FOLDS)[corpus.templates]


def main() -> None:
    """Train, write the weights file, tell the figures."""
    weights = train(Grammar.load())
    write_weights(weights)
    facts = weights.facts
    told = {"review from": facts.review, "critical from": facts.critical, **facts.figures}
    for name, value in told.items():
        sys.stdout.write(f"{name:28} {value:.4g}\n")


if __name__ == "__main__":
    main()
