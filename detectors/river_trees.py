"""river's HalfSpaceTrees per area: given scaled counts, and told which side is the odd one."""

from __future__ import annotations

from itertools import chain
from math import exp, log
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from detectors.river_areas import RiverDetector, RiverParameters, need_river

__all__ = ["RiverHalfSpaceTrees"]

_DAY_HOURS = 24
_LEAST_PEAK = 4.0
_KEPT = exp(-1 / (28 * _DAY_HOURS * 4))
"""Of the largest count from one quarter of an hour to the next: a freak is forgotten in weeks."""
_HEAD = 4
"""Numbers that stand before the masses of the trees."""


class _Trees:
    """The trees of an area, its mean, and the largest count that is remembered."""

    def __init__(self, trees: int, height: int, window: int) -> None:
        from river.anomaly import HalfSpaceTrees  # noqa: PLC0415 - optional
        from river.stats import Mean  # noqa: PLC0415 - optional

        # The same trees for every area: a verdict must not depend on an area's place.
        self._forest = HalfSpaceTrees(n_trees=trees, height=height, window_size=window, seed=1)
        self._masses = 2 * trees * (2 ** (height + 1) - 1)
        self._mean = Mean()
        self._peak = _LEAST_PEAK
        self._known: dict[tuple[int, float], float] = {}

    def judge(self, counts: list[int], hour: float) -> tuple[list[float], float]:
        """See `AreaModel.judge`."""
        expected = self._mean.get()
        sizes = [self._oddness(count, hour) for count in counts]
        signs = [1.0 if count > expected else -1.0 for count in counts]
        return [sign * size for sign, size in zip(signs, sizes, strict=True)], expected

    def learn(self, count: int, hour: float) -> None:
        """See `AreaModel.learn`."""
        self._known.clear()
        self._peak = max(self._peak * _KEPT, float(count), _LEAST_PEAK)
        self._mean.update(count)
        self._forest.learn_one(self._features(count, hour))

    def state(self) -> bytes:
        """See `AreaModel.state`."""
        forest = self._forest
        numbers = [self._mean.n, self._mean.get(), self._peak, float(forest.counter)]
        masses = [(node.l_mass, node.r_mass) for node in self._nodes()]
        held = np.array(masses or np.zeros(self._masses), dtype=np.int16)
        return np.array(numbers).tobytes() + held.tobytes()

    def take(self, state: bytes) -> None:
        """See `AreaModel.take`."""
        self._known.clear()
        bytes_of_head = _HEAD * np.dtype(np.float64).itemsize
        n, centre, self._peak, counter = np.frombuffer(state[:bytes_of_head]).tolist()
        self._mean.n, self._mean._mean = n, centre  # noqa: SLF001 - river has no plain form
        if n:
            # The first lesson builds the trees; what it taught is written over.
            self._forest.learn_one(self._features(0, 0.0))
        masses: NDArray[np.int16] = np.frombuffer(state[bytes_of_head:], dtype=np.int16)
        for node, (left, right) in zip(self._nodes(), masses.reshape(-1, 2).tolist(), strict=False):
            node.l_mass, node.r_mass = left, right
        self._forest.counter = int(counter)
        self._forest._first_window = n < self._forest.window_size  # noqa: SLF001

    def _nodes(self) -> list[Any]:
        return list(chain.from_iterable(tree.iter_dfs() for tree in self._forest.trees))

    def _oddness(self, count: int, hour: float) -> float:
        """From 0 to log(2 ** (height + 1) - 1): how little mass lies around such a window.

        It is asked for again and again until the next lesson, so that it is remembered till then.
        """
        key = count, hour
        if key not in self._known:
            mass = 1.0 - self._forest.score_one(self._features(count, hour))
            self._known[key] = -log(mass)
        return self._known[key]

    def _features(self, count: int, hour: float) -> dict[str, float]:
        """Each from 0 to 1; counts have as much room above the largest as below it."""
        scaled = min(1.0, count / (2.0 * self._peak))
        return {"count": scaled, "day": hour % _DAY_HOURS / _DAY_HOURS}


class RiverHalfSpaceTrees(
    RiverParameters, frozen=True, kw_only=True, tag_field="model", tag="river-half-space-trees",
    forbid_unknown_fields=True,
):  # fmt: skip
    """`baseline: {model: river-half-space-trees}`: HalfSpaceTrees over count and hour of day.

    The score is -log of the mass around a window, 1 minus river's score; negative where the count
    is not above the mean (Tan, Ting, Liu 2011).
    """

    trees: Annotated[int, Meta(ge=1, le=100)] = 10
    height: Annotated[int, Meta(ge=2, le=12, description="of each tree")] = 8
    mass_window: Annotated[
        int, Meta(ge=10, le=30_000, description="quarters of an hour that make up the masses")
    ] = 250

    def create(self, *, window_ticks: int, ticks_per_hour: int) -> RiverDetector:  # noqa: ARG002
        """A detector that has learned nothing yet. Raises ImportError without river."""
        need_river()
        return RiverDetector(
            lambda: _Trees(self.trees, self.height, self.mass_window),
            warm_up=self.warm_up_days * _DAY_HOURS,
            ticks_per_hour=ticks_per_hour,
        )
