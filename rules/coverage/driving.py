"""Units that the desk has sent to another area, and that are on their way there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

__all__ = ["Driving"]

_LONGEST_TICKS: Final = 30
"""A move is suggested for a quarter of an hour of driving at most: who needs twice that stays."""


class Driving:
    """Taker of each unit whose move was accepted, until it is there, or half an hour has passed.

    While it drives it counts at its taker: else the same shortage would ask for a second one.
    """

    def __init__(self) -> None:
        self._to: dict[str, tuple[str, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._to)

    def accept(self, unit: str, taker: str, tick: int) -> None:
        """The desk sent a unit at a tick; a later order takes the place of an earlier one."""
        self._to[unit] = taker, tick + _LONGEST_TICKS

    def move(self, tick: int, stands: Iterable[tuple[str, str]]) -> None:
        """On to a tick: who has arrived or is too late drives no more.

        stands: units that are here, and the area of each.
        """
        there = dict(stands)
        self._to = {
            unit: (taker, until)
            for unit, (taker, until) in self._to.items()
            if tick < until and there.get(unit, taker) != taker
        }

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Units with their takers, by name."""
        return iter([(unit, taker) for unit, (taker, _) in sorted(self._to.items())])

    def snapshot(self) -> list[Any]:
        """Plain values."""
        return [[unit, *to] for unit, to in sorted(self._to.items())]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        self._to = {unit: (taker, until) for unit, taker, until in state}
