"""The second branch of heat: the same calls meet fewer officers, so the alert comes earlier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.coverage.load import stretched
from rules.ladder import RUNGS
from rules.language.schema.heat import Strength
from rules.limits import Phase
from streams.records import AlertCoverage

__all__ = ["Strain", "Strained", "strain_of"]


class Strain(Struct, frozen=True):
    """An area at a tick: load over strength (inf without any), and what both are made of."""

    share: float
    coverage: AlertCoverage


class Strained(Struct, frozen=True):
    """An area whose rung the second branch made or holds; alone: no count of calls did."""

    coverage: AlertCoverage
    alone: bool


def strain_of(
    strength: Strength,
    strain: Mapping[str, Strain],
    column_of: Mapping[str, int],
    window: NDArray[np.int64],
    phase: Phase,
    rungs: tuple[NDArray[np.int8], NDArray[np.int8]],
) -> dict[int, Strained]:
    """Raise the rungs (fired, held) of a tick, [areas], where load is beyond the share of strength.

    The least grave rung fires where load exceeds `over` of strength and the window holds the floor,
    and is held while load exceeds `clear`; so fewer officers never tell later (capability C5).
    Returns the columns whose rung rests on it.
    """
    fired, held = rungs
    found: dict[int, Strained] = {}
    for area, one in strain.items():
        column = column_of.get(area)
        if column is None:
            continue
        effective = phase.effective(column)
        lowest = _lowest(list(effective.rule.levels))
        share = np.array([one.share])
        over, stays = (
            bool(stretched(share, np.ones(1), limit)[0])
            for limit in (strength.over, strength.clear)
        )
        fires = over and window[column] >= phase.floor[column]
        if fires or stays:
            alone = int(max(fired[column], held[column])) < lowest
            found[column] = Strained(one.coverage, alone)
        if fires:
            fired[column] = max(int(fired[column]), lowest)
        if stays:
            held[column] = max(int(held[column]), lowest)
    return found


def _lowest(levels: Sequence[str]) -> int:
    return min((rung for rung, level in enumerate(RUNGS, 1) if level in levels), default=0)
