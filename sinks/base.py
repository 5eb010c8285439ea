"""The contract of a sink: where alerts go to be seen or acted upon; one file a sink.

A sink does one attempt and says plainly how it failed. Retries, deduplication, routing and time
limits are put round every sink from outside, in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from streams.errors import WatchfloorError
from streams.records import Alert

__all__ = ["Rejected", "Retryable", "Sink"]


class Retryable(WatchfloorError):  # noqa: N818 - says what to do about it
    """The receiver could not take the alerts now; the same alerts may be sent again later."""


class Rejected(WatchfloorError):  # noqa: N818 - the same
    """The receiver will never take these alerts as they are; sending them again is no use."""


class Sink(Protocol):
    """Takes alerts in the order given.

    Sending an alert twice must do no harm: the receiver keeps the highest `revision` of an `id`,
    or shows it again.
    """

    def send(self, alerts: Sequence[Alert]) -> None:
        """Deliver all of them, or raise Retryable or Rejected. An empty batch does nothing."""
        ...
