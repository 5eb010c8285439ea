"""One channel's lane: reads `alerts.log` at its own pace, sends, and stores how far it is.

A lane is a thread with a consumer group of its own. Whatever its receiver does, it delays nobody
but itself: neither detection nor another channel.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Final

import msgspec
from kafka.errors import KafkaError
from msgspec import Struct

from commands.dispatch.letters import Letters
from commands.dispatch.partition import Partition, Piece
from commands.dispatch.reader import Begin, Reader, earlier, group_reader
from rules.notify.outbox import Outbox
from rules.notify.router import Router, Targets
from sinks.base import Retryable, Sink
from sinks.dispatch.circuit import Circuit
from sinks.dispatch.delivery import Attempt, attempt
from streams.alert_codec import decode_alert
from streams.areas import AreaTree
from streams.errors import BrokerError, ConfigError
from streams.kafka_client import Message
from streams.live.meter import DeliveryMeter
from streams.records import Alert
from streams.settings import Settings
from streams.topics import ALERTS_LOG

__all__ = ["Lane", "LaneOptions"]

_WAIT_S: Final = 0.2
_COMMIT_S: Final = 1.0
_AGAIN_S: Final = 2.0
"""After a fault of the broker, or of our own."""
_ASK_S: Final = 30.0
"""How often a channel is looked at that a person has to put right first."""
_LONGEST_BATCH: Final = 100
_QUICK_S: Final = 0.5
_HELD: Final = 5_000
"""Records that a partition holds unsettled before its reading stops."""
_REMEMBERED_MS: Final = 24 * 3_600_000
_REMEMBERED: Final = 20_000
"""What a lane reads again when it takes over a partition, to know what was told."""

log = logging.getLogger(__name__)


class LaneOptions(Struct, frozen=True, kw_only=True):
    """What a lane is for. name: `sink:id` as routes call it. everything: it is for all alerts.

    keeps, most, languages: as in `Outbox`. begin: where to begin where nothing is stored.
    since_ms: the moment from which on a new channel is told.
    """

    name: str
    keeps: bool
    most: int | None
    languages: tuple[str, ...]
    begin: Begin
    since_ms: int
    everything: bool = False


class Lane:
    """Runs one channel until it is stopped. Everything in it happens in one thread."""

    def __init__(
        self,
        options: LaneOptions,
        settings: Settings,
        areas: AreaTree,
        router: Callable[[], Router],
        opener: Callable[[], AbstractContextManager[Sink]],
        meter: DeliveryMeter,
        *,
        recall: Callable[[Alert], object] | None = None,
    ) -> None:
        """router: by the rules in force. recall: is given what was told before a restart."""
        self._recall = recall
        self._options, self._settings, self._areas = options, settings, areas
        self._router, self._opener, self._meter = router, opener, meter
        self._topic = settings.topic(ALERTS_LOG)
        self._group = f"{settings.group}-dispatch-{options.name.replace(':', '.')}"
        self._letters = Letters(settings, options.name, meter)
        self._partitions: dict[int, Partition] = {}
        self._circuit = Circuit()
        self._most = 1
        self._sink: Sink | None = None
        self._open = ExitStack()
        self._said = ""
        self._stopped = False
        self._committed = 0.0
        self.assigned = False

    def stop(self) -> None:
        """Ask it to end; it does after the attempt under way."""
        self._stopped = True

    def run(self) -> None:
        """Deliver until stopped. Never raises."""
        while not self._stopped:
            try:
                with group_reader(self._settings, self._topic, self._group) as reader:
                    self._serve(reader)
            except (BrokerError, KafkaError) as error:
                self._tell(f"alerts.log cannot be read: {error!r}")
            except Exception:
                log.exception("channel %s: unexpected fault", self._options.name)
                self._meter.failure("dispatch")
            finally:
                self._partitions.clear()
                self._close()
            if not self._stopped:
                time.sleep(_AGAIN_S)

    # -- reading

    def _serve(self, reader: Reader) -> None:
        while not self._stopped:
            paused = any(p.pending or p.outbox.waiting > _HELD for p in self._partitions.values())
            for message in reader.poll(self._idle_s(), paused=paused):
                self._take(message)
            gone, come = reader.changes()
            for number in gone:
                # Whoever has it now begins where we stored that we were.
                self._partitions.pop(number, None)
            for number in come:
                self._begin(reader, number)
            self._deliver()
            self._store(reader)
        self._commit(reader)

    def _begin(self, reader: Reader, number: int) -> None:
        """Take over a partition where it was left, with what was told before."""
        start, stored = reader.start(number, self._options.begin, self._options.since_ms)
        outbox = Outbox(
            self._options.name,
            start,
            self._areas,
            keeps=self._options.keeps,
            most=self._options.most,
            languages=self._options.languages,
        )
        new = not stored and self._options.begin == "now"
        since_ms = self._options.since_ms if new else 0
        self._partitions[number] = partition = Partition(number, outbox, since_ms=since_ms)
        if stored:
            self._remember(partition, start)
        else:
            reader.commit({number: start})
        self.assigned = True

    def _remember(self, partition: Partition, end: int) -> None:
        """What was told before, so that its changes and its end are told as such."""
        since_ms = _now_ms() - _REMEMBERED_MS
        for message in earlier(
            self._settings,
            self._topic,
            partition.number,
            end,
            since_ms=since_ms,
            most=_REMEMBERED,
        ):
            alert = _alert(message)
            if alert is None:
                continue
            partition.outbox.recall(alert, self._targets(alert), message.timestamp)
            if self._recall is not None:
                self._recall(alert)

    def _take(self, message: Message) -> None:
        partition = self._partitions.get(message.partition)
        if partition is None:
            return
        alert = _alert(message)
        if alert is None or message.timestamp < partition.since_ms:
            # Not ours; or from before a new channel, since not every broker finds times exactly.
            partition.outbox.skip(message.offset)
            return
        partition.arrived[message.offset] = message.timestamp
        partition.outbox.take(message.offset, alert, self._targets(alert), _now_ms())
        if partition.outbox.position > message.offset:
            partition.arrived.pop(message.offset, None)

    def _targets(self, alert: Alert) -> Targets:
        targets = self._router().targets(alert)
        if self._options.everything:
            return msgspec.structs.replace(targets, channels=(self._options.name,))
        return targets

    # -- sending

    def _deliver(self) -> None:
        """Attempts, as long as they succeed and there is something to send, for a turn."""
        until = time.monotonic() + 1.0
        for partition in list(self._partitions.values()):
            while time.monotonic() < until and not self._stopped:
                if self._circuit.wait_s(time.monotonic()) > 0:
                    return
                half_open = self._circuit.state(time.monotonic()) == "half_open"
                pieces = partition.batch(_now_ms(), 1 if half_open else self._most)
                if not pieces or not self._send(partition, pieces):
                    break

    def _send(self, partition: Partition, pieces: list[Piece]) -> bool:
        """One attempt; whether it went through."""
        name, began = self._options.name, time.monotonic()
        sink = self._opened()
        if sink is None:
            partition.put_back(pieces)
            return False
        self._meter.channel_state(name, self._circuit.state(began))
        result = attempt(sink, [piece.alert for piece in pieces])
        took = time.monotonic() - began
        self._most = (
            min(self._most * 2, _LONGEST_BATCH) if took < _QUICK_S else max(self._most // 2, 1)
        )
        end = result.taken + result.refused
        self._settle(partition, pieces[: result.taken], "delivered")
        if result.refused:
            refused = pieces[result.taken : end]
            self._letters.write(
                partition.number, [(p.offset, p.alert) for p in refused], result.said
            )
            self._settle(partition, refused, "rejected")
        if pieces[end:]:
            partition.put_back(pieces[end:])
        if result.failed:
            self._failed(result, len(pieces) - end)
            return False
        self._circuit.succeeded()
        self._said = ""
        self._meter.channel_state(name, "closed")
        return True

    def _settle(self, partition: Partition, pieces: Sequence[Piece], outcome: str) -> None:
        now = time.time()
        for piece in pieces:
            if outcome == "delivered" and piece.parcel.why == "alert":
                arrived = partition.arrived.get(piece.offset)
                if arrived is not None:
                    self._meter.delivery_seconds(self._options.name, now - arrived / 1000)
            if piece.last:
                partition.settle(piece.parcel)
        if pieces:
            self._meter.delivered(self._options.name, outcome, len(pieces))

    def _failed(self, result: Attempt, left: int) -> None:
        now = time.monotonic()
        self._circuit.failed(now, random.random(), result.after_s)  # noqa: S311 - jitter
        self._most = 1
        self._meter.delivered(self._options.name, "failed", left)
        self._meter.channel_state(self._options.name, self._circuit.state(now))
        self._tell(result.said)
        if self._circuit.state(now) == "open":
            # A new connection, and secrets that were renewed, for the attempt that follows.
            self._close()

    def _opened(self) -> Sink | None:
        """The sink, opened when it is first needed; None where it cannot be."""
        if self._sink is None:
            now = time.monotonic()
            try:
                self._sink = self._open.enter_context(self._opener())
            except ConfigError as error:
                self._tell(f"left out until that is put right: {error}")
                self._circuit.failed(now, 1.0, _ASK_S)
            except Retryable as error:
                self._tell(str(error))
                self._circuit.failed(now, random.random(), error.after_s)  # noqa: S311 - jitter
            self._meter.channel_state(self._options.name, self._circuit.state(now))
        return self._sink

    def _close(self) -> None:
        self._sink = None
        try:
            self._open.close()
        except Exception as error:  # noqa: BLE001 - it is given up anyway
            log.warning("channel %s: closing failed: %r", self._options.name, error)
        self._open = ExitStack()

    # -- how far it is

    def _idle_s(self) -> float:
        """How long to wait for records: no longer than until something is due."""
        if any(partition.pending for partition in self._partitions.values()):
            return min(_WAIT_S, max(self._circuit.wait_s(time.monotonic()), 0.01))
        now = _now_ms()
        dues = [due for p in self._partitions.values() if (due := p.outbox.due_ms()) is not None]
        return min(_WAIT_S, max(min((due - now for due in dues), default=200), 0) / 1000)

    def _store(self, reader: Reader) -> None:
        now = time.monotonic()
        if now - self._committed < _COMMIT_S:
            return
        self._committed = now
        self._commit(reader)
        positions = {number: p.outbox.position for number, p in self._partitions.items()}
        self._meter.channel_lag(self._options.name, reader.behind(positions))

    def _commit(self, reader: Reader) -> None:
        moved = {
            number: partition.outbox.position
            for number, partition in self._partitions.items()
            if partition.outbox.position != partition.committed
        }
        try:
            reader.commit(moved)
        except KafkaError as error:
            # What is not stored is told again: once or more, never not at all.
            log.warning("channel %s: progress not stored: %r", self._options.name, error)
            return
        for number, position in moved.items():
            self._partitions[number].committed = position

    def _tell(self, said: str) -> None:
        if said != self._said:
            self._said = said
            log.warning("channel %s: %s", self._options.name, said)


def _alert(message: Message) -> Alert | None:
    try:
        return decode_alert(message.value or b"")
    except msgspec.DecodeError:
        return None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
