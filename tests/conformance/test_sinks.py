"""What every sink must do, run over the registry: a new sink is held to it by being registered."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from sinks import SINKS, open_channel
from sinks.secrets import Secrets
from streams.records import (
    Alert,
    AlertArea,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    AlertTrace,
    AlertWindow,
    Baseline,
    Evidence,
    MatchedTerm,
    Text2,
    ThresholdFrom,
)
from tests.conformance.sink_peers import LIVE, PEERS, Peer

AT = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)

ENDED = {"status": "resolved", "close_reason": "cleared"}


def alert(**changes: object) -> Alert:
    """A heat alert, changed as asked."""
    heat = Alert(
        id="HEAT1",
        revision=1,
        dedup_key="heat-burst/990101000100",
        status="firing",
        level="III",
        kind="heat",
        area=AlertArea("990101000100", Text2("砚汀派出所", "Yanting Police Station"), ["990000"]),
        window=AlertWindow(AT.replace(minute=0), AT, AT),
        times=AlertTimes(breached=AT, fired=AT, updated=AT),
        evidence=Evidence(
            observed=9,
            expected=3.1,
            threshold=ThresholdFrom(count=8, from_="rules/library/heat.yaml:21:15"),
            baseline=Baseline("fixed", 0, 0, warming=False),
        ),
        incidents=AlertIncidents(9, ["J1", "J2", "J3", "J4"]),
        rule=AlertRule("heat-burst", "sha256:a", "sha256:b"),
        message=Text2("警情短时激增", "Burst of incidents"),
        trace=AlertTrace("00-1-2-01"),
    )
    return msgspec.structs.replace(heat, **changes)


def critical() -> Alert:
    """A keyword alert."""
    return alert(
        id="KEY1",
        kind="keyword",
        level="II",
        window=None,
        evidence=Evidence(
            category="robbery",
            terms=[MatchedTerm(3, 5, "抢劫", "robbery")],
            reasons=["lexicon:robbery"],
        ),
        incidents=AlertIncidents(1, ["J9"]),
        message=Text2("抢劫警情", "Robbery reported"),
    )


@pytest.fixture(
    params=[
        pytest.param(kind, marks=pytest.mark.live) if kind in LIVE else kind
        for kind in sorted(SINKS)
    ]
)
def peer(request, tmp_path, new_bench):
    """A receiver for a kind of sink."""
    with PEERS[request.param](tmp_path, new_bench) as mine:
        yield mine


def sent(peer: Peer, *batches: list[Alert]) -> str:
    """What arrives of batches that one channel sends."""
    with open_channel(peer.options, Secrets(peer.environ)) as sink:
        for batch in batches:
            sink.send(batch)
    return "\n".join(peer.arrived())


def test_every_kind_has_a_receiver():
    assert set(PEERS) == set(SINKS)


def test_every_alert_arrives_and_the_revisions_of_one_in_order(peer):
    one, two, three = (
        alert(revision=n, message=Text2("警情短时激增", f"Burst {n}"), **({} if n < 3 else ENDED))
        for n in (1, 2, 3)
    )
    text = sent(peer, [one, critical()], [two], [], [three])
    assert "Robbery reported" in text
    assert text.index("Burst 1") < text.index("Burst 2") < text.index("Burst 3")


def test_an_empty_batch_does_nothing(peer):
    assert sent(peer, []) == ""


def test_both_languages_and_the_reason_are_there(peer):
    text = sent(peer, [alert(), critical()])
    for part in ("警情短时激增", "Burst of incidents", "rules/library/heat.yaml:21:15", "抢劫"):
        assert part in text


def test_every_status_level_and_kind_can_be_sent(peer):
    alerts = [
        alert(id=f"{name}{level}", revision=revision, status=status, level=level, kind=name)
        for level in ("I", "II", "III", "IV")
        for name in ("keyword", "heat", "coverage", "process")
        for revision, status in enumerate(("pending", "firing", "resolved", "withdrawn"), start=1)
    ]
    assert sent(peer, alerts)


def test_an_alert_with_nothing_optional_can_be_sent(peer):
    bare = alert(
        window=None,
        evidence=Evidence(),
        incidents=AlertIncidents(0, []),
        area=AlertArea("unknown", Text2(), []),
        message=Text2(),
    )
    assert "unknown" in sent(peer, [bare])


def test_an_alert_may_come_twice_and_the_channel_may_be_opened_again(peer):
    first = sent(peer, [alert(), critical()])
    again = sent(peer, [alert(), critical()])
    assert first
    assert again.count("Robbery reported") >= first.count("Robbery reported")


def test_no_text_of_the_report_and_no_control_character_comes_through(peer):
    text = sent(peer, [alert(message=Text2("热\x1b[31m点", "hot\x1b[31m spot"))])
    assert "\x1b" not in text
