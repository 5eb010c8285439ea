"""One channel's lane: reads `alerts.log` at its own pace, sends, and stores how far it is.

A lane is a thread with a consumer group of its own. Whatever its receiver does, it delays nobody
but itself: neither detection nor another channel.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

import msgspec
from kafka.errors import KafkaError
from msgspec import Struct

from commands.dispatch.letters import Letters
from commands.dispatch.partition import Partition
from commands.dispatch.reader import Begin, Reader, earlier, group_reader
from commands.dispatch.sender import Sender
from rules.notify.outbox import Outbox
from rules.notify.router import Router, Targets
from sinks.base import Sink
from streams.alert_codec import decode_alert
from streams.areas import AreaTree
from streams.errors import BrokerError
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
_TURN_S: Final = 1.0
"""Longest time of sending before records are fetched again, and progress is stored."""
_BACKLOG: Final = 1_000
"""Messages that are due and not taken by the receiver before reading stops. What waits for its
moment does not count: a storm that is summed up must not keep the next lifeline alert unread."""
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
        self._router, self._meter = router, meter
        self._topic = settings.topic(ALERTS_LOG)
        self._group = f"{settings.group}-dispatch-{options.name.replace(':', '.')}"
        letters = Letters(settings, options.name, meter)
        self._sender = Sender(options.name, opener, letters, meter)
        self._partitions: dict[int, Partition] = {}
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
                self._sender.tell(f"alerts.log cannot be read: {error!r}")
            except Exception:
                log.exception("channel %s: unexpected fault", self._options.name)
                self._meter.failure("dispatch")
            finally:
                self._partitions.clear()
                self._sender.close()
            if not self._stopped:
                time.sleep(_AGAIN_S)

    # -- reading

    def _serve(self, reader: Reader) -> None:
        while not self._stopped:
            paused = any(p.backlog > _BACKLOG for p in self._partitions.values())
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

    def _deliver(self) -> None:
        """Attempts, partition by partition, as long as they go well and something is due."""
        until, busy = time.monotonic() + _TURN_S, True
        while busy and time.monotonic() < until and not self._stopped:
            busy = False
            for partition in self._partitions.values():
                if self._sender.wait_s() > 0:
                    return
                busy |= self._sender.send(partition, _now_ms())

    # -- how far it is

    def _idle_s(self) -> float:
        """How long to wait for records: no longer than until something is due."""
        if any(partition.pending for partition in self._partitions.values()):
            return min(_WAIT_S, max(self._sender.wait_s(), 0.01))
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


def _alert(message: Message) -> Alert | None:
    try:
        return decode_alert(message.value or b"")
    except msgspec.DecodeError:
        return None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
