"""The live tests' hands: a real worker process, and an independent client on its broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from commands.topics import apply_topics
from streams.brokers import launch
from streams.brokers.process import HOST, free_port
from streams.kafka_client import Message, consumer, producer, read_all
from streams.settings import Settings

ROOT = Path(__file__).parents[2]
POLL_S = 0.1
OK = 200


def wait_until(condition: Callable[[], object], *, limit: float, what: str) -> None:
    """Poll a condition until it is true. Fails with `what` after `limit` seconds."""
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            message = f"{what}: not within {limit:g} s"
            raise AssertionError(message)
        time.sleep(POLL_S)


class Bench:
    """One test's share of a broker: its own topic prefix and group, and an independent client."""

    def __init__(self, broker: str, prefix: str) -> None:
        self.settings = Settings(broker=broker, topic_prefix=prefix, group=f"{prefix}group")

    @property
    def environ(self) -> dict[str, str]:
        """Variables that bind a `watchfloor` process to this bench."""
        return {
            "WATCHFLOOR_BROKER": self.settings.broker,
            "WATCHFLOOR_TOPIC_PREFIX": self.settings.topic_prefix,
            "WATCHFLOOR_GROUP": self.settings.group,
            "WATCHFLOOR_SESSION_TIMEOUT": "6",
        }

    def apply_topics(self) -> None:
        """Make the declared topics."""
        apply_topics(self.settings)

    def produce(
        self,
        topic: str,
        records: Iterable[bytes | Mapping[str, object] | None],
        *,
        key: Callable[[int], bytes | None] = lambda _: None,
        partition: int | None = None,
    ) -> int:
        """Send records to a declared topic; how many were confirmed.

        Mappings go as JSON, None as a tombstone (which needs a key).
        """
        sent = []
        with producer(self.settings) as client:
            for number, record in enumerate(records):
                value = json.dumps(record).encode() if isinstance(record, Mapping) else record
                name = self.settings.topic(topic)
                sent.append(client.send(name, value, key=key(number), partition=partition))
        for future in sent:
            future.get(timeout=30)
        return len(sent)

    def consume(self, topic: str) -> list[Message]:
        """Everything that lies on a declared topic now."""
        with consumer(self.settings) as client:
            return list(read_all(client, self.settings.topic(topic)))

    def consume_until(
        self, topic: str, enough: Callable[[list[Message]], object], *, limit: float = 60
    ) -> list[Message]:
        """Everything on a declared topic, once `enough` of it is there."""
        found: list[Message] = []

        def look() -> object:
            found[:] = self.consume(topic)
            return enough(found)

        wait_until(look, limit=limit, what=f"enough records on {topic} (now {len(found)})")
        return found

    def cli(
        self, *arguments: str, environ: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a `watchfloor` command to its end on this bench."""
        return subprocess.run(
            [sys.executable, "app.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environ, **(environ or {})},
            input=stdin,
            capture_output=True,
            check=False,
            timeout=120,
        )


class Worker:
    """A real `watchfloor worker` process. Logs go to a file; the web port is free and its own."""

    def __init__(
        self,
        bench: Bench,
        log: Path,
        *,
        environ: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        self.log = log
        self._environ = {**os.environ, **bench.environ, **(environ or {})}
        self._arguments = arguments
        self._child: subprocess.Popen[bytes] | None = None
        self._web = ""

    @property
    def pid(self) -> int:
        """Process id of the running worker."""
        assert self._child is not None, "the worker was not started"
        return self._child.pid

    @property
    def address(self) -> str:
        """Where its pages are (host:port)."""
        return self._web.removeprefix("http://")

    def start(self, *, ready: bool = True, limit: float = 60) -> Worker:
        """Start it on a fresh web port; with `ready`, return once /readyz says so."""
        port = free_port()
        self._web = f"http://{HOST}:{port}"
        command = [sys.executable, "app.py", "worker", *self._arguments]
        with self.log.open("ab") as out:
            self._child = subprocess.Popen(
                # It ends with us, should a run be killed: nobody cleans up after an orphan.
                [sys.executable, "-I", launch.__file__, str(os.getpid()), *command],
                cwd=ROOT,
                env={**self._environ, "WATCHFLOOR_WEB_PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        if ready:
            wait_until(self._is_ready, limit=limit, what=f"the worker is ready (log {self.log})")
        return self

    def alive(self) -> bool:
        """Whether the process runs."""
        return self._child is not None and self._child.poll() is None

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        assert self._child is not None, "the worker was not started"
        self._child.kill()
        self._child.wait()

    def terminate(self, *, limit: float = 20) -> int:
        """SIGTERM, and its exit code."""
        assert self._child is not None, "the worker was not started"
        self._child.send_signal(signal.SIGTERM)
        return self._child.wait(limit)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page of its web server; (0, reason) where nobody answers."""
        try:
            with urllib.request.urlopen(self._web + path, timeout=5) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def metrics(self) -> dict[str, float]:
        """Its metrics: sample name to value, summed over labels; none where nobody answers."""
        found: dict[str, float] = {}
        status, body = self.get("/metrics")
        for family in text_string_to_metric_families(body if status == OK else ""):
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
        return found

    def stop(self) -> None:
        """End it whatever it does: the tidy end of a test."""
        if self.alive():
            self.kill()

    def _is_ready(self) -> bool:
        if not self.alive():
            tail = self.log.read_text(errors="replace")[-2000:]
            message = f"the worker ended; the end of its log: {tail}"
            raise AssertionError(message)
        return self.get("/readyz")[0] == 200
