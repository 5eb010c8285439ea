"""Alerts as CAP 1.2 messages, as files in a directory or by POST; sinks/cap_message.py writes them.

Standard: OASIS Common Alerting Protocol 1.2 (ITU-T X.1303 bis).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from sinks.base import Rejected, Retryable
from sinks.cap_message import Reference, audience, message, reference
from sinks.http import HttpOptions, open_receiver
from sinks.secrets import Secrets
from streams.errors import ConfigError
from streams.records import Alert

__all__ = ["Cap", "CapOptions", "open_cap"]

_REMEMBERED: Final = 10_000
"""Open alerts whose messages are known by their times; of one more, its first is named."""
_MOST_REFERENCES: Final = 20
_TYPE: Final = {"Content-Type": "application/cap+xml; charset=utf-8"}


class CapOptions(Struct, frozen=True, kw_only=True):
    """directory or url: where messages go, one of the two. sender, scope and who may read them.

    The rest is that of every receiver over HTTP.
    """

    directory: str | None = None
    url: str | None = None
    sender: str = "watchfloor"
    scope: Literal["Public", "Restricted", "Private"] = "Restricted"
    restriction: str = "For command centres only"
    addresses: list[str] = []
    timeout_s: float = 10.0
    connect_timeout_s: float = 3.0
    token: str | None = None
    ca: str | None = None
    plaintext: bool = False


class Cap:
    """One message a revision. deliver: takes the identifier and the message, for one attempt.

    Alerts of rules on trial, and pending ones, are never told in CAP.
    """

    def __init__(self, options: CapOptions, deliver: Callable[[str, bytes], None]) -> None:
        self._options, self._deliver = options, deliver
        self._told: OrderedDict[str, list[Reference]] = OrderedDict()

    def send(self, alerts: Sequence[Alert]) -> None:
        """Deliver a message for each. Raises Retryable or Rejected, with how many went before."""
        for done, alert in enumerate(alerts):
            if alert.state == "shadow" or alert.status == "pending":
                continue
            try:
                self._send(alert)
            except Retryable as error:
                raise Retryable(str(error), error.after_s, done=done) from error
            except Rejected as error:
                raise Rejected(str(error), done=done, count=1) from error

    def _send(self, alert: Alert) -> None:
        own = reference(alert, self._options.sender)
        before = [r for r in self._told.get(alert.id, ()) if r.identifier != own.identifier]
        head = audience(self._options.scope, self._options.restriction, self._options.addresses)
        body = message(alert, self._options.sender, head, before)
        self._deliver(own.identifier, body)
        self._told.pop(alert.id, None)
        if alert.status == "firing":
            self._told[alert.id] = [*before, own][-_MOST_REFERENCES:]
            if len(self._told) > _REMEMBERED:
                self._told.popitem(last=False)


@contextmanager
def open_cap(options: CapOptions, secrets: Secrets) -> Iterator[Cap]:
    """A sink into a directory or to an address. Raises ConfigError where neither can be used."""
    if options.directory is not None:
        yield Cap(options, _Folder(options.directory).put)
        return
    if options.url is None:
        msg = "a CAP channel needs a `directory` or a `url`"
        raise ConfigError(msg)
    http = HttpOptions(
        url=options.url,
        timeout_s=options.timeout_s,
        connect_timeout_s=options.connect_timeout_s,
        token=options.token,
        ca=options.ca,
        plaintext=options.plaintext,
    )
    with open_receiver(http, secrets) as receiver:
        yield Cap(options, lambda _, body: receiver.post(body, _TYPE))


class _Folder:
    """A directory that holds whole messages only, whenever somebody looks."""

    def __init__(self, path: str) -> None:
        self._place = Path(path)
        try:
            self._place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"{path} cannot be a directory ({error.strerror}); choose another place"
            raise ConfigError(msg) from error

    def put(self, name: str, body: bytes) -> None:
        """Write a message under its identifier; written again it is the same file."""
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)
        part = self._place / f".{safe}.part"
        try:
            part.write_bytes(body)
            part.replace(self._place / f"{safe}.xml")
        except OSError as error:
            msg = f"{self._place} did not take a message ({error.strerror}); is the disk full?"
            raise Retryable(msg) from error
