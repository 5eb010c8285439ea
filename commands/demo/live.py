"""The demo on Kafka: a broker, the topics, a real worker process, and a client of our own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from kafka import TopicPartition

from commands.demo.engine import Status
from commands.demo.screen import Screen
from commands.demo.stop import Stop
from commands.topics import apply_topics
from streams.alert_codec import decode_alert
from streams.brokers import broker_for, launch
from streams.brokers.process import HOST, free_port
from streams.errors import BrokerError, WatchfloorError
from streams.kafka_client import admin, consumer, producer
from streams.records import Alert
from streams.settings import PREFIX, Settings, load_settings
from streams.sources.synthetic import Arrival

__all__ = ["live_engine"]

_READY_LIMIT_S = 60.0
_STOP_LIMIT_S = 12.0
_POLL_S = 0.1
_PAGE_LIMIT_S = 2.0
_PARTITIONS = 2


@contextmanager
def live_engine(
    folder: Path, areas: Path, screen: Screen, stop: Stop, *, name: str
) -> Iterator[LiveEngine]:
    """A broker, a worker that is ready, and what feeds and reads them; all ended afterwards.

    On a broker of the user's the demo has topics under a prefix of its own, removed at the end.
    Raises WatchfloorError, naming the log, where the worker does not come up.
    """
    own = load_settings(os.environ)
    with ExitStack() as stack:
        try:
            address = stack.enter_context(broker_for(own, log=folder / "broker.log"))
        except BrokerError as error:
            msg = f"{error} Or run `watchfloor demo --no-broker`: the engine without any Kafka."
            raise BrokerError(msg) from error
        settings = msgspec.structs.replace(
            own,
            broker=address,
            topic_prefix=f"{name}." if own.broker else "",
            group=name,
            partitions=_PARTITIONS,
            areas=str(areas),
            session_timeout=6.0,
            web_host=HOST,
            web_port=free_port(),
        )
        screen.step(f"Broker at {address}. A worker starts: this takes some seconds")
        if own.broker:
            stack.callback(_remove_topics, settings)
        apply_topics(settings)
        worker = stack.enter_context(_worker(settings, folder / "worker.log", stop))
        screen.step(f"Worker ready; its pages: http://{HOST}:{settings.web_port}/metrics")
        sender = stack.enter_context(producer(settings))
        reader = stack.enter_context(consumer(settings))
        yield LiveEngine(settings, worker, sender, reader)


class LiveEngine:
    """A worker process seen from outside, through Kafka and its pages; implements `Engine`."""

    def __init__(self, settings: Settings, worker: _Worker, sender: Any, reader: Any) -> None:
        self._settings, self._worker = settings, worker
        self._sender, self._reader = sender, reader
        self._unconfirmed: deque[Any] = deque()
        topic = settings.topic("alerts")
        reader.assign([TopicPartition(topic, q) for q in range(settings.partitions)])
        reader.seek_to_beginning()

    def feed(self, incidents: Sequence[Arrival], positions: Sequence[Arrival]) -> None:
        """Send to the input topics; one incident's or unit's records stay in order.

        Raises BrokerError where the broker has refused a record of before.
        """
        for stream, arrivals in (("incidents", incidents), ("positions", positions)):
            topic = self._settings.topic(stream)
            for arrival in arrivals:
                sent = self._sender.send(topic, key=arrival.key.encode(), value=arrival.line)
                self._unconfirmed.append(sent)
        self._confirm()

    def _confirm(self) -> None:
        while self._unconfirmed and self._unconfirmed[0].is_done:
            sent = self._unconfirmed.popleft()
            if sent.failed():
                msg = f"the broker refused a record ({sent.exception}); the demo cannot go on"
                raise BrokerError(msg)

    def alerts(self, wait_s: float) -> list[Alert]:
        """Alerts read back from the topic. Raises WatchfloorError if the worker has ended."""
        self._worker.check()
        found = self._reader.poll(timeout_ms=int(wait_s * 1000))
        return [decode_alert(record.value) for part in found.values() for record in part]

    def status(self) -> Status:
        """From the worker's /metrics; zeros while it does not answer."""
        page = self._worker.page("metrics") or ""
        read = sum(float(value) for value in re.findall(_READ, page, re.MULTILINE))
        ages = [float(value) for value in re.findall(_AGE, page, re.MULTILINE)]
        return Status(int(read), int((time.time() - max(ages)) * 1000) if ages else None)


_READ = r"^watchfloor_records_read_total\{[^}]*\} (\S+)"
_AGE = r"^watchfloor_watermark_age_seconds\{[^}]*\} (\S+)"


class _Worker:
    """The worker's process and its pages."""

    def __init__(self, child: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._child, self._port, self._log = child, port, log

    def check(self) -> None:
        """Raise WatchfloorError if the process has ended by itself."""
        code = self._child.poll()
        if code is not None:
            lines = self._log.read_text(errors="replace").strip().splitlines()
            said = f" Its last words: {lines[-1][:400]}" if lines else ""
            msg = f"the worker ended with code {code}; its log is {self._log}.{said}"
            raise WatchfloorError(msg)

    def page(self, name: str) -> str | None:
        """Text of one of its pages; None while it does not answer, or answers `not yet`."""
        url = f"http://{HOST}:{self._port}/{name}"
        try:
            with urllib.request.urlopen(url, timeout=_PAGE_LIMIT_S) as answer:
                return str(answer.read(), "utf-8")
        except (urllib.error.URLError, OSError):
            return None

    def wait_ready(self, stop: Stop) -> None:
        """Return once it has its partitions."""
        deadline = time.monotonic() + _READY_LIMIT_S
        while self.page("readyz") is None:
            stop.check()
            self.check()
            if time.monotonic() > deadline:
                msg = f"the worker was not ready within {_READY_LIMIT_S:g} s; see {self._log}"
                raise WatchfloorError(msg)
            time.sleep(_POLL_S)


@contextmanager
def _worker(settings: Settings, log: Path, stop: Stop) -> Iterator[_Worker]:
    """A `watchfloor worker` process of its own group; it ends with us even if we are killed."""
    values = msgspec.structs.asdict(settings)
    environ = {PREFIX + name.upper(): str(value) for name, value in values.items()}
    # By the launcher that the brokers are started with: the worker cannot outlive this process.
    command = [sys.executable, "-I", launch.__file__, str(os.getpid())]
    command += [sys.executable, "-c", "from app import main; main()", "worker"]
    with log.open("wb") as out:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environ},
            start_new_session=True,  # Ctrl-C is for us; we end it in order
        )
    worker = _Worker(child, settings.web_port, log)
    try:
        worker.wait_ready(stop)
        yield worker
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """SIGTERM, time to stop in order, then the whole group is killed."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _remove_topics(settings: Settings) -> None:
    """Leave a broker that is not ours as it was found; a refusal costs only some topics."""
    try:
        with admin(settings) as client:
            # Those of channels, too, which are made when they are opened.
            ours = [name for name in client.list_topics() if name.startswith(settings.topic_prefix)]
            client.delete_topics(ours)
    except BrokerError:
        return
