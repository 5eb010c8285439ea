"""The contract of a sink: where alerts go to be seen or acted upon; one file a sink.

A sink does one attempt and says plainly how it failed. Retries, deduplication, routing and the
choice of what to do next are put round every sink from outside, in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from streams.errors import WatchfloorError
from streams.records import Alert

__all__ = ["Rejected", "Retryable", "Sink"]


class Retryable(WatchfloorError):  # noqa: N818 - says what to do about it
    """The receiver could not take the alerts now; they may be sent again later.

    after_s: seconds that the receiver asks to be left alone; None where it asks nothing.
    done: how many of the alerts, from the first, it has taken all the same. They need not be sent
    again: otherwise a long batch would never get through to a receiver that fails now and then.
    """

    def __init__(self, message: str, after_s: float | None = None, *, done: int = 0) -> None:
        super().__init__(message)
        self.after_s, self.done = after_s, done


class Rejected(WatchfloorError):  # noqa: N818 - the same
    """The receiver will never take these alerts as they are; sending them again is no use.

    done: how many of the alerts, from the first, it has taken. count: how many after those it
    refuses, None for all that are left; what comes after them was not tried.
    """

    def __init__(self, message: str, *, done: int = 0, count: int | None = None) -> None:
        super().__init__(message)
        self.done, self.count = done, count


class Sink(Protocol):
    """Takes alerts in the order given; one call at a time, from whichever thread.

    Sending an alert twice must do no harm: the receiver keeps the highest `revision` of an `id`,
    or shows it again. Every attempt ends by itself, within the time limit of its options.
    """

    def send(self, alerts: Sequence[Alert]) -> None:
        """Deliver all of them, or raise Retryable or Rejected. An empty batch does nothing."""
        ...
