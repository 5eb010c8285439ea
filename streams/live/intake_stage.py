"""The live intake: chunks of the input topics to batches on the log, one lane per partition."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Literal

from faust.types import TP

from streams.clock import tick_of
from streams.intake import Intake, IntakeResult, Progress, Source
from streams.live.contain import ingest
from streams.live.lane import Lane
from streams.live.meter import Meter
from streams.live.state import progress_record
from streams.live.writer import Outgoing, Writer, dead_letter_record
from streams.observations import Batch, encode_batch
from streams.settings import Settings
from streams.topics import DEAD_LETTERS, LOG, STATE

__all__ = ["ARRIVED", "IntakeStage"]

ARRIVED = "arrived"
"""Header of a log record: broker timestamp (ms) of the oldest input record in it."""
IDLE_AFTER = 1.0


class _Feed:
    """One source partition of ours: its lane, and how much of it is safely on the log."""

    def __init__(self, source: Source, progress: Progress, lane: Lane) -> None:
        self.source = source
        self.lane = lane
        self.durable = progress
        self.stored = progress
        self.last_chunk = time.monotonic()
        self.told: dict[int, tuple[int, int]] = {}
        """By partition of the log: the ticks of the watermarks it was told last, while not idle."""

    def news(self, partition: int, batch: Batch) -> bool:
        """Whether a batch tells its partition of the log anything: rows, idleness, or a new tick.

        At a low rate nearly all batches would be empty, and only whole ticks matter to the watch.
        """
        marks = (batch.watermark, batch.unit_watermark)
        incidents, units = (-1 if mark is None else tick_of(mark) for mark in marks)
        empty = not any((*batch.told, batch.idle))
        if empty and self.told.get(partition) == (incidents, units):
            return False
        if batch.idle:
            self.told.pop(partition, None)
        else:
            self.told[partition] = (incidents, units)
        return True


class IntakeStage:
    """Runs the pure `Intake` on chunks, in order, and confirms its output before it acks."""

    def __init__(
        self,
        settings: Settings,
        intake: Intake,
        writer: Writer,
        meter: Meter,
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._writer = writer
        self._meter = meter
        self._on_failure = on_failure
        self._feeds: dict[TP, _Feed] = {}

    def open(self, tp: TP, progress: Progress) -> None:
        """Go on with a source partition from its stored progress."""
        name = tp.topic.removeprefix(self._settings.topic_prefix)
        stream: Literal["incidents", "positions"] = (
            "positions" if name == "positions" else "incidents"
        )
        source = Source(name, tp.partition, self._settings.partitions, stream)
        self._intake.resume(source, progress)
        self._feeds[tp] = _Feed(source, progress, Lane(self._on_failure))

    async def close(self) -> None:
        """Let every lane finish, store the progress, and drop all source partitions."""
        for feed in list(self._feeds.values()):
            await feed.lane.drain()
        await self.store()
        for feed in self._feeds.values():
            self._intake.forget(feed.source)
        self._feeds.clear()

    async def accept(self, tp: TP, records: Sequence[Any], done: Callable[[], None]) -> None:
        """Take a chunk; `done` is called when all of its output is confirmed."""
        feed = self._feeds.get(tp)
        if feed is None:
            done()
            return
        started = time.perf_counter()
        results = list(
            ingest(
                self._intake,
                feed.source,
                records,
                clock=_clock(),
                partitions=self._settings.partitions,
                on_fault=lambda: self._meter.failure("intake"),
            )
        )
        progress = self._intake.progress(feed.source)
        outgoing = [
            record
            for result in results
            for record in self._outgoing(result, feed, records[0].timestamp)
        ]
        feed.last_chunk = time.monotonic()
        self._report(feed.source.topic, results, len(records), time.perf_counter() - started)
        await feed.lane.submit(self._publication(feed, outgoing, progress, done))

    async def mark_idle(self, caught_up: Callable[[TP], bool]) -> None:
        """Let event time move on in partitions that are read to their end and silent."""
        now = time.monotonic()
        for tp, feed in list(self._feeds.items()):
            if now - feed.last_chunk < IDLE_AFTER or not feed.lane.idle or not caught_up(tp):
                continue
            batches = self._intake.idle_mark(feed.source, clock=_clock())
            progress = self._intake.progress(feed.source)
            outgoing = list(self._batches(batches, feed, None))
            if outgoing:
                await feed.lane.submit(self._publication(feed, outgoing, progress))

    async def store(self) -> None:
        """Write the progress that is safely on the log, where it moved on. Raises BrokerError."""
        moved = [
            (feed, feed.durable) for feed in self._feeds.values() if feed.durable != feed.stored
        ]
        await self._writer.send(self._progress(feed, progress) for feed, progress in moved)
        for feed, progress in moved:
            feed.stored = progress

    def _publication(
        self,
        feed: _Feed,
        outgoing: list[Outgoing],
        progress: Progress,
        done: Callable[[], None] | None = None,
    ) -> Callable[[], Awaitable[None]]:
        async def publish() -> None:
            await self._writer.send(outgoing)
            feed.durable = progress
            if done is not None:
                done()

        return publish

    def _progress(self, feed: _Feed, progress: Progress) -> Outgoing:
        source = feed.source
        key, value = progress_record(source.topic, source.partition, progress)
        return Outgoing(self._settings.topic(STATE), key, value, source.partition)

    # -- writing

    def _outgoing(self, result: IntakeResult, feed: _Feed, arrived: int) -> Iterator[Outgoing]:
        yield from self._batches(result.batches, feed, arrived)
        topic = self._settings.topic(DEAD_LETTERS)
        for letter in result.dead_letters:
            yield dead_letter_record(topic, letter)

    def _batches(
        self, batches: dict[int, Batch], feed: _Feed, arrived: int | None
    ) -> Iterator[Outgoing]:
        topic = self._settings.topic(LOG)
        key = feed.source.name.encode()
        headers = None if arrived is None else [(ARRIVED, str(arrived).encode())]
        for partition, batch in batches.items():
            if feed.news(partition, batch):
                yield Outgoing(topic, key, encode_batch(batch), partition, headers)

    def _report(self, topic: str, results: list[IntakeResult], records: int, took: float) -> None:
        meter = self._meter
        meter.chunk("intake", records, took)
        for result in results:
            meter.read(topic, result.read, result.rejected)
            meter.batches(len(result.batches))
            meter.unknown_fields(topic, result.unknown_fields)
            meter.unclear(result.unclear)
            if result.units is not None:
                meter.fixes(result.units.dropped, result.units.age_ms / 1000)
            for letter in result.dead_letters:
                meter.dead_letter(letter.reason, letter.disposition, letter.count)


def _clock() -> int:
    return time.time_ns() // 1_000_000
