"""The contestant of our own: a real `watchfloor worker` process, watched from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from commands.bench.contest import Run
from commands.bench.feeding import declare
from streams.brokers.process import HOST, free_port
from streams.errors import BrokerError
from streams.settings import load_settings
from streams.topics import topic_specs

__all__ = ["Engine", "Records", "declare_topics"]

_POLL_S = 0.05
_READY_S = 90.0
_STOP_S = 15.0
_LOG_TAIL = 600
_READ = "watchfloor_records_read_total"
_COUNTED = "watchfloor_records_counted_total"
_CPU = "process_cpu_seconds_total"


class Records(Struct, frozen=True):
    """What the worker says: read by intake, accounted for by watch, processor seconds spent."""

    read: int
    accounted: int
    cpu: float


def declare_topics(broker: str, prefix: str, partitions: int) -> None:
    """All topics of an installation with this prefix, as `watchfloor topics apply` makes them."""
    settings = load_settings({}, broker=broker, topic_prefix=prefix, partitions=partitions)
    declare(broker, {spec.name: (spec.partitions, spec.config) for spec in topic_specs(settings)})


class Engine:
    """One worker process on its own topics; a context manager that waits until it is ready."""

    def __init__(
        self,
        broker: str,
        prefix: str,
        partitions: int,
        areas: Path,
        log: Path,
        *,
        rules: Path | None = None,
        only: Sequence[str] = (),
    ) -> None:
        """rules: a rule directory; without one the shipped rules. only: stages, or all of them."""
        self._only = [word for stage in only for word in ("--only", stage)]
        self.pid = 0
        self._port = free_port()
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._environ = {
            **os.environ,
            "WATCHFLOOR_BROKER": broker,
            "WATCHFLOOR_TOPIC_PREFIX": prefix,
            "WATCHFLOOR_GROUP": f"{prefix}group",
            "WATCHFLOOR_PARTITIONS": str(partitions),
            "WATCHFLOOR_AREAS": str(areas),
            "WATCHFLOOR_RULES": str(rules or ""),
            "WATCHFLOOR_WEB_PORT": str(self._port),
            "WATCHFLOOR_LOG_LEVEL": "warning",
            "WATCHFLOOR_LOG_FORMAT": "json",
        }

    def start(self) -> Self:
        """Start the process without waiting until it is ready."""
        with self._log.open("ab") as out:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "app", "worker", *self._only],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self._environ,
            )
        self.pid = self._child.pid
        return self

    def wait_ready(self) -> None:
        """Return once /readyz says yes. Raises BrokerError with the log's last words."""
        self._until(lambda: self._get("readyz") is not None, _READY_S, "become ready")

    def records(self) -> Records | None:
        """The counts on /metrics; None while nobody answers there."""
        page = self._get("metrics")
        if page is None:
            return None
        totals = dict.fromkeys((_READ, _COUNTED, _CPU), 0.0)
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                if sample.name in totals:
                    totals[sample.name] += sample.value
        return Records(int(totals[_READ]), int(totals[_COUNTED]), totals[_CPU])

    def wait_accounted(self, records: int, limit_s: float) -> Run:
        """Wait until all are accounted for, timed since the last sight with none of them read.

        Conservative: what passes between that sight and the first record is counted as work, and
        where the first answer already shows records, so is the start of the process.
        """
        started, idle = time.perf_counter(), Records(0, 0, 0.0)
        seen: Records | None = None
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            self._check_alive()
            asked = time.perf_counter()
            seen = self.records()
            if seen is not None and not seen.read:
                started, idle = asked, seen
            if seen is not None and seen.accounted >= records:
                return Run(records, time.perf_counter() - started, seen.cpu - idle.cpu)
            time.sleep(_POLL_S)
        message = (
            f"the worker accounted for {seen.accounted if seen else 0} of {records} records in "
            f"{limit_s:.0f} s: {self._last_words()}"
        )
        raise BrokerError(message)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL where that is not enough."""
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def kill(self) -> None:
        """SIGKILL, now."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()

    def _get(self, page: str) -> str | None:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._port}/{page}", timeout=5) as answer:
                text: str = answer.read().decode()
                return text
        except (urllib.error.URLError, OSError):
            return None

    def _until(self, done: Callable[[], bool], limit_s: float, what: str) -> None:
        end = time.monotonic() + limit_s
        while not done():
            self._check_alive()
            if time.monotonic() > end:
                message = f"the worker did not {what} in {limit_s:.0f} s: {self._last_words()}"
                raise BrokerError(message)
            time.sleep(_POLL_S)

    def _check_alive(self) -> None:
        code = self._child.poll() if self._child is not None else None
        if code is not None:
            message = f"the worker ended by itself (code {code}): {self._last_words()}"
            raise BrokerError(message)

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-_LOG_TAIL:].strip() or "its log is empty"

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
