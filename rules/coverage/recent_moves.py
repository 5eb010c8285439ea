"""Moves that were suggested lately: for half an hour none is repeated or turned round."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

__all__ = ["Pause", "RecentMoves"]

_PAUSE_MS: Final = 30 * 60_000


class Pause(Struct, frozen=True):
    """Ids that rest now. units: not moved; givers: areas that take none; takers: that give none."""

    units: frozenset[str]
    givers: frozenset[str]
    takers: frozenset[str]


class RecentMoves:
    """Remembers suggestions for `pause_ms` of event time: a few a tick, so it stays small."""

    def __init__(self, pause_ms: int = _PAUSE_MS) -> None:
        self._pause_ms = pause_ms
        self._moves: list[tuple[int, str, str, str]] = []

    def remember(self, at_ms: int, unit: str, giver: str, taker: str) -> None:
        """A move was suggested; whether it was followed does not matter."""
        self._moves.append((at_ms, unit, giver, taker))

    def answered(self, unit: str, now_ms: int) -> str | None:
        """The desk answered a suggestion: what rests rests from now on. Where it was to go.

        None where no move of the unit was suggested lately.
        """
        for at_ms, known, giver, taker in self._moves[::-1]:
            if known == unit and now_ms - at_ms < self._pause_ms:
                self.remember(now_ms, unit, giver, taker)
                return taker
        return None

    def pause(self, now_ms: int) -> Pause:
        """What rests at this moment; older suggestions are forgotten."""
        self._moves = [move for move in self._moves if now_ms - move[0] < self._pause_ms]
        return Pause(
            frozenset(unit for _, unit, _, _ in self._moves),
            frozenset(giver for _, _, giver, _ in self._moves),
            frozenset(taker for _, _, _, taker in self._moves),
        )

    def snapshot(self) -> list[Any]:
        """Plain values."""
        return [list(move) for move in self._moves]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        self._moves = [(at, unit, giver, taker) for at, unit, giver, taker in state]
