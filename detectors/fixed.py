"""A fixed limit: the window's count is its own score ("alert at k or more in w minutes")."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.base import Verdicts

__all__ = ["Fixed", "FixedDetector"]


class FixedDetector:
    """Learns nothing and is ready at once; the order of the command decides, not statistics.

    >>> import numpy as np
    >>> counts = np.array([[2, 5]])
    >>> FixedDetector().observe(0, counts, counts).score.tolist()
    [[2.0, 5.0]]
    """

    def observe(
        self,
        first_tick: int,  # noqa: ARG002 - part of the contract
        fresh: NDArray[np.int64],  # noqa: ARG002 - part of the contract
        window: NDArray[np.int64],
        late: NDArray[np.int64] | None = None,  # noqa: ARG002 - part of the contract
        judged: NDArray[np.bool_] | None = None,  # noqa: ARG002 - part of the contract
    ) -> Verdicts:
        """See `Detector.observe`; the score is the count of the window."""
        shape = window.shape
        return Verdicts(
            score=window.astype(np.float64),
            expected=np.full(shape, np.nan),
            ready=np.ones(shape, dtype=np.bool_),
            history=np.zeros(shape, dtype=np.int64),
            dispersion=np.full(shape, np.nan),
        )

    def snapshot(self) -> dict[str, Any]:
        """Nothing is learned, so nothing is kept."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Nothing to take over."""


class Fixed(Struct, frozen=True, tag_field="model", tag="fixed", forbid_unknown_fields=True):
    """`baseline: {model: fixed}`: thresholds are plain counts."""

    def create(self, *, window_ticks: int, ticks_per_hour: int) -> FixedDetector:  # noqa: ARG002
        """A detector without history."""
        return FixedDetector()
