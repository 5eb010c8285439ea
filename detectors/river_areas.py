"""Detectors of the river library behind our contract: a model an area, scored, then taught."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Annotated, Any, ClassVar, Protocol

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from detectors.base import Verdicts

__all__ = ["AreaModel", "RiverDetector", "RiverParameters", "need_river"]

_DAY_HOURS = 24
_STEPS_PER_HOUR = 4
"""Models learn every quarter of an hour: windows that end nearer to each other tell the same."""
_LEAST_EXPECTED = 0.01
"""A ratio to nothing would be endless."""


class AreaModel(Protocol):
    """What is known of one area. hour: since the epoch, with its fraction.

    `judge` leaves the model as it is, so that asking twice gives the same twice.
    """

    def judge(self, counts: list[int], hour: float) -> tuple[list[float], float]:
        """Scores of windows with these counts, larger for more; and the count expected."""
        ...

    def learn(self, count: int, hour: float) -> None:
        """Take the window's count for a normal one."""
        ...

    def state(self) -> bytes:
        """The numbers that make up what was learned; always of one length."""
        ...

    def take(self, state: bytes) -> None:
        """Take over the numbers of a model with the same parameters."""
        ...


class RiverParameters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the baselines on river have in common."""

    slow: ClassVar[bool] = True
    """One Python object an area: fit for hundreds of areas, and not for thousands."""
    warm_up_days: Annotated[
        int, Meta(ge=1, le=366, description="history before a score counts, in days")
    ] = 14


class RiverDetector:
    """One model an area over the counts of its windows, in steps of a quarter of an hour.

    Every tick is judged by what was known when its step began; the window that ends with the step
    is learned then. An area learns from its first event on. A day without an event in any area
    is learned as zeros, and what lies beyond as nothing: a gap in the feed is no quiet. What was
    learned is not taken back: a late event is in the windows that hold it and are still to come.

    make: a model that has learned nothing. warm_up: hours of history before a verdict is ready.
    """

    def __init__(self, make: Callable[[], AreaModel], *, warm_up: int, ticks_per_hour: int) -> None:
        self._make = make
        self._warm_up = warm_up
        self._per_hour = ticks_per_hour
        self._stride = max(1, ticks_per_hour // _STEPS_PER_HOUR)
        self._most_quiet = -(-_DAY_HOURS * ticks_per_hour // self._stride)
        self._models: list[AreaModel] = []
        self._born = np.zeros(0, dtype=np.bool_)
        self._learned = np.zeros(0, dtype=np.int64)
        self._quiet = 0
        self._next: int | None = None

    def observe(
        self,
        first_tick: int,
        fresh: NDArray[np.int64],
        window: NDArray[np.int64],
        late: NDArray[np.int64] | None = None,
        judged: NDArray[np.bool_] | None = None,  # noqa: ARG002 - part of the contract
    ) -> Verdicts:
        """See `Detector.observe`. Windows that end from now on hold, and teach, what came late."""
        ticks, areas = window.shape
        self._grow(areas)
        self._pass_over(first_tick)
        if late is not None:
            self._born |= late.any(axis=0)
        verdicts = Verdicts.empty((ticks, areas))
        verdicts.dispersion[:] = np.nan
        row = 0
        while row < ticks:
            step = (first_tick + row) // self._stride
            end = min(ticks, (step + 1) * self._stride - first_tick)
            rows = slice(row, end)
            self._judge(step, window[rows], verdicts.part(rows))
            self._born |= fresh[rows].any(axis=0)
            if (first_tick + end) % self._stride == 0:
                self._learn(step, window[end - 1])
            row = end
        self._next = first_tick + ticks
        np.greater_equal(verdicts.history, self._warm_up, out=verdicts.ready)
        return verdicts

    def snapshot(self) -> dict[str, Any]:
        """See `Detector.snapshot`."""
        return {
            "next": self._next,
            "quiet": self._quiet,
            "born": self._born.tobytes(),
            "learned": self._learned.tobytes(),
            "models": b"".join(model.state() for model in self._models),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """See `Detector.restore`."""
        self._next, self._quiet = state["next"], state["quiet"]
        self._born = np.frombuffer(state["born"], dtype=np.bool_).copy()
        self._learned = np.frombuffer(state["learned"], dtype=np.int64).copy()
        self._models = [self._make() for _ in range(self._born.size)]
        length = len(state["models"]) // max(1, self._born.size)
        for index, model in enumerate(self._models):
            model.take(state["models"][index * length : (index + 1) * length])

    def _grow(self, areas: int) -> None:
        new = max(0, areas - len(self._models))
        self._models += [self._make() for _ in range(new)]
        self._born = np.pad(self._born, (0, new))
        self._learned = np.pad(self._learned, (0, new))

    def _pass_over(self, first_tick: int) -> None:
        """Ticks that were left out had no events; what no longer teaches is not walked through."""
        if self._next is None:
            return
        begin, end = self._next // self._stride, first_tick // self._stride
        nothing = np.zeros(len(self._models), dtype=np.int64)
        for step in range(begin, min(end, begin + self._most_quiet + 1)):
            self._learn(step, nothing)

    def _judge(self, step: int, window: NDArray[np.int64], into: Verdicts) -> None:
        hour = self._hour(step)
        counts: list[list[int]] = window.T.tolist()
        for index, (model, column) in enumerate(zip(self._models, counts, strict=True)):
            into.score[:, index], into.expected[:, index] = model.judge(column, hour)
        np.maximum(into.expected, _LEAST_EXPECTED, out=into.expected)
        into.history[:] = self._learned * self._stride // self._per_hour

    def _learn(self, step: int, counts: NDArray[np.int64]) -> None:
        self._quiet = 0 if counts.any() else min(self._quiet + 1, self._most_quiet + 1)
        if self._quiet > self._most_quiet:
            return
        hour = self._hour(step)
        values: list[int] = counts.tolist()
        for index in np.flatnonzero(self._born).tolist():
            self._models[index].learn(values[index], hour)
        self._learned += self._born

    def _hour(self, step: int) -> float:
        return step * self._stride / self._per_hour


def need_river() -> None:
    """Raises ImportError, as a sentence for people, where river is not installed."""
    if find_spec("river") is None:
        message = (
            "this baseline needs the river library, which is not installed here: install "
            "watchfloor with the extra `learn`, or take `model: seasonal-count`"
        )
        raise ImportError(message)
