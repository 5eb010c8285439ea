"""Which stretches of a text speak for a label: weights of n-grams, spread over their letters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules.critical.classifier.features import LENGTHS, Flags

__all__ = ["Stretch", "stretches"]

MOST = 4
MOST_LETTERS = max(map(max, LENGTHS))
SHORTEST = 2
_GAP = 1
"""Stretches no farther apart than this are one."""
_LEAST_SHARE = 0.35
"""A letter counts from this share of the strongest one's weight on."""


class Stretch(NamedTuple):
    """Letters start to end of a folded text, and what they add to the score of the label."""

    start: int
    end: int
    weight: float


def stretches(speaks: npt.NDArray[np.float32], latin: Flags) -> list[Stretch]:
    """The strongest stretches of a text, in the order of the text.

    speaks[k, p]: what the n-gram of LENGTHS[k][latin[p]] letters that begins at letter p - 1 adds,
    p = 0 being the edge before the text.
    """
    length = len(latin) - 1
    letters = np.zeros(length + MOST_LETTERS + 1)
    scripts = set(latin.tolist())
    for row, sizes in zip(speaks, LENGTHS, strict=True):
        for is_latin, size in enumerate(sizes):
            if is_latin not in scripts:
                continue
            share = np.where(latin == is_latin, row / size, 0)
            for letter in range(size):
                letters[letter : letter + length + 1] += share
    letters = letters[1 : length + 1]
    strongest = letters.max(initial=0.0)
    if strongest <= 0:
        return []
    found = []
    for run in _runs(np.flatnonzero(letters >= strongest * _LEAST_SHARE).tolist()):
        start, end = run
        if end - start < SHORTEST:
            start, end = max(0, end - SHORTEST), min(length, start + SHORTEST)
        if end - start >= SHORTEST:
            found.append(Stretch(start, end, float(letters[start:end].sum())))
    found.sort(key=lambda stretch: -stretch.weight)
    return sorted(found[:MOST])


def _runs(letters: list[int]) -> list[tuple[int, int]]:
    """The ranges that letters near each other make."""
    runs: list[tuple[int, int]] = []
    for letter in letters:
        start = letter
        if runs and letter - runs[-1][1] <= _GAP:
            start, _ = runs.pop()
        runs.append((start, letter + 1))
    return runs
