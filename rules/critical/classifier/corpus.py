"""Training texts with labels, made from the grammar, and their features as a sparse matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from scipy.sparse import csr_matrix

from rules.critical.classifier.features import BITS, grams, scale
from rules.critical.classifier.grammar import LABELS, Grammar
from rules.critical.classifier.noise import Noise
from rules.critical.fold import Folder

__all__ = ["Corpus", "features", "make_corpus"]

_CHUNK = 512


class Corpus(Struct, frozen=True):
    """Texts; labels[i] is the index in LABELS, templates[i] the template that text i is from."""

    texts: list[str]
    labels: npt.NDArray[np.int64]
    templates: npt.NDArray[np.int64]


def make_corpus(grammar: Grammar, per_template: int, seed: int) -> Corpus:
    """Up to `per_template` distinct texts of every template; the same ones for the same seed."""
    noise = Noise(grammar)
    texts: list[str] = []
    labels: list[int] = []
    templates: list[int] = []
    for number, template in enumerate(grammar.templates):
        # A stream of its own: a template that comes or goes leaves the texts of the others alone.
        random = np.random.Generator(np.random.PCG64([seed, *template.text.encode()]))
        said = {
            noise.put_on(grammar.say(template, random), template.lang, random): None
            for _ in range(per_template)
        }
        texts += said
        labels += [LABELS.index(template.label)] * len(said)
        templates += [number] * len(said)
    return Corpus(texts, np.array(labels), np.array(templates))


def features(texts: Sequence[str], folder: Folder) -> csr_matrix:
    """A row a text, a column a bucket; as the model weighs them."""
    rows, columns, values = [], [], []
    for first in range(0, len(texts), _CHUNK):
        found = grams(folder.chunk(texts[first : first + _CHUNK]))
        lengths = np.diff(np.append(found.starts, found.buckets.shape[1]))
        row = np.repeat(np.arange(len(lengths)), lengths)
        value = np.repeat(scale(found), lengths)
        for buckets in found.buckets:
            rows.append(row + first)
            columns.append(buckets)
            values.append(value)
    where = (np.concatenate(rows), np.concatenate(columns))
    matrix = csr_matrix((np.concatenate(values), where), shape=(len(texts), 1 << BITS))
    matrix.sum_duplicates()
    return matrix
