"""The demo without a broker: the same pure core as a worker's, fed from memory."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from commands.core import build_core
from commands.demo.engine import Status
from rules.engine import Watch
from streams.adapters import adapter_for
from streams.intake import Intake, Source
from streams.records import Alert
from streams.settings import load_settings
from streams.sources.synthetic import Arrival

__all__ = ["offline_engine"]


@contextmanager
def offline_engine(areas: Path) -> Iterator[OfflineEngine]:
    """The core with the installation's rules on the demo's areas."""
    core = build_core(load_settings(os.environ, areas=str(areas)))
    yield OfflineEngine(core.intake(adapter_for("watchfloor"), partitions=1), core.watch())


class OfflineEngine:
    """One intake and one watch; implements `Engine`."""

    def __init__(self, intake: Intake, watch: Watch) -> None:
        self._intake, self._watch = intake, watch
        self._sources = (
            Source("incidents", 0, 1, "incidents"),
            Source("positions", 0, 1, "positions"),
        )
        self._found: list[Alert] = []
        self._read = 0

    def feed(self, incidents: Sequence[Arrival], positions: Sequence[Arrival]) -> None:
        """Through intake and watch at once."""
        clock = time.time_ns() // 1_000_000
        for source, arrivals in zip(self._sources, (incidents, positions), strict=True):
            if not arrivals:
                continue
            first = self._intake.progress(source).next_offset
            result = self._intake.ingest(
                source,
                offsets=range(first, first + len(arrivals)),
                arrivals=[clock] * len(arrivals),
                raws=[arrival.line for arrival in arrivals],
                clock=clock,
            )
            self._read += result.read
            self._found += self._watch.step(result.batches[0]).alerts

    def alerts(self, wait_s: float) -> list[Alert]:
        """What has come of the records so far."""
        time.sleep(wait_s)
        found, self._found = self._found, []
        return found

    def status(self) -> Status:
        """Records read, and the watch's watermark."""
        return Status(self._read, self._watch.watermark())
