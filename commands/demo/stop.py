"""Ctrl-C and SIGTERM as a wish that is granted at the next safe point, not in the middle of a call.

A Kafka client that is interrupted inside its own loop may hang in its close; what was started
would then outlive its order of ending. The second Ctrl-C is not a wish any more.
"""

from __future__ import annotations

import signal
from types import FrameType

__all__ = ["Stop"]


class Stop:
    """Listens for both signals from its making on."""

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hear)

    def check(self) -> None:
        """Raise KeyboardInterrupt if an end was asked for."""
        if self._asked:
            raise KeyboardInterrupt

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.check()
        self._asked = True
