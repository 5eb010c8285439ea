"""A receiver of webhooks for the benchmark: counts different alerts, and can be away."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from streams.brokers.process import HOST

__all__ = ["Hook"]


class Hook:
    """Answers on loopback as long as the block lasts. away: closes every connection unheard."""

    def __init__(self) -> None:
        self.away = False
        self._seen: set[tuple[str, int]] = set()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if hook.away:
                    self.close_connection = True
                    return
                hook.note(body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Nothing: standard error is for people."""

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{HOST}:{self._server.server_address[1]}/alerts"

    @property
    def taken(self) -> int:
        """How many different revisions have arrived."""
        return len(self._seen)

    def note(self, body: bytes) -> None:
        """Count what a request holds."""
        found = json.loads(body)
        for event in found if isinstance(found, list) else [found]:
            self._seen.add((event["data"]["id"], event["data"]["revision"]))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
