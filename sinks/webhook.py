"""Alerts by POST to an address, as CloudEvents or plain, signed so that the receiver can verify.

The signature is that of the Standard Webhooks specification, version 1: HMAC-SHA256 over
`ID.TIMESTAMP.BODY`. docs/how-to/send-alerts-on.md has the recipe for receivers.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Literal

from sinks.base import Rejected, Retryable
from sinks.cloudevents import event_types, structured, structured_batch
from sinks.http import HttpOptions, Receiver, open_receiver
from sinks.secrets import Secrets
from streams.alert_codec import encode_alert
from streams.errors import ConfigError
from streams.records import Alert

__all__ = ["Webhook", "WebhookOptions", "open_webhook", "signature"]

_WHSEC: Final = "whsec_"
_EVENT: Final = "application/cloudevents+json"


class WebhookOptions(HttpOptions, frozen=True, kw_only=True):
    """secret: a reference to the key of the signature, which may be written as `whsec_BASE64`.

    batch: all alerts of a call in one request. source: the attribute of CloudEvents.
    """

    secret: str | None = None
    format: Literal["cloudevents", "alert"] = "cloudevents"
    batch: bool = False
    source: str = "watchfloor"


class Webhook:
    """Posts alerts, one a request or all in one. key: of the signature; None: unsigned.

    clock: seconds since the epoch, for the time that is signed.
    """

    def __init__(
        self,
        receiver: Receiver,
        options: WebhookOptions,
        key: bytes | None,
        clock: Callable[[], float],
    ) -> None:
        self._receiver, self._options = receiver, options
        self._key, self._clock = key, clock

    def send(self, alerts: Sequence[Alert]) -> None:
        """Post the alerts. A batch that is refused is posted again one by one, to find out which.

        Raises Retryable or Rejected, with how many were taken before.
        """
        if self._options.batch and len(alerts) > 1:
            try:
                self._post(_name(alerts), *self._together(alerts))
            except Rejected:
                pass
            else:
                return
        for done, alert in enumerate(alerts):
            try:
                self._post_one(alert)
            except Retryable as error:
                raise Retryable(str(error), error.after_s, done=done) from error
            except Rejected as error:
                raise Rejected(str(error), done=done, count=1) from error

    def _post_one(self, alert: Alert) -> None:
        name, source = _name([alert]), self._options.source
        if self._options.batch:
            self._post(name, *self._together([alert]))
        elif self._options.format == "alert":
            self._post(name, encode_alert(alert), "application/json")
        else:
            for number, type_ in enumerate(event_types(alert)):
                event = structured(alert, source, type_)
                self._post(f"{name}.{number}" if number else name, event, _EVENT)

    def _together(self, alerts: Sequence[Alert]) -> tuple[bytes, str]:
        if self._options.format == "alert":
            return b"[" + b",".join(map(encode_alert, alerts)) + b"]", "application/json"
        body = structured_batch(alerts, self._options.source)
        return body, "application/cloudevents-batch+json"

    def _post(self, name: str, body: bytes, form: str) -> None:
        at = int(self._clock())
        headers = {
            "Content-Type": f"{form}; charset=utf-8",
            "webhook-id": name,
            "webhook-timestamp": str(at),
        }
        if self._key is not None:
            headers["webhook-signature"] = signature(self._key, name, at, body)
        self._receiver.post(body, headers)


def signature(key: bytes, name: str, at: int, body: bytes) -> str:
    """`v1,BASE64` of a request. name: its webhook-id. at: its webhook-timestamp, in seconds."""
    signed = b".".join((name.encode(), str(at).encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


def _name(alerts: Sequence[Alert]) -> str:
    """The same for the same revisions, so that a receiver knows what it had already."""
    names = [f"{alert.id}.{alert.revision}" for alert in alerts]
    if len(names) == 1:
        return names[0]
    return f"batch.{hashlib.sha256(' '.join(names).encode()).hexdigest()[:32]}"


def _key(reference: str, secrets: Secrets) -> bytes:
    secret = secrets.resolve(reference)
    if not secret.startswith(_WHSEC):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_WHSEC), validate=True)
    except binascii.Error as error:
        msg = f"the secret {reference} begins with {_WHSEC}, but what follows is no Base64"
        raise ConfigError(msg) from error


@contextmanager
def open_webhook(
    options: WebhookOptions, secrets: Secrets, *, clock: Callable[[], float] = time.time
) -> Iterator[Webhook]:
    """A sink on an address. Raises ConfigError where the address or a secret cannot be used."""
    key = None if options.secret is None else _key(options.secret, secrets)
    with open_receiver(options, secrets, clock=clock) as receiver:
        yield Webhook(receiver, options, key, clock)
