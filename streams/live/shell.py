"""The live shell: who holds which partition, what happens every second, when the worker ends."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from faust.types import TP

from streams.errors import WatchfloorError
from streams.intake import Intake, Progress
from streams.live.chunks import Chunk
from streams.live.control import Control
from streams.live.desk import WatchLike
from streams.live.intake_stage import IntakeStage
from streams.live.meter import Meter
from streams.live.shelf import RuleSource
from streams.live.state import StateView
from streams.live.state_log import read_state
from streams.live.transport import LiveConsumer, made_anew
from streams.live.watch_stage import WatchStage
from streams.live.writer import Writer
from streams.settings import Settings
from streams.topics import INPUTS, LOG

__all__ = ["Shell"]

TICK = 1.0
STORE_EVERY = 2.0
_GROUP = TP("", 0)

log = logging.getLogger(__name__)


class _Event(Protocol):
    value: Any

    def ack(self) -> bool: ...


class Shell:
    """Runs both stages over the partitions that this worker is given.

    Whatever cannot be contained ends the process (`end`): a supervisor starts it again, and it
    goes on from stored state. A worker that lives on with a dead part is the worse fault.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        intake: Intake,
        new_watch: Callable[[Any], WatchLike],
        rules: RuleSource,
        on_books: Callable[[Sequence[Any]], None],
        meter: Meter,
        producer: Callable[[], Any],
        end: Callable[[str], None],
    ) -> None:
        writer = Writer(producer)
        self._settings = settings
        self._meter = meter
        self._end = end
        self.intake = IntakeStage(settings, intake, writer, meter, self._failed)
        self.control = Control(settings, rules, writer, meter, on_books=on_books)
        self.watch = WatchStage(settings, new_watch, self.control, writer, meter, self._failed)
        self._reader: LiveConsumer | None = None
        self._held: frozenset[TP] = frozenset()
        self._seen: dict[TP, tuple[object, float]] = {}
        self._stored = time.monotonic()
        self.beat = time.monotonic()

    @property
    def ready(self) -> bool:
        """Whether the group has assigned partitions (or none: a standby), all restored."""
        reader = self._reader
        return reader is not None and all(reader.lag(tp) is not None for tp in self._held)

    # -- chunks

    async def accept(self, event: _Event) -> None:
        """Hand an event's chunk to its stage. Never raises."""
        chunk: Chunk = event.value
        stage = self.watch if chunk.tp.topic == self._settings.topic(LOG) else self.intake
        try:
            await stage.accept(chunk.tp, chunk.records, lambda: _ack(event))
            await asyncio.sleep(0)
        except Exception as error:  # noqa: BLE001 - an agent's loop must not end
            self._failed(error)

    # -- partitions come and go

    async def take_over(self, tps: frozenset[TP], reader: LiveConsumer) -> Mapping[TP, int]:
        """Restore assigned partitions from `state`; where to read on in each of them."""
        started = time.monotonic()
        try:
            await self._close()
            view = await read_state(self._settings, {tp.partition for tp in tps})
            starts = await reader.earliest_offsets(*tps) if tps else {}
            self.watch.rename(uuid.uuid4().hex, int(reader.app.consumer_generation_id))
            await self.control.took_over()
            positions = {tp: self._restore(tp, view, starts[tp]) for tp in tps}
        except Exception as error:
            # Faust logs what is raised here and goes on without partitions.
            self._failed(error)
            raise
        self._reader, self._held = reader, tps
        self._seen.clear()
        took = time.monotonic() - started
        self._meter.restored(took)
        log.info("restored %d partitions in %.2f s", len(tps), took)
        return positions

    async def hand_over(self) -> None:
        """Store everything: the partitions are about to go, or the worker stops."""
        try:
            await self._close()
        except Exception as error:  # noqa: BLE001 - what was stored before stands
            self._failed(error)

    async def _close(self) -> None:
        self._reader, self._held = None, frozenset()
        self._meter.revoked()
        await self.intake.close()
        await self.watch.close()
        await self.control.released()

    def _restore(self, tp: TP, view: StateView, start: int) -> int:
        name = tp.topic.removeprefix(self._settings.topic_prefix)
        progress = view.progress.get((name, tp.partition))
        snapshot = view.snapshots.get(tp.partition) if name == LOG else None
        stored = snapshot.next_offset if snapshot else progress.next_offset if progress else None
        position = _position(tp, stored, start)
        if name in INPUTS:
            self.intake.open(tp, progress or Progress(next_offset=position))
        else:
            self.watch.open(tp, position, snapshot)
        return position

    # -- every second

    async def run(self) -> None:
        """The worker's clock: idle marks, storing, lag, the watchdog; and what `control` says."""
        await asyncio.gather(self._pulse(), self._ticks(), self._heed())

    async def _heed(self) -> None:
        try:
            await self.control.run()
        except Exception as error:  # noqa: BLE001 - decided in one place
            self._failed(error)

    async def _pulse(self) -> None:
        """Shows that the loop turns, also while a tick waits for the broker."""
        while True:
            self.beat = time.monotonic()
            await asyncio.sleep(TICK)

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                await self._tick()
            except Exception as error:  # noqa: BLE001 - decided in one place
                self._failed(error)

    async def _tick(self) -> None:
        reader = self._reader
        self._meter.ready(ready=self.ready)
        if reader is None:
            self._judge(_GROUP, "no partitions assigned", None, waiting=True)
            return
        self._seen.pop(_GROUP, None)
        await self.intake.mark_idle(reader.caught_up)
        if time.monotonic() - self._stored >= STORE_EVERY:
            self._stored = time.monotonic()
            await self.intake.store()
            await self.watch.store()
        for tp in self._held:
            lag, in_work = reader.lag(tp), reader.book.outstanding(tp)
            if lag is not None:
                name = tp.topic.removeprefix(self._settings.topic_prefix)
                self._meter.lag(name, tp.partition, max(lag, 0))
                if lag < 0:
                    position, _ = reader.progress(tp)
                    raise made_anew(tp, position or 0, (position or 0) + lag)
            told = f"{tp.topic}/{tp.partition} has lag {lag}, {in_work} chunks in work"
            self._judge(tp, told, reader.progress(tp), waiting=bool(lag or in_work))

    def _judge(self, key: TP, told: str, progress: object, *, waiting: bool) -> None:
        """End the worker where work waits and nothing moves: a dead part of it can look alive."""
        now = time.monotonic()
        before, since = self._seen.get(key, (None, now))
        if not waiting or progress != before:
            since = now
        self._seen[key] = (progress, since)
        if now - since > self._settings.stall_limit:
            self._end(f"{told}, and made no progress for {self._settings.stall_limit:g} s")

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, WatchfloorError):
            self._end(str(error))
        else:
            log.error("unexpected fault", exc_info=error)
            self._end(f"unexpected {type(error).__name__}: {error}")


def _position(tp: TP, stored: int | None, start: int) -> int:
    if stored is None:
        return start
    if stored < start:
        log.warning(
            "%s/%d: offsets %d to %d were deleted before they were read; raise retention.ms",
            tp.topic,
            tp.partition,
            stored,
            start - 1,
        )
    return max(stored, start)


def _ack(event: _Event) -> None:
    event.ack()
