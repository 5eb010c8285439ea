"""Alerts by mail (SMTP): one thread an alert, one mail a digest, in each language that has a text.

Standards: RFC 5321 (answers 4yz and 5yz), RFC 5322 (threads by References), RFC 3834 (mail that
no person wrote says so).
"""

from __future__ import annotations

import hashlib
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import formatdate
from typing import Final, Literal

from msgspec import Struct

from sinks.base import Rejected, Retryable
from sinks.limit import Limit, limited
from sinks.receiver import loopback, trusted
from sinks.secrets import Secrets
from sinks.summary import body, subject
from streams.errors import ConfigError
from streams.records import Alert

__all__ = ["Email", "EmailOptions", "open_email"]

_PORTS: Final = {"starttls": 587, "implicit": 465, "none": 25}
_PERMANENT: Final = 500
_TOO_LARGE: Final = 552


class EmailOptions(Struct, frozen=True, kw_only=True):
    """to, from_: mailboxes. port: None for the usual one. password: a reference. ca: a PEM file.

    timezone: of the times shown, None for the machine's. timeout_s: seconds, for one attempt.
    """

    host: str
    to: list[str]
    from_: str
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    port: int | None = None
    user: str | None = None
    password: str | None = None
    ca: str | None = None
    timezone: str | None = None
    timeout_s: float = 20.0


class Email:
    """Sends one mail a call, over a connection of its own. password: the secret itself.

    clock: seconds since the epoch, for the mail's date.
    """

    def __init__(
        self, options: EmailOptions, password: str | None, clock: Callable[[], float]
    ) -> None:
        self._options, self._password, self._clock = options, password, clock
        self._context = None if options.tls == "none" else trusted(options.ca)
        self._client: smtplib.SMTP | None = None

    def send(self, alerts: Sequence[Alert]) -> None:
        """Mail the newest revision of each alert. Raises Retryable or Rejected for all of them."""
        newest = list({alert.id: alert for alert in alerts}.values())
        if not newest:
            return
        mail = self._written(newest)
        with limited(self._options.timeout_s, self._socket) as limit:
            try:
                refused = self._hand_over(mail)
            except (OSError, smtplib.SMTPException) as error:
                raise self._failure(error, limit) from error
            finally:
                self._close()
        if refused:
            raise self._not_all(refused)

    def _written(self, alerts: Sequence[Alert]) -> EmailMessage:
        options = self._options
        mail = EmailMessage()
        mail["Subject"] = subject(alerts)
        mail["From"], mail["To"] = options.from_, ", ".join(options.to)
        mail["Date"] = formatdate(self._clock(), localtime=True)
        mail["Auto-Submitted"] = "auto-generated"
        if any(alert.level in {"I", "II"} and alert.status == "firing" for alert in alerts):
            mail["Importance"] = "high"
        own, earlier = _marks(alerts, options.from_.rpartition("@")[2])
        mail["Message-ID"] = own
        if earlier:
            mail["In-Reply-To"] = mail["References"] = earlier
        texts = body(alerts, options.timezone)
        if len(texts) == 1:
            ((language, text),) = texts.items()
            mail.set_content(text)
            mail["Content-Language"] = language
            return mail
        mail.make_mixed()
        for language, text in texts.items():
            part = EmailMessage()
            part.set_content(text, disposition="inline")
            part["Content-Language"] = language
            mail.attach(part)
        return mail

    def _hand_over(self, mail: EmailMessage) -> dict[str, tuple[int, bytes]]:
        options = self._options
        port, own = options.port or _PORTS[options.tls], socket.gethostname()
        if options.tls == "implicit":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                local_hostname=own, timeout=options.timeout_s, context=self._context
            )
        else:
            client = smtplib.SMTP(local_hostname=own, timeout=options.timeout_s)
        self._client = client
        # The host that certificates are held against. Given to the constructor, it would be
        # connected to in there, where no limit on the whole reaches the socket.
        client._host = options.host  # type: ignore[attr-defined]  # noqa: SLF001
        client.connect(options.host, port)
        if options.tls == "starttls":
            client.starttls(context=self._context)
        if options.user is not None and self._password is not None:
            client.login(options.user, self._password)
        return client.send_message(mail)

    def _socket(self) -> socket.socket | None:
        return None if self._client is None else getattr(self._client, "sock", None)

    def _close(self) -> None:
        if self._client is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._client.close()
        self._client = None

    def _failure(self, error: Exception, limit: Limit) -> Retryable | Rejected:
        host = self._options.host
        # smtplib makes a lost connection of a wait that was too long
        if (
            limit.over
            or isinstance(error, TimeoutError)
            or isinstance(error.__context__, TimeoutError)
        ):
            return Retryable(f"{host} did not take the mail within {self._options.timeout_s:g} s")
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return Retryable(f"{host} does not let us in: look at the channel's user and password")
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return self._not_all(error.recipients)
        if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != _TOO_LARGE:
            return Retryable(
                f"{host} takes no mail from {self._options.from_}: name another `from`"
            )
        if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= _PERMANENT:
            return Rejected(f"{host} does not take this mail (it answered {error.smtp_code})")
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return Retryable(f"{host} does not offer what the channel asks for: {error}")
        if isinstance(error, ssl.SSLCertVerificationError):
            said = "name its authority by `ca`, or have the certificate put right"
            return Retryable(f"{host} shows a certificate that is not trusted: {said}")
        return Retryable(f"{host} cannot take mail now ({type(error).__name__}): is it running?")

    def _not_all(self, refused: dict[str, tuple[int, bytes]]) -> Retryable | Rejected:
        """Some mailboxes have it: those that may still take it are tried again with all."""
        said = f"{self._options.host} does not take mail for {', '.join(sorted(refused))}"
        if all(code >= _PERMANENT for code, _ in refused.values()):
            return Rejected(said)
        return Retryable(f"{said} now")


def _marks(alerts: Sequence[Alert], domain: str) -> tuple[str, str]:
    """The Message-ID, the same when it is sent again, and that of the first mail of its thread.

    domain: of the sender. A mail about several alerts begins a thread of its own.
    """
    if len(alerts) == 1:
        (alert,) = alerts
        own = f"<{_word(alert.id)}.{alert.revision}@{domain}>"
        return own, "" if alert.revision == 1 else f"<{_word(alert.id)}.1@{domain}>"
    names = " ".join(f"{alert.id}.{alert.revision}" for alert in alerts)
    return f"<digest.{hashlib.sha256(names.encode()).hexdigest()[:32]}@{domain}>", ""


def _word(text: str) -> str:
    """An id as it may stand in a Message-ID."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in text)


@contextmanager
def open_email(
    options: EmailOptions, secrets: Secrets, *, clock: Callable[[], float] = time.time
) -> Iterator[Email]:
    """A sink on a mail server. Raises ConfigError where it or the secret cannot be used."""
    if options.tls == "none" and not loopback(options.host):
        msg = f"mail to {options.host} is readable for anybody on the way: take `tls: starttls`"
        raise ConfigError(msg)
    password = None if options.password is None else secrets.resolve(options.password)
    yield Email(options, password, clock)
