"""One attempt at a sink as a result: what was taken, what was refused for good, what is left."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sinks.base import Rejected, Retryable, Sink
from streams.records import Alert

__all__ = ["Attempt", "attempt"]


class Attempt(Struct, frozen=True):
    """How it went with alerts that were sent in one go, in their order.

    taken: so many from the first are with the receiver. refused: so many after those it will never
    take. What is left is to be sent again: after `after_s` seconds if the receiver asked for it,
    later if `failed`, and at once where the only trouble were the refused ones. said: what was
    wrong, a sentence without anything of an alert.
    """

    taken: int
    refused: int = 0
    failed: bool = False
    after_s: float | None = None
    said: str = ""


def attempt(sink: Sink, alerts: Sequence[Alert]) -> Attempt:
    """Send once. Never raises: a fault of the sink's own counts as a failure."""
    try:
        sink.send(alerts)
    except Retryable as error:
        return Attempt(
            _within(error.done, alerts), failed=True, after_s=error.after_s, said=str(error)
        )
    except Rejected as error:
        return _refused(error, alerts)
    except Exception as error:  # noqa: BLE001 - one sink must not end the delivery of others
        return Attempt(0, failed=True, said=f"the sink failed unexpectedly: {type(error).__name__}")
    return Attempt(len(alerts))


def _refused(error: Rejected, alerts: Sequence[Alert]) -> Attempt:
    taken = _within(error.done, alerts)
    left = len(alerts) - taken
    count = left if error.count is None else min(error.count, left)
    return Attempt(taken, count, said=str(error))


def _within(done: int, alerts: Sequence[Alert]) -> int:
    return max(0, min(done, len(alerts)))
