"""A channel into a topic: made when it is opened, read with and without CloudEvents."""

from __future__ import annotations

from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from kafka import TopicPartition

from rules.language.schema.common import JointMechanism
from rules.register.mechanism import proposal
from sinks.kafka import KafkaOptions, open_kafka
from sinks.secrets import Secrets
from streams.alert_codec import decode_alert
from streams.kafka_client import consumer, require_topics
from tests.live.harness import Bench, wait_until
from tests.unit.sinks.alerts import AT, alert, ended

pytestmark = pytest.mark.live


def records(bench: Bench, topic: str, count: int) -> list[Any]:
    """The first records of a topic, headers and all, by partition."""
    found: list[Any] = []
    with consumer(bench.settings) as client:
        places = [TopicPartition(topic, number) for number in range(bench.settings.partitions)]
        client.assign(places)
        client.seek_to_beginning(*places)

        def look() -> bool:
            for batch in client.poll(timeout_ms=200).values():
                found.extend(batch)
            return len(found) >= count

        wait_until(look, limit=20, what=f"{count} records on {topic}")
    return found


def event(record: Any) -> CloudEvent:
    """What the SDK reads out of a record."""
    message = KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value)
    read = from_binary(message, JSONFormat(), CloudEvent)
    assert isinstance(read, CloudEvent)
    return read


def test_a_topic_is_made_and_its_records_are_events(bench: Bench):
    topic = bench.settings.topic("alerts.hall")
    options = KafkaOptions(topic=topic, settings=bench.settings, source="city-1")
    gravest = alert(level="I", mechanism=proposal(JointMechanism(), AT))
    for _ in range(2):
        with open_kafka(options, Secrets({})) as sink:
            sink.send([gravest, ended()])
    assert require_topics(bench.settings, [topic])[topic] == bench.settings.partitions
    found = records(bench, topic, 6)
    events = [event(record) for record in found]
    assert [one.get_type().removeprefix("watchfloor.") for one in events[:3]] == [
        "alert.firing",
        "joint_mechanism.proposed",
        "alert.resolved",
    ]
    assert [one.get_id() for one in events[:3]] == ["HEAT1.1", "HEAT1.1.mechanism", "HEAT1.3"]
    assert {one.get_source() for one in events} == {"city-1"}
    assert {record.key for record in found} == {b"HEAT1"}
    assert [decode_alert(record.value).revision for record in found] == [1, 1, 3] * 2
