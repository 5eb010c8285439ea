"""One POST to a receiver: verified TLS, a limit on the whole of it, and what its answer means.

The standard library's client, since it blocks (each channel has a thread of its own, and no event
loop inside) and every part of a request can be limited; a timer ends what answers byte by byte.
"""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection, gaierror, socket
from typing import Final
from urllib.parse import SplitResult

from msgspec import Struct

from sinks.answers import judge
from sinks.base import Retryable
from sinks.limit import Limit, limited
from sinks.receiver import address, trusted
from sinks.secrets import Secrets
from streams.errors import ConfigError

__all__ = ["HttpOptions", "Receiver", "open_receiver"]

_MOST_READ: Final = 65_536
"""Bytes of an answer that are read; a connection with more to come is not used again."""
_GONE: Final = (http.client.RemoteDisconnected, ConnectionError)
"""How a connection looks that the receiver closed while it was idle."""


class HttpOptions(Struct, frozen=True, kw_only=True):
    """url, token: an address or a reference to it, a reference. Limits in seconds.

    ca: PEM file of the authorities trusted, None for the system's. plaintext: http:// may leave
    this machine.
    """

    url: str
    timeout_s: float = 10.0
    connect_timeout_s: float = 3.0
    token: str | None = None
    ca: str | None = None
    plaintext: bool = False


class Receiver:
    """A receiver's address with one connection to it, kept while both sides keep it.

    clock: seconds since the epoch.
    """

    def __init__(
        self,
        url: SplitResult,
        options: HttpOptions,
        headers: Mapping[str, str],
        clock: Callable[[], float],
    ) -> None:
        self._url, self._options, self._clock = url, options, clock
        self._headers = {"User-Agent": "watchfloor", **headers}
        self._context = trusted(options.ca) if url.scheme == "https" else None
        self._kept: http.client.HTTPConnection | None = None
        self._socket: socket | None = None

    @property
    def name(self) -> str:
        """Its host, for sentences; the rest of an address may hold a secret."""
        return self._url.netloc.rpartition("@")[2]

    def post(self, body: bytes, headers: Mapping[str, str], *, path: str = "") -> None:
        """One attempt. path: put behind the address's own. Raises Retryable or Rejected."""
        target = self._url.path.rstrip("/") + path or "/"
        if self._url.query:
            target += f"?{self._url.query}"
        with limited(self._options.timeout_s, lambda: self._socket) as limit:
            try:
                answer = self._exchange(target, body, {**self._headers, **headers}, limit)
            except (OSError, http.client.HTTPException) as error:
                said = self._reason(error, limit)
                self.close()
                raise Retryable(f"{self.name} {said}") from error
        judge(self.name, *answer, now=self._clock())

    def close(self) -> None:
        """Give the connection up."""
        if self._kept is not None:
            self._kept.close()
        if self._socket is not None:
            self._socket.close()
        self._kept = self._socket = None

    def _exchange(
        self, target: str, body: bytes, headers: Mapping[str, str], limit: Limit
    ) -> tuple[int, str | None]:
        if self._kept is not None:
            try:
                return self._ask(self._kept, target, body, headers)
            except _GONE:
                # Closed by the receiver between two alerts: no failure of this one.
                self.close()
                if limit.over:
                    raise
        return self._ask(self._connect(limit), target, body, headers)

    def _ask(
        self,
        connection: http.client.HTTPConnection,
        target: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> tuple[int, str | None]:
        connection.request("POST", target, body, dict(headers))
        response = connection.getresponse()
        read = response.read(_MOST_READ)
        if response.length and len(read) < _MOST_READ:
            raise http.client.IncompleteRead(read, response.length)
        if response.will_close or not response.isclosed():
            self.close()
        return response.status, response.getheader("Retry-After")

    def _connect(self, limit: Limit) -> http.client.HTTPConnection:
        host, secure = self._url.hostname or "", self._context is not None
        port = self._url.port or (443 if secure else 80)
        plain = create_connection((host, port), self._options.connect_timeout_s)
        # Headers and body go out as they are written; held back, each request takes some 40 ms.
        plain.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self._socket = plain
        if self._context is not None:
            self._socket = self._context.wrap_socket(
                plain, server_hostname=host, do_handshake_on_connect=False
            )
            self._socket.do_handshake()
        if limit.over:
            raise TimeoutError
        self._socket.settimeout(self._options.timeout_s)
        if self._context is None:
            self._kept = http.client.HTTPConnection(host, port)
        else:
            self._kept = http.client.HTTPSConnection(host, port, context=self._context)
        self._kept.sock = self._socket
        return self._kept

    def _reason(self, error: Exception, limit: Limit) -> str:
        if self._socket is None and isinstance(error, TimeoutError):
            return f"did not pick up within {self._options.connect_timeout_s:g} s: is it running?"
        if limit.over or isinstance(error, TimeoutError):
            return f"did not answer within {self._options.timeout_s:g} s: is it overloaded?"
        if isinstance(error, ssl.SSLCertVerificationError):
            return (
                f"shows a certificate that is not trusted ({error.verify_message}): name its "
                "authority by `ca`, or have the certificate put right"
            )
        if isinstance(error, gaierror):
            return "is a name that is not found: look at the address, or at the name service"
        return f"cannot be reached, or hung up ({type(error).__name__}): is it running?"


@contextmanager
def open_receiver(
    options: HttpOptions,
    secrets: Secrets,
    headers: Mapping[str, str] | None = None,
    *,
    clock: Callable[[], float] = time.time,
) -> Iterator[Receiver]:
    """A receiver to post to. headers: sent with every request, beside those of the options.

    Nothing is connected yet. Raises ConfigError for an address or a secret that cannot be used.
    """
    url = address(options.url, secrets, plaintext=options.plaintext)
    own = dict(headers or {})
    if options.token is not None:
        token = secrets.resolve(options.token)
        if not (token.isascii() and token.isprintable()):
            msg = f"the secret {options.token} has characters that no header takes: write it anew"
            raise ConfigError(msg)
        own["Authorization"] = f"Bearer {token}"
    receiver = Receiver(url, options, own, clock)
    try:
        yield receiver
    finally:
        receiver.close()
