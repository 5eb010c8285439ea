"""When a receiver that failed is tried again: exponential backoff, full jitter, circuit breaker.

Backoff and jitter as in "Exponential Backoff And Jitter" (Brooker, 2015): a wait is drawn evenly
between 0 and base * 2^n, so that many senders do not come back together. Breaker as in "Release
It!" (Nygard, 2007): after some failures in a row nothing is sent for a while, then one message
tries, and only when that is taken the rest follows.
"""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["Circuit", "State"]

State = Literal["closed", "half_open", "open"]

BASE_S: Final = 0.5
LONGEST_S: Final = 60.0
SHORTEST_S: Final = 0.05
OPENS_AFTER: Final = 5
"""Failures in a row after which the circuit opens."""
COOL_S: Final = 5.0
"""Shortest time for which an open circuit leaves its receiver alone."""
OBEYED_S: Final = 900.0
"""The longest `Retry-After` that is obeyed: a quarter of an hour without alerts is a lot."""


class Circuit:
    """The state of one receiver. Times are seconds of a clock that never goes back.

    Whoever sends asks `ready` first, and reports how it went.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    def state(self, now: float) -> State:
        """Closed: all goes through. Open: nothing does. Half open: one message may try."""
        if self._failures < OPENS_AFTER:
            return "closed"
        return "open" if now < self._until else "half_open"

    def wait_s(self, now: float) -> float:
        """How long until an attempt may be made; 0 for now."""
        return max(self._until - now, 0.0)

    def failed(self, now: float, chance: float, after_s: float | None = None) -> None:
        """An attempt failed. chance: drawn evenly from 0 to 1. after_s: asked for by the receiver.

        >>> circuit = Circuit()
        >>> circuit.failed(0.0, chance=1.0)
        >>> circuit.wait_s(0.0)
        0.5
        >>> circuit.failed(0.5, chance=1.0, after_s=30)
        >>> circuit.wait_s(0.5)
        30.0
        """
        backoff = min(LONGEST_S, BASE_S * 2.0 ** min(self._failures, 30))
        self._failures += 1
        wait = max(chance * backoff, SHORTEST_S)
        if self._failures >= OPENS_AFTER:
            wait = max(wait, COOL_S)
        self._until = now + max(wait, min(after_s or 0.0, OBEYED_S))

    def succeeded(self) -> None:
        """An attempt was taken: the circuit closes."""
        self._failures, self._until = 0, 0.0
