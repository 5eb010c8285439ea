"""Hashed n-grams of folded texts: of a whole chunk in a few numpy passes, no step per n-gram.

Letters only, as folding leaves them: whatever spacing, punctuation, width or script a text was
written in, its features are the same. The edges of a text are letters of their own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rules.critical.fold import BREAK, FoldedChunk

__all__ = ["BITS", "LENGTHS", "Grams", "grams", "grams_of", "scale"]

BITS = 16
"""Buckets are numbered by so many bits; bucket 0 is that of n-grams that do not count."""

LENGTHS = (2, 3, 4, 6)
"""2 to 4 for Chinese words, up to 6 for Latin ones."""

_STEP = np.uint32(0x01000193)
_MIX = np.uint32(0x9E3779B1)
_SHIFT = np.uint32(32 - BITS)
_EDGE = np.uint32(ord(BREAK))

Buckets = npt.NDArray[np.uint32]
Scales = npt.NDArray[np.float32]
Starts = npt.NDArray[np.int64]


class Grams(NamedTuple):
    """n-grams of some texts.

    buckets[k, p] is that of the n-gram of LENGTHS[k] letters that begins at letter p, the edge
    before the first text being letter 0; starts[i] is the letter where text i begins (its edge).
    """

    buckets: Buckets
    starts: Starts


def grams(chunk: FoldedChunk) -> Grams:
    """The n-grams of all texts of a chunk."""
    return Grams(_buckets(chunk.folded), chunk.starts[:-1])


def grams_of(folded: str) -> Grams:
    """The n-grams of one folded text."""
    return Grams(_buckets(folded), np.zeros(1, np.int64))


def scale(found: Grams) -> Scales:
    """What an n-gram of each text weighs: less in long texts, yet more of them weigh more."""
    lengths = np.diff(np.append(found.starts, found.buckets.shape[1]))
    return (1 / np.sqrt(lengths)).astype(np.float32)


def _buckets(folded: str) -> Buckets:
    longest = LENGTHS[-1]
    # Edges before and after, and what the last n-grams reach into.
    padded = BREAK + folded + BREAK * longest
    codes = np.frombuffer(padded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    count = len(folded) + 1
    buckets = np.zeros((len(LENGTHS), count), dtype=np.uint32)
    # Where n-grams begin that have an edge within: such ones would speak of two texts.
    ends = np.flatnonzero(codes[1 : count + 1] == _EDGE) + 1
    across = np.maximum(ends - np.arange(1, longest - 1)[:, None], 0)
    value = codes
    row = 0
    for length in range(2, longest + 1):
        value = value[:-1] * _STEP
        value += codes[length - 1 :]
        if length in LENGTHS:
            buckets[row] = value[:count] * _MIX >> _SHIFT
            buckets[row, across[: length - 2]] = 0
            row += 1
    return buckets
