"""A history from files through one rule book, with progress on stderr and what it cost."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from msgspec import Struct

from commands.core import Core, build_core
from commands.replay import Replay
from rules.coverage.sight import SightWitness
from rules.engine import Outcome, Watch
from rules.heat import Witness
from streams.clock import TICK_MS
from streams.collector import spare_the_collector
from streams.errors import ConfigError
from streams.observations import Batch
from streams.records import Alert
from streams.settings import load_settings

__all__ = ["Cost", "History", "Ran", "core_of", "open_history"]

Each = Callable[[Sequence[Alert]], None]
Look = Callable[[Batch], None]


class Cost(Struct, frozen=True):
    """What a run took: seconds of this process, records a second, bytes of the watch's state."""

    seconds: float
    records_a_second: float
    state_bytes: int


class Ran(Struct, frozen=True, kw_only=True):
    """A history that was run. first, last: event times (ms) of its incidents; None without any."""

    files: int
    read: int
    accepted: int
    late: int
    rejected: int
    first_ms: int | None
    last_ms: int | None
    cost: Cost


class History:
    """Files of one format, to be run through rule books."""

    def __init__(self, files: Sequence[str], format_: str, *, progress: bool, verb: str) -> None:
        for file in files:
            if file != "-" and not Path(file).is_file():
                raise ConfigError(f"{file}: no such file; name files of incidents")
        self.files = list(files)
        self._format = format_
        self._progress = progress
        self._verb = verb

    def run(
        self,
        core: Core,
        each: Each,
        *,
        look: Look | None = None,
        witness: Witness | None = None,
        sight: SightWitness | None = None,
        until_ms: int | None = None,
    ) -> Ran:
        """Run it through a rule book. `each` is given all alerts in order.

        look: is shown every batch. witness: is shown what heat rules judge, sight the same of
        coverage rules. until_ms: event time at
        which reading may end; what comes after is not looked at.
        """
        adapter = core.adapter(self._format)
        watch = _Watched(core.watch(), look)
        if witness is not None:
            watch.inner.show(witness)
        if sight is not None:
            watch.inner.show_coverage(sight)
        clock = time.time_ns() // 1_000_000
        replay = Replay(core.intake(adapter, partitions=1), watch, adapter, clock=clock)  # type: ignore[arg-type]  # all that replay asks of a watch is `step`
        spare_the_collector()
        begun, used = time.monotonic(), time.process_time()
        meter = _Meter(self._verb, enabled=self._progress)
        read = 0
        for step in replay.run(self.files):
            read += step.read
            each(step.alerts)
            meter.tell(read, watch.last)
            mark = watch.inner.watermark()
            if mark is not None and sight is not None:
                # Files of positions may be behind those of incidents, and coverage with them.
                mark = min(mark, watch.inner.presence.sealed * TICK_MS)
            if until_ms is not None and mark is not None and mark > until_ms:
                break
        meter.end(read, watch.last)
        totals = watch.inner.totals()
        seconds = time.process_time() - used
        return Ran(
            files=len(self.files),
            read=read,
            accepted=totals.accepted,
            late=totals.late,
            rejected=totals.rejected,
            first_ms=watch.first,
            last_ms=watch.last,
            cost=Cost(
                round(seconds, 2),
                round(read / max(time.monotonic() - begun, 1e-9)),
                len(watch.inner.snapshot()),
            ),
        )


def open_history(files: Sequence[str], format_: str, *, progress: bool, verb: str) -> History:
    """The files as a history. Raises ConfigError for one that is not there."""
    return History(files, format_, progress=progress, verb=verb)


def core_of(rules: str | None, areas: str | None) -> Core:
    """Rules, areas and words as an installation with this rule directory has them."""
    given = {"rules": rules, "areas": areas}
    for name, path in given.items():
        if path is not None and not Path(path).exists():
            raise ConfigError(f"--{name} {path}: no such file or directory")
    settings = load_settings(os.environ, **{k: v for k, v in given.items() if v is not None})
    return build_core(settings)


class _Watched:
    """A watch that notes the span of the incidents it is given, and lets somebody look on."""

    def __init__(self, inner: Watch, look: Look | None) -> None:
        self.inner = inner
        self.first: int | None = None
        self.last: int | None = None
        self._look = look

    def step(self, batch: Batch) -> Outcome:
        """One batch, as the watch takes it."""
        times = batch.column("time")
        if times.size:
            low, high = int(times.min()), int(times.max())
            self.first = low if self.first is None else min(low, self.first)
            self.last = high if self.last is None else max(high, self.last)
        outcome = self.inner.step(batch)
        if self._look is not None:
            self._look(batch)
        return outcome


class _Meter:
    """Progress on stderr, at most once a second."""

    def __init__(self, verb: str, *, enabled: bool) -> None:
        self._verb = verb
        self._enabled = enabled
        self._terminal = sys.stderr.isatty()
        self._start = self._shown = time.monotonic()

    def tell(self, read: int, last_ms: int | None) -> None:
        now = time.monotonic()
        if self._enabled and now - self._shown >= 1:
            self._shown = now
            self._print(read, last_ms, now)

    def end(self, read: int, last_ms: int | None) -> None:
        if self._enabled:
            self._print(read, last_ms, time.monotonic())
            if self._terminal:
                click.echo(err=True)

    def _print(self, read: int, last_ms: int | None, now: float) -> None:
        at = (
            ""
            if last_ms is None
            else f", at {datetime.fromtimestamp(last_ms / 1000, UTC):%F %H:%M}Z"
        )
        rate = read / max(now - self._start, 1e-9)
        text = f"{self._verb}: {read:,} records, {rate:,.0f}/s{at}"
        click.echo(f"\r{text}\x1b[K" if self._terminal else text, err=True, nl=not self._terminal)


def lines_of(path: str) -> Iterator[bytes]:
    """The lines of a plain file. Raises ConfigError for one that cannot be read."""
    try:
        with Path(path).open("rb") as file:
            yield from file
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
