"""Alerts as JSON lines: the same bytes that a live worker writes to the topic `alerts`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from sinks.base import Retryable
from sinks.output import open_output
from streams.alert_codec import encode_alert
from streams.records import Alert

__all__ = ["JsonLines", "open_jsonl"]


class JsonLines:
    """One alert a line into a binary stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def send(self, alerts: Sequence[Alert]) -> None:
        """Write the alerts. Raises Retryable where the stream does not take them."""
        try:
            self._stream.write(b"".join(encode_alert(alert) + b"\n" for alert in alerts))
        except OSError as error:
            msg = f"alerts could not be written ({error.strerror}); is the disk full?"
            raise Retryable(msg) from error


@contextmanager
def open_jsonl(target: str) -> Iterator[JsonLines]:
    """A sink into the file `target` (`-` is standard output), whole at the end or not there."""
    with open_output(target) as stream:
        yield JsonLines(stream)
