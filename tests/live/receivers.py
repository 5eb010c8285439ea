"""A receiver of webhooks on loopback that misbehaves as it is told, and keeps what it took."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from streams.brokers.process import HOST

Answer = Literal[
    "ok", "500", "503", "400", "401", "413", "429", "429-date", "redirect", "hang", "trickle",
    "cut", "drop",
]  # fmt: skip
"""What it does with a request. hang: takes it and never answers; trickle: answers a byte at a
time; cut: closes in the middle of its answer; drop: closes without one. The last four may have
taken the alerts or not: here they have not."""
RETRY_AFTER_S = 2


@dataclass(frozen=True)
class Request:
    """One request as it came in. answered: what was done with it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    answered: Answer


@dataclass
class Receiver:
    """behave: chooses the answer to the request with a number, from 0; set anew at any time."""

    url: str
    behave: Callable[[int], Answer] = lambda _: "ok"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def taken(self) -> list[bytes]:
        """Bodies of the requests that were answered with success, in order."""
        with self._lock:
            return [request.body for request in self.requests if request.answered == "ok"]

    def note(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Keep a request; the answer it gets."""
        with self._lock:
            answer = self.behave(len(self.requests))
            self.requests.append(Request(method, path, headers, body, answer))
            return answer

    def wait(self, seconds: float) -> bool:
        """Wait for so long, or until the test is over; whether it is over."""
        return self._over.wait(seconds)

    def stop(self) -> None:
        """Let every answer that hangs come to its end."""
        self._over.set()


def failing(share: float, seed: int, *answers: Answer) -> Callable[[int], Answer]:
    """A behaviour that fails a share of the requests, in one of the ways named, by a seed."""
    draw = random.Random(seed)
    return lambda _: draw.choice(answers or ("503",)) if draw.random() < share else "ok"


def in_turn(*answers: Answer) -> Callable[[int], Answer]:
    """A behaviour that gives these answers, and is well afterwards."""
    return lambda number: answers[number] if number < len(answers) else "ok"


@contextmanager
def receiver(
    behave: Callable[[int], Answer] | None = None, *, context: Any = None
) -> Iterator[Receiver]:
    """A receiver that answers for as long as the block lasts. context: an SSLContext for TLS."""
    server = ThreadingHTTPServer((HOST, 0), _Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "http" if context is None else "https"
    mine = Receiver(f"{scheme}://{HOST}:{server.server_address[1]}/alerts")
    if behave is not None:
        mine.behave = behave
    server.receiver = mine  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield mine
    finally:
        mine.stop()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self._mine.connections += 1

    @property
    def _mine(self) -> Receiver:
        mine: Receiver = self.server.receiver  # type: ignore[attr-defined]
        return mine

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self._mine.note(self.command, self.path, headers, body)
        if answer in {"hang", "trickle", "cut", "drop"}:
            self._fail_silently(answer)
        elif answer == "redirect":
            self._answer(307, {"Location": self._mine.url + "/elsewhere"})
        elif answer == "429":
            self._answer(429, {"Retry-After": str(RETRY_AFTER_S)})
        elif answer == "429-date":
            at = formatdate(time.time() + RETRY_AFTER_S + 1, usegmt=True)
            self._answer(429, {"Retry-After": at})
        else:
            self._answer(200 if answer == "ok" else int(answer), {})

    def _answer(self, code: int, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _fail_silently(self, answer: Answer) -> None:
        self.close_connection = True
        if answer == "hang":
            self._mine.wait(60)
        elif answer == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        elif answer == "trickle":
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + b"x" * 4000:
                if self._mine.wait(0.05) or not self._write(bytes([byte])):
                    return
        self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, data: bytes) -> bool:
        try:
            self.wfile.write(data)
        except OSError:
            return False
        return True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing: pytest shows what the test asserts."""
