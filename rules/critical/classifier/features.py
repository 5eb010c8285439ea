"""Hashed n-grams of folded texts: of a whole chunk in a few numpy passes, no step per n-gram.

Letters only, as folding leaves them: whatever spacing, punctuation, width or script a text was
written in, its features are the same. The edges of a text are letters of their own.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules.critical.fold import BREAK, FoldedChunk

__all__ = ["BITS", "LENGTHS", "Grams", "grams", "grams_of", "scale", "scale_of"]

BITS = 20
"""Buckets are numbered by so many bits; bucket 0 is that of n-grams that do not count."""

LENGTHS = ((1, 5), (2, 4), (3, 3))
"""Of n-grams that begin at any other letter, and of those that begin at a Latin one."""

_LONGEST = 5
_STEP = np.uint32(0x01000193)
_STEPS = np.uint32(0x01000193**2 % 2**32)
_MIX = np.uint32(0x9E3779B1)
_SHIFT = np.uint32(32 - BITS)
_LATIN = np.uint32(0x30)
_LATINS = np.uint32(0x220)
"""So many from the digit 0 on: below it lies the edge, and the difference wraps around."""

_FIRST = np.zeros(1, np.int64)

Buckets = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]
Scales = npt.NDArray[np.float32]
Starts = npt.NDArray[np.int64]


class Grams(NamedTuple):
    """n-grams of some texts.

    buckets[k, p] is that of the n-gram of LENGTHS[k][latin[p]] letters that begins at letter p, the
    edge before the first text being letter 0; starts[i] is the letter where text i begins (its
    edge), lengths[i] how many letters it has with that edge.
    """

    buckets: Buckets
    latin: Flags
    starts: Starts
    lengths: Starts


def grams(chunk: FoldedChunk) -> Grams:
    """The n-grams of all texts of a chunk."""
    starts, ends = chunk.starts[:-1], chunk.starts[1:]
    return Grams(*_buckets(chunk.folded, ends), starts, ends - starts)


def grams_of(folded: str) -> Grams:
    """The n-grams of one folded text."""
    ends = np.array([len(folded) + 1])
    return Grams(*_buckets(folded, ends), _FIRST, ends)


def scale(found: Grams) -> Scales:
    """What an n-gram of each text weighs: less in long texts, yet more of them weigh more."""
    return (1 / np.sqrt(found.lengths)).astype(np.float32)


def scale_of(found: Grams) -> np.float32:
    """The same for the n-grams of one text."""
    return np.float32(1 / math.sqrt(found.buckets.shape[1]))


def _buckets(folded: str, ends: Starts) -> tuple[Buckets, Flags]:
    """`ends` are the edges after the texts, the one before the first being letter 0."""
    # Edges before and after, and what the last n-grams reach into.
    padded = BREAK + folded + BREAK * _LONGEST
    codes = np.frombuffer(padded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    count = len(folded) + 1
    two = codes[:-1] * _STEP + codes[1:]
    three = two[:-1] * _STEP + codes[2:]
    here = codes[:count]
    latin = here - _LATIN < _LATINS
    buckets = np.empty((len(LENGTHS), count), dtype=np.uint32)
    buckets[0] = here
    buckets[1] = two[:count]
    buckets[2] = three[:count]
    # An edge within an n-gram is the end of a text: it would speak of two.
    buckets[2, ends - 1] = 0
    if latin.any():
        np.copyto(buckets[1], two[:count] * _STEPS + two[2 : count + 2], where=latin)
        np.copyto(buckets[0], three[:count] * _STEPS + two[3 : count + 3], where=latin)
        across = np.maximum(ends - np.arange(1, _LONGEST - 1)[:, None], 0)
        for row, reach in ((0, 3), (1, 2)):
            begins = across[:reach].ravel()
            buckets[row, begins[latin[begins]]] = 0
    buckets *= _MIX
    buckets >>= _SHIFT
    return buckets, latin
