"""`watchfloor replay`: the offline shell. Files in, alerts out, no broker, the same core."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

import click
import msgspec
from msgspec import Struct

from commands.core import build_core
from rules.engine import Counts, Watch
from sinks.jsonl import open_jsonl
from sinks.output import open_output
from streams.adapters import Adapter
from streams.collector import spare_the_collector
from streams.intake import Intake, Source
from streams.marks import closing_mark
from streams.observations import DeadLetter
from streams.records import Alert
from streams.settings import load_settings
from streams.sources.files import FileChunk, read_files

__all__ = ["Replay", "Step", "command", "summary"]


class Step(Struct, frozen=True):
    """What one chunk led to. `chunk` is None where no records were read (the end of input)."""

    alerts: list[Alert]
    dead_letters: list[DeadLetter]
    read: int
    chunk: FileChunk | None

    @property
    def told(self) -> list[Alert]:
        """The alerts that somebody is told of."""
        return [alert for alert in self.alerts if alert.state != "shadow"]

    @property
    def shadow(self) -> list[Alert]:
        """Those of rules on trial."""
        return [alert for alert in self.alerts if alert.state == "shadow"]


class Replay:
    """Files through one intake and one watch, always from the file whose event time is behind.

    Each file is a source partition of its own, so that the files of two districts, or of two
    months, give the same alerts whatever the order in which they are named.
    """

    def __init__(self, intake: Intake, watch: Watch, adapter: Adapter, *, clock: int) -> None:
        self._intake = intake
        self._watch = watch
        self._adapter = adapter
        self._clock = clock

    def run(self, paths: list[str]) -> Iterator[Step]:
        """Read all files to their end, then close every tick up to the last event's."""
        feeds = {
            Source("file", number, len(paths), "mixed"): iter(read_files([path], self._adapter))
            for number, path in enumerate(paths)
        }
        sources = list(feeds)
        begun: set[Source] = set()
        while feeds:
            source = min(feeds, key=self._behind)
            chunk = next(feeds[source], None)
            if chunk is None:
                del feeds[source]
            else:
                begun.add(source)
                yield self._read(source, chunk)
            for other in sources:
                timeless = other in begun and self._intake.progress(other).max_time is None
                if other not in feeds:
                    yield self._idle(other, ended=True)
                elif timeless:
                    yield self._idle(other, ended=False)
        yield from self._close(sources)

    def _behind(self, source: Source) -> tuple[int, int]:
        """Order of reading: files not begun first, then by event time."""
        time_ms = self._intake.progress(source).reached
        return (-1 if time_ms is None else time_ms, source.partition)

    def _read(self, source: Source, chunk: FileChunk) -> Step:
        result = self._intake.ingest(
            source,
            offsets=chunk.offsets,
            arrivals=[self._clock] * len(chunk.raws),
            raws=chunk.raws,
            clock=self._clock,
        )
        outcome = self._watch.step(result.batches[0])
        return Step(outcome.alerts, result.dead_letters, result.read, chunk)

    def _idle(self, source: Source, *, ended: bool) -> Step:
        """A file that is at its end, or has no incidents, holds the others back no longer.

        Unit presence still waits for the positions of a file that has not ended.
        """
        mark = self._intake.idle_mark(source, clock=self._clock, units_idle=ended)[0]
        return Step(self._watch.step(mark).alerts, [], 0, None)

    def _close(self, sources: list[Source]) -> Iterator[Step]:
        """End of input: every tick up to the last event's is closed, as a feed's `--close` does."""
        times = [t for s in sources if (t := self._intake.progress(s).max_time) is not None]
        if not times:
            return
        mark = closing_mark(max(times))
        for source in sources:
            result = self._intake.ingest(
                source,
                offsets=[self._intake.progress(source).next_offset],
                arrivals=[self._clock],
                raws=[mark],
                clock=self._clock,
            )
            yield Step(self._watch.step(result.batches[0]).alerts, [], 0, None)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--rules", type=click.Path(), help="Directory of rules (default: the shipped book).")
@click.option("--areas", type=click.Path(), help="GeoJSON of areas (default: ids as in the data).")
@click.option(
    "--format",
    "format_",
    default="watchfloor",
    show_default=True,
    metavar="NAME|FILE",
    help="Format of the input: watchfloor, montgomery911, call110, or a mapping file.",
)
@click.option("--out", default="-", show_default=True, help="File for the alerts; - is stdout.")
@click.option("--shadow", type=click.Path(), help="File for alerts of rules in shadow, JSON lines.")
@click.option("--dead-letters", type=click.Path(), help="File for refused records, JSON lines.")
@click.option("--progress/--no-progress", default=True, help="Progress on stderr.")
def command(
    files: tuple[str, ...],
    rules: str | None,
    areas: str | None,
    format_: str,
    out: str,
    shadow: str | None,
    dead_letters: str | None,
    *,
    progress: bool,
) -> None:
    """Run incidents and positions from files through the engine, without a broker.

    FILE is JSON lines or CSV, plain or .gz; - is standard input. Alerts come out as JSON lines,
    those of rules in shadow only into a file of their own, and the last line on stderr accounts
    for every record.

    \b
    Examples:
      watchfloor replay city.jsonl --areas areas.geojson --out alerts.jsonl
      watchfloor replay calls.csv.gz --format montgomery911 | head
    """
    given = {"rules": rules, "areas": areas}
    settings = load_settings(os.environ, **{k: v for k, v in given.items() if v is not None})
    core = build_core(settings)
    adapter = core.adapter(format_)
    watch = core.watch()
    clock = time.time_ns() // 1_000_000
    replay = Replay(core.intake(adapter, partitions=1), watch, adapter, clock=clock)
    meter = _Meter(enabled=progress)
    spare_the_collector()
    with (
        open_jsonl(out) as sink,
        nullcontext() if shadow is None else open_jsonl(shadow) as trial,
        _letters(dead_letters) as letters,
    ):
        for step in replay.run(list(files)):
            sink.send(step.told)
            if trial is not None:
                trial.send(step.shadow)
            if letters is not None:
                letters.writelines(msgspec.json.encode(d) + b"\n" for d in step.dead_letters)
            meter.add(step)
    meter.end()
    click.echo(summary(meter.read, watch.totals(), meter.alerts), err=True)


def summary(read: int, counts: Counts, alerts: int) -> str:
    """The line that accounts for every record; other people's scripts read it."""
    return (
        f"read={read} accepted={counts.accepted} duplicate={counts.duplicate} "
        f"late={counts.late} rejected={counts.rejected} alerts={alerts}"
    )


class _Meter:
    """Counts, and progress on stderr at most once a second, written over on a terminal."""

    def __init__(self, *, enabled: bool) -> None:
        self.read = 0
        self.alerts = 0
        self._enabled = enabled
        self._start = self._shown = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def add(self, step: Step) -> None:
        """Count a step; show where the reading stands, if a second has passed."""
        self.read += step.read
        self.alerts += len(step.told)
        now = time.monotonic()
        if self._enabled and step.chunk is not None and now - self._shown >= 1:
            self._shown = now
            self._print(now, _part(step.chunk))

    def end(self) -> None:
        """Show the end, always."""
        if self._enabled:
            self._print(time.monotonic(), ", done")
            if self._terminal:
                click.echo(err=True)

    def _print(self, now: float, part: str) -> None:
        rate = self.read / max(now - self._start, 1e-9)
        text = f"replay: {self.read:,} records, {self.alerts:,} alerts, {rate:,.0f}/s{part}"
        click.echo(f"\r{text}\x1b[K" if self._terminal else text, err=True, nl=not self._terminal)


def _letters(path: str | None) -> AbstractContextManager[BinaryIO | None]:
    """The file for dead letters; where none is asked for, they are only counted."""
    return nullcontext() if path is None else open_output(path)


def _part(chunk: FileChunk) -> str:
    if not chunk.total_bytes:
        return ""
    return f", {100 * chunk.bytes_read // chunk.total_bytes} % of {Path(chunk.path).name}"
