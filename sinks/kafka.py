"""Alerts on a Kafka topic: plain JSON values, CloudEvents 1.0 headers, the alert's id as key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaProducer
from kafka.admin import NewTopic
from kafka.errors import KafkaError, MessageSizeTooLargeError
from msgspec import Struct

from sinks.base import Rejected, Retryable
from sinks.cloudevents import event_types, headers
from sinks.secrets import Secrets
from streams.alert_codec import encode_alert
from streams.errors import BrokerError
from streams.kafka_client import admin, producer
from streams.records import Alert
from streams.settings import Settings
from streams.topics import channel_topic

__all__ = ["KafkaOptions", "KafkaSink", "open_kafka"]

_SLACK_S: Final = 5.0
"""On top of the producer's own limit, which ends an attempt by itself."""


class KafkaOptions(Struct, frozen=True, kw_only=True):
    """topic: its full name. settings: the broker, and how to talk to it. timeout_s: seconds."""

    topic: str
    settings: Settings
    source: str = "watchfloor"
    timeout_s: float = 10.0


class KafkaSink:
    """One record a revision, in binary mode: who ignores CloudEvents reads plain JSON.

    The key is the alert's id: revisions keep their order, and a compacted topic its newest.
    """

    def __init__(self, client: KafkaProducer, options: KafkaOptions) -> None:
        self._client, self._options = client, options

    def send(self, alerts: Sequence[Alert]) -> None:
        """Write the alerts and wait until all replicas have them."""
        sent: list[tuple[int, Any]] = []
        for done, alert in enumerate(alerts):
            try:
                sent += [(done, future) for future in self._write(alert)]
            except KafkaError as error:
                self._wait(sent)
                raise self._failure(error, done) from error
        self._wait(sent)

    def _write(self, alert: Alert) -> list[Any]:
        """Hand over the events of a revision; their confirmations to come."""
        value, key = encode_alert(alert), alert.id.encode()
        topic, source = self._options.topic, self._options.source
        return [
            self._client.send(topic, value, key=key, headers=headers(alert, source, type_))
            for type_ in event_types(alert)
        ]

    def _wait(self, sent: Sequence[tuple[int, Any]]) -> None:
        for done, future in sent:
            try:
                future.get(timeout=self._options.timeout_s + _SLACK_S)
            except KafkaError as error:
                raise self._failure(error, done) from error

    def _failure(self, error: KafkaError, done: int) -> Retryable | Rejected:
        name = type(error).__name__
        if isinstance(error, MessageSizeTooLargeError):
            said = f"the topic {self._options.topic} does not take a record of this size ({name})"
            return Rejected(said, done=done, count=1)
        said = (
            f"the topic {self._options.topic} did not take the alerts ({name}): is the broker "
            "running, and does it have the topic?"
        )
        return Retryable(said, done=done)


@contextmanager
def open_kafka(options: KafkaOptions, secrets: Secrets) -> Iterator[KafkaSink]:  # noqa: ARG001 - the broker's secrets are in its settings
    """A sink on a topic. Raises Retryable where the broker cannot be reached."""
    try:
        _make(options)
        with producer(options.settings, limit_s=options.timeout_s) as client:
            yield KafkaSink(client, options)
    except BrokerError as error:
        raise Retryable(str(error)) from error


def _make(options: KafkaOptions) -> None:
    """Make the topic, if the broker has none of its name: who routes to it need not do it first."""
    spec = channel_topic(options.settings, options.topic)
    with admin(options.settings) as client:
        (found,) = client.describe_topics([spec.name])
        if not found["error_code"]:
            return
        wanted = NewTopic(
            name=spec.name,
            num_partitions=spec.partitions,
            replication_factor=spec.replication,
            topic_configs=dict(spec.config),
        )
        # Where we may not make topics, the first alert that cannot be sent tells of it.
        client.create_topics([wanted], raise_errors=False, wait_for_metadata=False)
