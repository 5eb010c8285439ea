"""`watchfloor feed`: records of files onto the input topics, at once, at a rate, or as they came.

Records in our own JSON are sent byte for byte, also those that a worker will refuse, so that they
are accounted for there; those of another format are sent as our own JSON, and what cannot be read
is told here. The key is the incident or unit id: its revisions stay in order on one partition.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import click
from msgspec import Struct

from streams.adapters import Decoded, Item, Raw, Refusal, adapter_for
from streams.codec import encode_record
from streams.errors import BrokerError
from streams.marks import closing_mark
from streams.records import Incident, UnitPosition
from streams.settings import Settings, load_settings
from streams.sources.files import FileChunk, read_files
from streams.topics import INPUTS

__all__ = ["Counts", "Outgoing", "Pace", "command", "outgoing"]

OWN = "watchfloor"
_TOLD = 20
_CONFIRM_S = 60
_PROGRESS_S = 1.0
_FLUSH_S = 0.05
"""A longer pause than this sends out what the producer still holds."""

Stream = Literal["incidents", "positions"]


class Outgoing(Struct, frozen=True):
    """One record on its way. event_ms: its event time (ms), None where it could not be read."""

    stream: Stream
    key: bytes
    value: bytes
    event_ms: int | None = None


class Counts:
    """What was read, sent, repaired and refused, and the last event time of each stream (ms)."""

    def __init__(self) -> None:
        self.read = 0
        self.sent = 0
        self.repaired = 0
        self.rejected = 0
        self.last: dict[Stream, int] = {}

    def line(self) -> str:
        """The closing line on standard error."""
        return (
            f"read={self.read} sent={self.sent} repaired={self.repaired} rejected={self.rejected}"
        )


class Pace:
    """When a record is due: at a rate (records/s), at event time / speed, or at once."""

    def __init__(self, *, rate: float | None = None, speed: float | None = None) -> None:
        self._rate = rate
        self._speed = speed
        self._first_ms: int | None = None

    def due(self, number: int, event_ms: int | None) -> float:
        """Seconds after the start at which record `number` (from 0) is to be sent."""
        if self._rate is not None:
            return number / self._rate
        if self._speed is None or event_ms is None:
            return 0.0
        if self._first_ms is None:
            self._first_ms = event_ms
        return (event_ms - self._first_ms) / 1000 / self._speed


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format", "format_", default=OWN, show_default=True, help="Format name, or a mapping file."
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Records per second.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    help="Send as the event times say, this many times faster.",
)
@click.option(
    "--topic",
    type=click.Choice(["incidents", "positions"]),
    help="Send everything there, instead of by kind of record.",
)
@click.option("--close", is_flag=True, help="At the end, tell the worker that nothing more comes.")
def command(
    files: Sequence[str],
    format_: str,
    rate: float | None,
    speed: float | None,
    topic: Stream | None,
    close: bool,
) -> None:
    """Send the records of FILEs (JSON lines or CSV, .gz, - for standard input) to Kafka.

    \b
    Examples:
      watchfloor feed city.jsonl --speed 60
      watchfloor feed calls.csv.gz --format montgomery911 --close
    """
    if rate and speed:
        raise click.UsageError("--rate and --speed exclude each other: choose one.")
    counts = _feed(
        load_settings(os.environ), files, format_, Pace(rate=rate, speed=speed), topic, close=close
    )
    click.echo(counts.line(), err=True)


def outgoing(raw: Raw, item: Item, *, key: bytes, own: bool) -> Outgoing | None:
    """What is sent for one raw record and what its adapter made of it; None for nothing.

    key: for a record whose id cannot be read. own: the raw record is in our own format.
    """
    verbatim = raw if own and isinstance(raw, bytes) else None
    if isinstance(item, Refusal):
        if verbatim is None:
            return None
        stream: Stream = "positions" if b'"unit_position/1"' in verbatim else "incidents"
        return Outgoing(stream, key, verbatim)
    record = item.record if isinstance(item, Decoded) else item
    value = encode_record(record) if verbatim is None else verbatim
    if isinstance(record, UnitPosition):
        return Outgoing("positions", record.unit_id.encode(), value, _millis(record))
    return Outgoing("incidents", record.incident_id.encode(), value, _millis(record))


def _millis(record: Incident | UnitPosition) -> int:
    when = record.ts if isinstance(record, UnitPosition) else record.reported_at
    return int(when.timestamp() * 1000)


def _feed(
    settings: Settings,
    files: Sequence[str],
    format_: str,
    pace: Pace,
    topic: Stream | None,
    *,
    close: bool,
) -> Counts:
    from streams.kafka_client import producer, require_topics

    counts = Counts()
    key = settings.hash_key.encode() or None
    adapter = adapter_for(format_, china=settings.china, hash_key=key)
    partitions = require_topics(settings, map(settings.topic, INPUTS))
    with producer(settings) as client:
        start, shown, watched = time.monotonic(), 0.0, sys.stderr.isatty()
        waiting: list[Any] = []
        for chunk in read_files(files, adapter):
            items = adapter.decode(chunk.raws)
            sent = []
            for record in _accepted(chunk, items, counts, own=format_ == OWN):
                stream = topic or record.stream
                _wait_until(start + pace.due(counts.sent, record.event_ms), client)
                sent.append(client.send(settings.topic(stream), key=record.key, value=record.value))
                counts.sent += 1
                # The worker refuses a time in the future, so it must not close anything either.
                latest = (time.time() + settings.future_limit) * 1000
                if record.event_ms is not None and record.event_ms <= latest:
                    counts.last[stream] = max(counts.last.get(stream, 0), record.event_ms)
                if watched and time.monotonic() - shown > _PROGRESS_S:
                    shown = time.monotonic()
                    _show(chunk, counts, shown - start)
            _confirm(waiting)  # of the chunk before: this one is on its way meanwhile
            waiting = sent
        client.flush()
        _confirm(waiting)
        if watched:
            click.echo(err=True)  # the progress line ends
        if close:
            for stream, last in counts.last.items():
                name = settings.topic(stream)
                _close(client, name, partitions[name], last)
    return counts


def _accepted(
    chunk: FileChunk, items: Sequence[Item], counts: Counts, *, own: bool
) -> Iterator[Outgoing]:
    for number, raw, item in zip(chunk.offsets, chunk.raws, items, strict=True):
        counts.read += 1
        if isinstance(item, Refusal):
            counts.rejected += 1
            _tell(chunk.path, number, item, counts, own=own)
        counts.repaired += isinstance(item, Decoded)
        record = outgoing(raw, item, key=f"{chunk.path}:{number}".encode(), own=own)
        if record is not None:
            yield record


def _tell(path: str, number: int, refusal: Refusal, counts: Counts, *, own: bool) -> None:
    if counts.rejected > _TOLD:
        return
    fate = "sent as it is; the worker makes it a dead letter" if own else "not sent"
    click.echo(f"{path}:{number}: {refusal.reason}: {refusal.detail} ({fate})", err=True)
    if counts.rejected == _TOLD:
        click.echo("Further refused records are only counted.", err=True)


def _wait_until(due: float, client: Any) -> None:
    left = due - time.monotonic()
    if left <= 0:
        return  # not even a sleep of nothing, which would cost a switch of threads
    if left > _FLUSH_S:
        client.flush()
    time.sleep(max(0.0, due - time.monotonic()))


def _confirm(futures: Sequence[Any]) -> None:
    from kafka.errors import KafkaError

    try:
        for future in futures:
            future.get(timeout=_CONFIRM_S)
    except KafkaError as error:
        message = (
            f"A record was not taken by the broker ({type(error).__name__}); what was confirmed "
            "before it is there, so feeding the same files again gives duplicates, not losses."
        )
        raise BrokerError(message) from error


def _close(client: Any, topic: str, partitions: int, last_ms: int) -> None:
    """A mark on every partition of a topic that was fed: no older record will come."""
    mark = closing_mark(last_ms)
    _confirm([client.send(topic, value=mark, partition=number) for number in range(partitions)])


def _show(chunk: FileChunk, counts: Counts, seconds: float) -> None:
    share = f"{100 * chunk.bytes_read / chunk.total_bytes:3.0f} %" if chunk.total_bytes else ""
    rate = counts.sent / seconds if seconds else 0.0
    click.echo(f"\r{chunk.path} {share} {counts.line()} {rate:,.0f}/s ", nl=False, err=True)
