"""Sketches of texts: 64 bits by which two reports can be compared, and no text can be read."""

from __future__ import annotations

from typing import Final

import numpy as np

from streams.mixing import mix64

__all__ = ["NO_SKETCH", "alike", "sketch_of"]

NO_SKETCH: Final = 0
"""The sketch of a text that is too short to be told from others by it."""
_LEAST_PAIRS: Final = 6
_BITS: Final = 64
_APART_AT_MOST: Final = 22
"""Bits in which like texts differ: unrelated ones do in 32, and 1 in 120 of them in so few."""
_NUMERALS: Final = frozenset("零〇一二三四五六七八九十百千万亿幺两壹贰叁肆伍陆柒捌玖拾佰仟")


def sketch_of(text: str) -> int:
    """SimHash (Charikar 2002) of the pairs of letters that follow each other in a text.

    Digits and numerals are left out, so that no phone, identity or card number is in it, and so
    are spaces and marks. Each bit is a majority over all pairs: what stands in a text cannot be
    read from it, only that two texts are alike. The same in every version, since it is in the log.
    """
    letters = "".join(c for c in text.lower() if c.isalpha() and c not in _NUMERALS)
    if len(letters) <= _LEAST_PAIRS:
        return NO_SKETCH
    codes = np.frombuffer(letters.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    pairs = mix64((codes[:-1] << np.uint64(32)) | codes[1:])
    bits = np.unpackbits(pairs.astype("<u8").view(np.uint8).reshape(-1, 8), axis=1)
    majority = np.packbits(2 * bits.sum(axis=0, dtype=np.int64) > pairs.size)
    # One bit is always set: a sketch is never that of no text.
    return int.from_bytes(majority.tobytes(), "big") | 1


def alike(one: int, other: int) -> bool:
    """Whether two texts say nearly the same, as far as their sketches tell."""
    known = NO_SKETCH not in {one, other}
    return known and (one ^ other).bit_count() <= _APART_AT_MOST
