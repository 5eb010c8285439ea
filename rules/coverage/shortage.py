"""How many areas are how cold, and what is missing in them in all: figures for the boards."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from rules.coverage.ground import Look

__all__ = ["Shortage"]

_COLDNESS = 4


class Shortage(Struct, frozen=True):
    """areas: number of areas of coldness 0 to 3. missing: units missing where any are, in cars.

    What neighbours lend is counted before.
    """

    areas: tuple[int, ...] = (0,) * _COLDNESS
    missing: float = 0.0

    @classmethod
    def of(cls, look: Look) -> Shortage:
        """Of the areas of a command, as a rule sees them."""
        found = look.found
        counts = np.bincount(found.coldness, minlength=_COLDNESS)
        return cls(tuple(counts.tolist()), float(np.maximum(found.gap, 0).sum()))

    @classmethod
    def sum(cls, parts: Iterable[Shortage]) -> Shortage:
        """Of several commands."""
        areas, missing = [0] * _COLDNESS, 0.0
        for part in parts:
            areas = [one + other for one, other in zip(areas, part.areas, strict=True)]
            missing += part.missing
        return cls(tuple(areas), missing)
