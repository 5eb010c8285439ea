"""The escalation clock on Kafka: reads `alerts`, and does the acts that are due.

One worker of the group has a partition, so nobody is told twice; what two of them did all the same
while partitions moved has the same id, and counts once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from kafka.errors import KafkaError

from commands.acting import perform
from commands.dispatch.reader import Reader, group_reader
from rules.notify.escalation import EscalationClock
from rules.notify.router import Router
from streams.acts import Act
from streams.alert_codec import decode_alert
from streams.errors import BrokerError
from streams.kafka_client import Message
from streams.live.meter import DeliveryMeter
from streams.settings import Settings
from streams.topics import ALERTS

__all__ = ["Clock"]

_WAIT_S: Final = 0.2
_AGAIN_S: Final = 2.0
_AT_ONCE: Final = 100
"""Acts done in one go, so that a storm does not keep the gravest waiting for the broker."""

log = logging.getLogger(__name__)


class Clock:
    """Runs the clock for the partitions that this worker is given, until it is stopped."""

    def __init__(
        self, settings: Settings, router: Callable[[], Router], meter: DeliveryMeter
    ) -> None:
        """router: by the rules in force."""
        self._settings, self._router, self._meter = settings, router, meter
        self._clocks: dict[int, EscalationClock] = {}
        self._stopped = False

    def stop(self) -> None:
        """Ask it to end."""
        self._stopped = True

    def run(self) -> None:
        """Until stopped. Never raises."""
        topic = self._settings.topic(ALERTS)
        while not self._stopped:
            try:
                group = f"{self._settings.group}-escalation"
                with group_reader(self._settings, topic, group) as reader:
                    self._serve(reader)
            except (BrokerError, KafkaError) as error:
                log.warning("the escalation clock cannot reach the broker: %r", error)
            except Exception:
                log.exception("the escalation clock: unexpected fault")
                self._meter.failure("escalation")
            self._clocks.clear()
            if not self._stopped:
                time.sleep(_AGAIN_S)

    def _serve(self, reader: Reader) -> None:
        whole: set[int] = set()
        while not self._stopped:
            for message in reader.poll(_WAIT_S):
                self._hear(message)
            gone, come = reader.changes()
            for number in gone:
                del self._clocks[number]
            for number in come:
                self._clocks[number] = EscalationClock(lambda alert: self._router().targets(alert))
                reader.rewind(number)
            whole &= self._clocks.keys()
            for number, clock in list(self._clocks.items()):
                # What an alert was before says nothing: all of them first, then the time.
                if number in whole or reader.at_end(number):
                    whole.add(number)
                    self._act(clock, clock.due(_now_ms(), _AT_ONCE))

    def _hear(self, message: Message) -> None:
        clock = self._clocks.get(message.partition)
        if clock is None or message.value is None:
            return
        try:
            alert = decode_alert(message.value)
        except msgspec.DecodeError:
            return
        clock.hear(alert, message.timestamp)

    def _act(self, clock: EscalationClock, acts: Sequence[Act]) -> None:
        if not acts:
            return
        perform(self._settings, acts)
        for act in acts:
            if act.kind != "told":
                self._meter.escalations(clock.level(act.alert) or "")
                log.info("alert %s: %s, rung %s (%s)", act.alert, act.kind, act.rung, act.because)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
