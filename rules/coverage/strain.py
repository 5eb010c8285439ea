"""Load against strength of the stations of a command, for heat rules that ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from detectors.coverage.load import stretched
from rules.coverage.coverage_alert import seen_at
from rules.coverage.ground import Ground
from rules.heat_strength import Strain
from rules.language.schema.coverage import CoverageDefaults

__all__ = ["strain_in"]

_USUAL: Final = CoverageDefaults()
_LEAST: Final = 0.3
"""The least share that a rule may name."""
_BLIND: Final = 0.5
"""Where so large a share of the units is lost nothing is said: those are radios, not officers."""


def strain_in(grounds: Iterable[Ground]) -> dict[str, Strain]:
    """Areas whose load exceeds the least share, by all kinds of units and all calls for them."""
    found: dict[str, Strain] = {}
    for ground in grounds:
        look = ground.look(_USUAL, _USUAL.supply)
        load, strength = look.demand.load, look.found.strength
        lost, counted = look.supplied.lost, look.supplied.counted
        blind = (counted > 0) & (lost >= _BLIND * counted)
        for at in np.flatnonzero(stretched(load, strength, _LEAST) & ~blind).tolist():
            share = float(load[at] / strength[at]) if strength[at] > 0 else float("inf")
            found[ground.command.ids[at]] = Strain(share, seen_at(look, at))
    return found
