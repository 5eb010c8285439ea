"""The live watch: the log's batches to alerts, one `Watch` and one lane per partition."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import msgspec
from faust.types import TP

from streams.alert_codec import encode_alert
from streams.control import Held
from streams.live.control import Control
from streams.live.desk import Desk, WatchLike
from streams.live.intake_stage import ARRIVED
from streams.live.lane import Lane
from streams.live.meter import Meter
from streams.live.reporting import tell_acts, tell_alerts, tell_passed_on, tell_standing
from streams.live.state import Snapshot, cut
from streams.live.writer import Outgoing, Writer, dead_letter_record
from streams.observations import Batch, decode_batch
from streams.records import Alert
from streams.settings import Settings
from streams.topics import DEAD_LETTERS, STATE

__all__ = ["WatchStage"]

TURN_SECONDS = 0.03
"""Longest computation before the event loop gets a turn."""

log = logging.getLogger(__name__)


class WatchStage:
    """Applies batches in order; alerts are confirmed before the snapshot that holds them."""

    def __init__(
        self,
        settings: Settings,
        new_watch: Callable[[Any], WatchLike],
        control: Control,
        writer: Writer,
        meter: Meter,
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._settings = settings
        self._new_watch = new_watch
        self._control = control
        self._writer = writer
        self._meter = meter
        self._on_failure = on_failure
        self._desks: dict[TP, tuple[Desk, Lane]] = {}
        self._in_hand: set[TP] = set()
        """Partitions with a chunk in the works: a state of theirs holds alerts that nobody sent."""
        self._name = ("", 0)

    def rename(self, writer: str, generation: int) -> None:
        """Who writes the snapshots from here on: unique to the process and the takeover."""
        self._name = (writer, generation)

    def open(self, tp: TP, next_offset: int, snapshot: Snapshot | None) -> None:
        """Go on with a partition of the log from its snapshot, or from its beginning.

        Where the beginning is gone, and what it told of rules that hold and of silences, it begins
        with those that `control` has.
        """
        current = self._control.view.current
        trimmed = snapshot is None and next_offset > 0
        first = current.hash if trimmed and current is not None else None
        desk = Desk(
            tp.partition,
            self._new_watch,
            self._control.shelf,
            next_offset,
            snapshot,
            first,
            standing=list(self._control.view.silences.values()) if trimmed else (),
        )
        self._desks[tp] = (desk, Lane(self._on_failure))
        self._runs(desk)

    async def close(self) -> None:
        """Store the state of every partition and drop it."""
        for tp, (desk, lane) in list(self._desks.items()):
            if desk.changed and tp not in self._in_hand:
                await self._snapshot(desk, lane)
        for _, lane in list(self._desks.values()):
            await lane.drain()
        self._desks.clear()

    async def accept(self, tp: TP, records: Sequence[Any], done: Callable[[], None]) -> None:
        """Take a chunk of the log; `done` is called when all of its alerts are confirmed."""
        self._in_hand.add(tp)
        try:
            await self._accept(tp, records, done)
        finally:
            self._in_hand.discard(tp)

    async def _accept(self, tp: TP, records: Sequence[Any], done: Callable[[], None]) -> None:
        held = self._desks.get(tp)
        if held is None:
            done()
            return
        desk, lane = held
        outgoing: list[Outgoing] = []
        published: list[tuple[Alert, int | None]] = []
        rows, spent, since = 0, 0.0, time.perf_counter()
        for record in records:
            batch = self._decoded(desk, record)
            if batch is not None and batch.stream == "rules":
                await self._control.book(batch.bundle)
                if self._desks.get(tp) is not held:
                    done()
                    return
            if batch is not None:
                rows += len(batch.offset) // 8
                last = record is records[-1]
                outgoing.extend(self._apply(desk, record, batch, published, judge=last))
            now = time.perf_counter()
            if now - since > TURN_SECONDS:
                spent += now - since
                await asyncio.sleep(0)
                since = time.perf_counter()
                if self._desks.get(tp) is not held:
                    done()
                    return
        self._meter.chunk("watch", rows, spent + time.perf_counter() - since)
        await lane.submit(self._publication(desk, outgoing, published, done))
        if desk.due(self._settings.snapshot_interval):
            await self._snapshot(desk, lane)

    async def store(self) -> None:
        """Write the snapshots that are due in partitions where nothing arrives any more."""
        for tp, (desk, lane) in list(self._desks.items()):
            if tp in self._in_hand:
                continue
            if lane.idle and desk.due(self._settings.snapshot_interval):
                await self._snapshot(desk, lane)
            self._meter.totals(desk.partition, desk.totals())
            tell_standing(self._meter, desk.partition, desk.watch)

    # -- computing

    def _decoded(self, desk: Desk, record: Any) -> Batch | None:
        try:
            return decode_batch(record.value or b"")
        except (msgspec.DecodeError, msgspec.ValidationError):
            log.error(  # noqa: TRY400 - the bytes could be anything
                "record %d/%d of the log is not ours", desk.partition, record.offset
            )
            self._meter.foreign("observations")
            desk.skip(record.offset)
            return None

    def _apply(
        self,
        desk: Desk,
        record: Any,
        batch: Batch,
        published: list[tuple[Alert, int | None]],
        *,
        judge: bool,
    ) -> Iterator[Outgoing]:
        before = desk.told
        outcome, letter = desk.apply(record.offset, record.value, batch, judge=judge)
        if desk.told != before:
            self._meter.rules_switch("refused" if desk.told.refused else "taken")
            self._runs(desk)
        counts = outcome.counts
        self._meter.counted(counts.accepted, counts.duplicate, counts.late, counts.rejected)
        if letter is not None:
            self._meter.failure("watch")
            self._meter.dead_letter(letter.reason, letter.disposition, letter.count)
            yield dead_letter_record(self._settings.topic(DEAD_LETTERS), letter)
        tell_acts(self._meter, desk.partition, batch, outcome.alerts)
        tell_passed_on(self._meter, batch)
        arrived = _arrived(record) if outcome.alerts else None
        for alert in outcome.alerts:
            if alert.state != "shadow":
                published.append((alert, arrived))
            yield from self._alert_records(alert)

    def _runs(self, desk: Desk) -> None:
        told = desk.told
        self._control.holds(
            desk.partition,
            Held(
                hash=told.hash,
                number=told.number,
                effective_ms=told.effective_ms,
                since_ms=time.time_ns() // 1_000_000,
                refused=told.refused,
            ),
        )

    def _alert_records(self, alert: Alert) -> Iterator[Outgoing]:
        # An exercise is told where the real ones are, marked; nobody is told of a trial.
        names = ("alerts.shadow",) if alert.state == "shadow" else ("alerts", "alerts.log")
        key, value = alert.id.encode(), encode_alert(alert)
        for name in names:
            yield Outgoing(self._settings.topic(name), key, value)

    # -- writing

    def _publication(
        self,
        desk: Desk,
        outgoing: list[Outgoing],
        published: list[tuple[Alert, int | None]],
        done: Callable[[], None],
    ) -> Callable[[], Awaitable[None]]:
        totals, budgets = desk.totals(), desk.budgets()

        async def publish() -> None:
            await self._writer.send(outgoing)
            # Told when what follows from the rows is confirmed, and not a moment later.
            self._meter.totals(desk.partition, totals)
            self._meter.budgets(desk.partition, budgets)
            tell_alerts(self._meter, published)
            done()

        return publish

    async def _snapshot(self, desk: Desk, lane: Lane) -> None:
        snapshot, took = desk.capture()
        self._meter.snapshot(len(snapshot.blob), took)
        writer, generation = self._name
        topic = self._settings.topic(STATE)
        records = [
            Outgoing(topic, key, value, desk.partition)
            for key, value in cut(snapshot, writer=writer, generation=generation, epoch=desk.epoch)
        ]

        # In the lane, so behind the confirmations of every alert that the snapshot covers.
        async def store() -> None:
            await self._writer.send(records)
            self._meter.snapshot_stored(desk.partition, time.time())

        await lane.submit(store)


def _arrived(record: Any) -> int | None:
    for name, value in record.headers or ():
        if name == ARRIVED and value.isdigit():
            return int(value)
    return None
