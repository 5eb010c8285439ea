"""`watchfloor replay`: the offline shell. Files in, alerts out, no broker, the same core."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from commands.core import build_core
from rules.engine import Counts, Watch
from streams.adapters import Adapter, adapter_for
from streams.alert_codec import encode_alert
from streams.intake import Intake, IntakeResult, Source
from streams.marks import closing_mark
from streams.settings import load_settings
from streams.sources.files import FileChunk, read_files

__all__ = ["Replay", "command"]


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
        self.read = 0

    def run(self, paths: list[str]) -> Iterator[tuple[IntakeResult, list[bytes], FileChunk | None]]:
        """Per chunk: what intake said, the alerts that came of it as lines, and the chunk."""
        feeds = {
            Source("file", number, len(paths)): iter(read_files([path], self._adapter))
            for number, path in enumerate(paths)
        }
        sources = list(feeds)
        while feeds:
            source = min(feeds, key=self._behind)
            chunk = next(feeds[source], None)
            if chunk is None:
                del feeds[source]
            else:
                result = self._intake.ingest(
                    source,
                    offsets=chunk.offsets,
                    arrivals=[self._clock] * len(chunk.raws),
                    raws=chunk.raws,
                    clock=self._clock,
                )
                self.read += result.read
                yield result, self._apply(result), chunk
            for other in sources:
                if other not in feeds or self._intake.progress(other).max_time is None:
                    self._idle(other)
        yield from self._close(sources)

    def _behind(self, source: Source) -> tuple[int, int]:
        """Order of reading: files not begun first, then by event time."""
        time_ms = self._intake.progress(source).max_time
        return (-1 if time_ms is None else time_ms, source.partition)

    def _apply(self, result: IntakeResult) -> list[bytes]:
        outcome = self._watch.step(result.batches[0])
        return [encode_alert(alert) for alert in outcome.alerts]

    def _idle(self, source: Source) -> None:
        """A file that is at its end, or has no incidents, holds the others back no longer."""
        self._watch.step(self._intake.idle_mark(source, clock=self._clock)[0])

    def _close(
        self, sources: list[Source]
    ) -> Iterator[tuple[IntakeResult, list[bytes], FileChunk | None]]:
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
            yield result, self._apply(result), None


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
@click.option("--dead-letters", type=click.Path(), help="File for refused records, JSON lines.")
@click.option("--progress/--no-progress", default=True, help="Progress on stderr.")
def command(
    files: tuple[str, ...],
    rules: str | None,
    areas: str | None,
    format_: str,
    out: str,
    dead_letters: str | None,
    *,
    progress: bool,
) -> None:
    """Run incidents and positions from files through the engine, without a broker.

    FILE is JSON lines or CSV, plain or .gz; - is standard input. Alerts come out as JSON lines,
    and the last line on stderr accounts for every record.

    \b
    Examples:
      watchfloor replay city.jsonl --areas areas.geojson --out alerts.jsonl
      watchfloor replay calls.csv.gz --format montgomery911 | head
    """
    given = {"rules": rules, "areas": areas}
    settings = load_settings(os.environ, **{k: v for k, v in given.items() if v is not None})
    core = build_core(settings)
    adapter = adapter_for(format_)
    watch = core.watch()
    replay = Replay(
        core.intake(adapter, partitions=1), watch, adapter, clock=time.time_ns() // 1_000_000
    )
    meter = _Meter(enabled=progress)
    alerts = 0
    with _output(out) as lines, _letters(dead_letters) as letters:
        for result, encoded, chunk in replay.run(list(files)):
            for line in encoded:
                lines.write(line + b"\n")
            alerts += len(encoded)
            for letter in result.dead_letters:
                letters.write(msgspec.json.encode(letter) + b"\n")
            meter.show(replay.read, alerts, chunk)
    meter.end(replay.read, alerts)
    click.echo(summary(replay.read, watch.totals(), alerts), err=True)


def summary(read: int, counts: Counts, alerts: int) -> str:
    """The line that accounts for every record; other people's scripts read it."""
    return (
        f"read={read} accepted={counts.accepted} duplicate={counts.duplicate} "
        f"late={counts.late} rejected={counts.rejected} alerts={alerts}"
    )


class _Meter:
    """Progress on stderr, at most once a second; one line that is written over on a terminal."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._start = self._shown = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def show(self, read: int, alerts: int, chunk: FileChunk | None) -> None:
        """Show where the reading stands, if a second has passed."""
        now = time.monotonic()
        if self._enabled and chunk is not None and now - self._shown >= 1:
            self._shown = now
            self._print(read, alerts, now, _part(chunk))

    def end(self, read: int, alerts: int) -> None:
        """Show the end, always."""
        if self._enabled:
            self._print(read, alerts, time.monotonic(), ", done")
            if self._terminal:
                click.echo(err=True)

    def _print(self, read: int, alerts: int, now: float, part: str) -> None:
        rate = read / max(now - self._start, 1e-9)
        text = f"replay: {read:,} records, {alerts:,} alerts, {rate:,.0f} records/s{part}"
        click.echo(f"\r{text}\x1b[K" if self._terminal else text, err=True, nl=not self._terminal)


def _part(chunk: FileChunk) -> str:
    if not chunk.total_bytes:
        return ""
    return f", {100 * chunk.bytes_read // chunk.total_bytes} % of {Path(chunk.path).name}"


def _output(out: str) -> BinaryIO:
    return sys.stdout.buffer if out == "-" else Path(out).open("wb")


def _letters(path: str | None) -> BinaryIO:
    return Path(path or os.devnull).open("wb")
