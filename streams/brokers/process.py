"""A broker as a child process on loopback: start, wait until it answers, stop by its own pid."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.errors import BrokerError

__all__ = ["HOST", "BrokerProcess", "free_port"]

HOST = "127.0.0.1"
_LAUNCH = Path(__file__).with_name("launch.py")
_POLL_S = 0.05
_LOG_TAIL = 400


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class BrokerProcess:
    """One broker process, at `address` (host:port), writing to the file `log`.

    It is started by `start` or by `with`, may be stopped and started again on the same port, and
    ends with its parent. `grace` is how long (s) it may take to end in order before it is killed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        port: int,
        log: Path,
        ready_limit: float,
        grace: float,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.address = f"{HOST}:{port}"
        self.log = log
        self._command = list(command)
        self._ready_limit = ready_limit
        self._grace = grace
        self._env = {**os.environ, **(env or {})}
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the running broker. Raises BrokerError if it was not started."""
        if self._child is None:
            message = f"{self.name} is not running; start it first."
            raise BrokerError(message)
        return self._child.pid

    def start(self) -> Self:
        """Start it and return once it answers. Raises BrokerError with the log's last words.

        On Linux it ends with the thread that starts it: start it from one that stays.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self._child = subprocess.Popen(
                [sys.executable, "-I", str(_LAUNCH), str(os.getpid()), *self._command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,  # Ctrl-C is for us; we end it in order
            )
        try:
            self._wait_ready(self._child)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it, in order if it can within its grace; harmless when it has ended already."""
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(self._grace)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _wait_ready(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self._ready_limit
        while time.monotonic() < deadline:
            code = child.poll()
            if code is not None:
                raise BrokerError(self._failed(f"ended at once with code {code}"))
            if self._answers():
                return
            time.sleep(_POLL_S)
        raise BrokerError(self._failed(f"did not answer within {self._ready_limit:.0f} s"))

    def _answers(self) -> bool:
        host, port = self.address.split(":")
        try:
            # A connection is tried first: the client would log and back off for each refusal.
            socket.create_connection((host, int(port)), timeout=1).close()
            admin = KafkaAdminClient(
                bootstrap_servers=self.address, request_timeout_ms=5000, bootstrap_timeout_ms=5000
            )
        except (OSError, KafkaError):
            return False
        try:
            return bool(admin.describe_cluster()["brokers"])
        except KafkaError:
            return False
        finally:
            admin.close()

    def _failed(self, what: str) -> str:
        tail = self.log.read_text(errors="replace")[-_LOG_TAIL:].strip()
        said = f" Its last words: {tail}" if tail else ""
        return f"{self.name} {what} at {self.address}; see its log {self.log}.{said}"

    def __enter__(self) -> Self:
        return self if self._child is not None else self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
