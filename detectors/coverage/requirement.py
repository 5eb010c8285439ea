"""How many units an area needs: the least that keeps utilisation, waiting, travel and minimum."""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

__all__ = ["Standard", "required_units"]

Floats = NDArray[np.float64]
Indexes = NDArray[np.int64]

_SLACK: Final = 1e-9
"""A load of 6 Erlang over 10 units is a utilisation of 0.60, whatever the last bit says."""


class Standard(Struct, frozen=True, kw_only=True):
    """What units must keep. utilisation: busy share, at most (the "rule of 60" of ICMA).

    wait_share: probability, at most, that a call waits longer than `wait_min` minutes.
    """

    utilisation: float = 0.60
    wait_min: float = 5.0
    wait_share: float = 0.10

    def __post_init__(self) -> None:
        """Refuse a standard that no number of units keeps. Raises ValueError."""
        if not 0 < self.utilisation < 1:
            raise ValueError("utilisation must lie between 0 and 1")
        if not 0 < self.wait_share <= 1 or self.wait_min < 0:
            raise ValueError("wait_share must lie above 0 and up to 1, wait_min at 0 or above")


def required_units(
    load: Floats, service_min: float, at_least: Indexes, standard: Standard
) -> Indexes:
    """n_req of each area: least c >= at_least, a/c <= utilisation, P(W > wait_min) <= wait_share.

    load: Erlang [areas]. at_least: minimum manning and units for travel, the greater of both.
    service_min: mean minutes that a call binds a unit, one number for all areas: with each
    area's present mix a few short calls more could lower what it needs. 0 where no load and
    no minimum is. The template is PCAM (Chaiken & Dormont 1978).
    """
    least = np.maximum(np.ceil(load / standard.utilisation - _SLACK), at_least)
    result = np.where(load > 0, 0, np.maximum(at_least, 0)).astype(np.int64)
    left = np.flatnonzero(load > 0)
    a, least = load[left], least[left]
    blocked = np.ones_like(a)
    decay = standard.wait_min / max(service_min, _SLACK)
    c = 0
    while left.size:
        c += 1
        queued = a * blocked
        blocked = queued / (c + queued)
        waits = blocked / np.maximum(1.0 - a / c * (1.0 - blocked), _SLACK)
        waits *= np.exp(np.minimum(a - c, 0.0) * decay)
        done = (c >= least) & (waits <= standard.wait_share + _SLACK)
        if done.any():
            result[left[done]] = c
            stay = ~done
            left, a, least, blocked = left[stay], a[stay], least[stay], blocked[stay]
    return result
