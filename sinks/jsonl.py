"""Alerts as JSON lines: the same bytes that a live worker writes to the topic `alerts`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from msgspec import Struct

from sinks.appended import open_appended
from sinks.base import Retryable
from sinks.output import open_output
from sinks.secrets import Secrets
from streams.alert_codec import encode_alert
from streams.records import Alert

__all__ = ["JsonLines", "JsonlOptions", "open_jsonl", "open_jsonl_channel"]


class JsonlOptions(Struct, frozen=True, kw_only=True):
    """file: appended to, line by line; `-` is standard output."""

    file: str


class JsonLines:
    """One alert a line into a binary stream. flush: each batch is out when `send` returns."""

    def __init__(self, stream: BinaryIO, *, flush: bool = False) -> None:
        self._stream, self._flush = stream, flush

    def send(self, alerts: Sequence[Alert]) -> None:
        """Write the alerts. Raises Retryable where the stream does not take them."""
        try:
            self._stream.write(b"".join(encode_alert(alert) + b"\n" for alert in alerts))
            if self._flush:
                self._stream.flush()
        except OSError as error:
            msg = f"alerts could not be written ({error.strerror}); is the disk full?"
            raise Retryable(msg) from error


@contextmanager
def open_jsonl(target: str) -> Iterator[JsonLines]:
    """A sink into the file `target` (`-` is standard output), whole at the end or not there."""
    with open_output(target) as stream:
        yield JsonLines(stream)


@contextmanager
def open_jsonl_channel(options: JsonlOptions, secrets: Secrets) -> Iterator[JsonLines]:  # noqa: ARG001 - it has none
    """A sink that appends to a file for as long as the channel is open."""
    if options.file == "-":
        yield JsonLines(sys.stdout.buffer, flush=True)
        return
    with open_appended(options.file) as stream:
        yield JsonLines(stream, flush=True)
