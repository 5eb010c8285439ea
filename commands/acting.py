"""Does acts: writes them to the audit log and announces them to every watch, and waits for both."""

from __future__ import annotations

from collections.abc import Sequence

from kafka.errors import KafkaError

from streams.acts import Act
from streams.announce import act_records
from streams.errors import BrokerError
from streams.kafka_client import producer, require_topics
from streams.settings import Settings
from streams.topics import AUDIT, CONTROL, LOG

__all__ = ["perform"]

_CONFIRM_S = 20.0


def perform(settings: Settings, acts: Sequence[Act]) -> None:
    """Write them all; on return the broker has confirmed each. Raises BrokerError.

    What they lead to is told later, by the watch that has the alert.
    """
    require_topics(settings, [settings.topic(name) for name in (AUDIT, CONTROL, LOG)])
    with producer(settings) as client:
        for record in act_records(settings, acts):
            try:
                client.send(
                    record.topic, record.value, key=record.key, partition=record.partition
                ).get(_CONFIRM_S)
            except KafkaError as error:
                message = f"{record.topic}/{record.partition} did not take the act: {error!r}."
                raise BrokerError(message) from error
