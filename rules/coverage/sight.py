"""What a coverage rule saw of a command at a tick that it judged, for those who look on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.coverage.ground import Ground, Look
from rules.coverage.recent_moves import Pause
from rules.coverage.rungs import Rungs, Seen
from rules.language.coverage_entry import CoverageEntry

__all__ = ["Sight", "SightWitness"]


class Sight(Struct, frozen=True):
    """One judgement, before alerts are made of it.

    looks: one for each way of counting units; look_of: which of them holds in each area. fired,
    held: rungs by area, 1 to 4 for levels IV to I. pause: what was suggested lately.
    """

    entry: CoverageEntry
    ground: Ground
    rungs: Rungs
    looks: Sequence[Look]
    look_of: Sequence[int]
    seen: Seen
    fired: NDArray[np.int8]
    held: NDArray[np.int8]
    pause: Pause

    def look(self, at: int) -> Look:
        """What was seen of an area."""
        return self.looks[self.look_of[at]]


SightWitness = Callable[[Sight], None]
