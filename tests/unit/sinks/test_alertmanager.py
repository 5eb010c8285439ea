"""Alertmanager's API: labels that stay, levels that end, ends that are told."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import msgspec
import pytest

from sinks.alertmanager import AlertmanagerOptions, labels, open_alertmanager
from sinks.base import Rejected, Retryable
from sinks.secrets import Secrets
from streams.decisions import Ack
from tests.live.receivers import in_turn, receiver
from tests.unit.sinks.alerts import AT, LATER, alert, ended, robbery

NOW_S = AT.timestamp() + 1


def bodies(*batches, behave=None, **changes):
    """What is posted for batches."""
    with receiver(behave) as mine:
        options = AlertmanagerOptions(url=mine.url.removesuffix("/alerts"), **changes)
        with open_alertmanager(options, Secrets({"PW": "s3cret"}), clock=lambda: NOW_S) as sink:
            for batch in batches:
                sink.send(batch)
        assert {request.path for request in mine.requests} <= {"/api/v2/alerts"}
        return [json.loads(body) for body in mine.taken()], mine.requests


def instant(at):
    return msgspec.to_builtins(at)


def test_the_newest_revision_of_each_alert_in_one_request():
    (posted,), _ = bodies([alert(), robbery(), alert(revision=2)])
    assert [(one["labels"]["alert"], one["annotations"]["revision"]) for one in posted] == [
        ("HEAT1", "2"),
        ("KEY1", "1"),
    ]


def test_labels_do_not_change_while_the_level_does_not():
    later = alert(revision=5, status="resolved", ack=Ack("desk", LATER), assignee="desk")
    assert labels(alert(), "III") == labels(later, "III")
    assert labels(alert(), "III")["path"] == "/990000/990100/990101/990101000100/"
    assert all(labels(alert(area=alert().area.__class__("x", alert().area.name, [])), "I").values())


def test_it_lasts_for_as_long_as_asked_and_ends_when_it_is_over():
    (first, last), _ = bodies([alert()], [ended()], hold_s=3600.0)
    assert first[0]["startsAt"] == instant(AT)
    assert first[0]["endsAt"] == instant(AT + timedelta(seconds=3601))
    assert last[0]["endsAt"] == instant(LATER)
    assert last[0]["annotations"]["close_reason"] == "cleared"


def test_a_withdrawal_before_its_start_ends_at_it():
    early = ended(status="withdrawn", times=msgspec.structs.replace(ended().times, fired=LATER))
    moved = msgspec.structs.replace(early.times, updated=AT)
    (posted,), _ = bodies([msgspec.structs.replace(early, times=moved)])
    assert posted[0]["endsAt"] == posted[0]["startsAt"]


def test_the_level_that_an_alert_left_is_ended():
    up = alert(revision=2, level="I", previous_level="II")
    (_, two), _ = bodies([alert()], [up])
    assert (two[0]["labels"]["level"], two[0]["endsAt"]) == ("III", instant(AT))
    assert [a["labels"]["level"] for a in two] == ["III", "I"]
    # after a restart, what the record says of it is all that is known
    (fresh,), _ = bodies([up])
    assert [a["labels"]["level"] for a in fresh] == ["II", "I"]


def test_levels_that_were_passed_while_nobody_listened_are_ended_too():
    second = alert(revision=2, level="II", previous_level="III")
    third = alert(revision=3, level="I", previous_level="II")
    (fresh,), _ = bodies([second, third])
    assert [a["labels"]["level"] for a in fresh] == ["III", "II", "I"]
    (_, known), _ = bodies([alert()], [second, third])
    assert [a["labels"]["level"] for a in known] == ["III", "I"]
    assert [a["endsAt"] > instant(AT) for a in known] == [False, True]


def test_who_has_it_is_an_annotation():
    (posted,), _ = bodies([alert(revision=2, ack=Ack("duty-desk", LATER), assignee="county")])
    told = posted[0]["annotations"]
    assert told["acknowledged_by"] == "duty-desk"
    assert told["acknowledged_at"] == instant(LATER)
    assert told["assignee"] == "county"
    assert told["summary"] == "警情短时激增 | Burst of incidents"
    assert "joint_mechanism" not in told


def test_a_pending_alert_is_not_shown():
    posted, _ = bodies([alert(status="pending")])
    assert posted == []


def test_a_user_and_a_password_are_sent():
    _, (request,) = bodies([alert()], user="desk", password="env:PW")
    scheme, _, login = request.headers["authorization"].partition(" ")
    assert (scheme, base64.b64decode(login)) == ("Basic", b"desk:s3cret")


def test_a_refused_request_is_posted_one_by_one():
    with pytest.raises(Rejected) as refused:
        bodies([alert(), robbery()], behave=in_turn("400", "ok", "400"))
    assert (refused.value.done, refused.value.count) == (1, 1)
    with pytest.raises(Retryable) as later:
        bodies([alert(), robbery()], behave=in_turn("400", "ok", "503"))
    assert later.value.done == 1
    with pytest.raises(Rejected):
        bodies([alert()], behave=in_turn("400"))
