"""CloudEvents: what the SDK of the standard's own makers reads out of ours."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from rules.language.schema.common import JointMechanism
from rules.register.mechanism import proposal
from sinks.cloudevents import event_types, headers, structured, structured_batch
from streams.alert_codec import encode_alert
from streams.decisions import Ack, Cells, Mechanism
from streams.records import AlertTimes
from streams.texts import Text2
from tests.unit.sinks.alerts import AT, LATER, alert, ended, robbery

TIMES = AlertTimes(breached=AT, fired=AT, updated=LATER)
PREFIX = "watchfloor."


def mechanism(status, at):
    texts = Text2("一", "one")
    cells = Cells(intelligence=texts, command=texts, duty=texts, opinion=texts)
    return Mechanism(status=status, cells=cells, at=at)


@pytest.mark.parametrize(
    ("changes", "types"),
    [
        ({}, ["alert.firing"]),
        ({"revision": 2}, ["alert.updated"]),
        ({"revision": 2, "times": TIMES, "ack": Ack("desk", LATER)}, ["alert.acked"]),
        ({"revision": 3, "times": TIMES, "ack": Ack("desk", AT)}, ["alert.updated"]),
        ({"status": "withdrawn", "revision": 2}, ["alert.withdrawn"]),
        ({"status": "pending"}, ["alert.pending"]),
        (
            {"level": "I", "mechanism": mechanism("proposed", AT)},
            ["alert.firing", "joint_mechanism.proposed"],
        ),
        (
            {"revision": 2, "times": TIMES, "mechanism": mechanism("started", LATER)},
            ["alert.updated", "joint_mechanism.started"],
        ),
        ({"revision": 3, "mechanism": mechanism("started", LATER)}, ["alert.updated"]),
        (
            {"revision": 2, "times": TIMES, "mechanism": mechanism("declined", LATER)},
            ["alert.updated"],
        ),
    ],
)
def test_what_a_revision_tells(changes, types):
    assert event_types(alert(**changes)) == [PREFIX + name for name in types]


def test_an_end_is_told_as_such():
    assert event_types(ended()) == ["watchfloor.alert.resolved"]


def test_a_proposal_as_the_engine_makes_it_is_an_event_of_its_own():
    proposed = proposal(JointMechanism(), AT)
    assert event_types(alert(level="I", mechanism=proposed)) == [
        "watchfloor.alert.firing",
        "watchfloor.joint_mechanism.proposed",
    ]
    assert len(event_types(alert(revision=2, times=TIMES, mechanism=proposed))) == 1


def read_kafka(record):
    (type_,) = event_types(record)
    found = dict(headers(record, "city-1", type_))
    message = KafkaMessage(headers=found, key=record.id.encode(), value=encode_alert(record))
    return from_binary(message, JSONFormat(), CloudEvent)


@pytest.mark.parametrize("record", [alert(), robbery(), ended()], ids=lambda a: a.status)
def test_the_sdk_reads_the_same_out_of_headers_and_out_of_the_envelope(record):
    (type_,) = event_types(record)
    binary = read_kafka(record)
    whole = JSONFormat().read(CloudEvent, structured(record, "city-1", type_))
    for event in (binary, whole):
        assert event.get_specversion() == "1.0"
        assert event.get_id() == f"{record.id}.{record.revision}"
        assert event.get_source() == "city-1"
        assert event.get_type() == type_
        assert event.get_subject() == record.dedup_key
        assert event.get_time() == record.times.updated
        assert event.get_dataschema() == "urn:watchfloor:schema:alert:1"
        assert event.get_datacontenttype() == "application/json"
        assert event.get_extension("partitionkey") == record.id
        assert event.get_extension("traceparent") == record.trace.traceparent
        assert event.get_extension("alertlevel") == record.level
        assert event.get_data() == json.loads(encode_alert(record))


def test_the_sdk_would_write_the_same_envelope():
    ours = json.loads(structured(alert(), "city-1", event_types(alert())[0]))
    event = JSONFormat().read(CloudEvent, json.dumps(ours))
    theirs = json.loads(JSONFormat().write(event))
    theirs["time"] = theirs["time"].replace("+00:00", "Z")
    assert theirs == ours


def test_both_events_of_a_revision_have_ids_of_their_own():
    record = alert(level="I", mechanism=mechanism("proposed", AT))
    events = json.loads(structured_batch([record, robbery()], "city-1"))
    assert [event["id"] for event in events] == ["HEAT1.1", "HEAT1.1.mechanism", "KEY1.1"]
    assert len({(event["source"], event["id"]) for event in events}) == 3


def test_a_time_of_another_zone_is_the_same_moment():
    moved = AT + timedelta(seconds=0.25)
    record = alert(times=AlertTimes(breached=AT, fired=AT, updated=moved))
    assert read_kafka(record).get_time() == moved
