"""The cyclic garbage collector, made rare: chunks are full of live objects and of no cycles."""

from __future__ import annotations

import gc
from typing import Final

__all__ = ["spare_the_collector"]

_COLLECT_AFTER: Final = 100_000


def spare_the_collector() -> None:
    """Leave what was loaded so far alone, and look at the rest seldom.

    A chunk makes 10^5 objects that are no garbage at all. Measured: a quarter of the whole
    worker's CPU time at full rate.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 50, 1000)
