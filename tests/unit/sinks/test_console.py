"""The terminal sink: what a duty officer reads, coloured or plain."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import msgspec
import pytest

from sinks.base import Retryable
from sinks.console import Console, reason
from streams.decisions import Ack
from streams.records import (
    Alert,
    AlertArea,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    AlertTrace,
    AlertWindow,
    Evidence,
    MatchedTerm,
    Text2,
    ThresholdFrom,
)

AT = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
HEAT = Alert(
    id="HEAT1",
    revision=1,
    dedup_key="heat-burst/1",
    status="firing",
    level="III",
    kind="heat",
    area=AlertArea("1", Text2("砚汀派出所", "Yanting Police Station"), ["1"]),
    window=AlertWindow(AT.replace(minute=0), AT, AT),
    times=AlertTimes(breached=AT, fired=AT, updated=AT),
    evidence=Evidence(
        observed=9,
        expected=3.12,
        threshold=ThresholdFrom(count=8, from_="rules/library/heat.yaml:21:15"),
    ),
    incidents=AlertIncidents(9, ["J1", "J2", "J3", "J4"]),
    rule=AlertRule("heat-burst", "sha256:a", "sha256:b"),
    message=Text2("警情短时激增", "Burst of incidents"),
    trace=AlertTrace("00-1-2-01"),
)
ROBBERY = Evidence(
    category="robbery",
    terms=[MatchedTerm(3, 5, "抢劫", "robbery")],
    reasons=["lexicon:robbery", "weapon"],
)


def shown(alert: Alert, *, colour: bool = False) -> str:
    stream = io.StringIO()
    Console(stream, colour=colour, zone=UTC).send([alert])
    return stream.getvalue()


def test_a_heat_alert_gives_its_numbers_and_the_rule_s_place():
    assert reason(HEAT) == (
        "9 in 30 min, 3.12 expected, threshold 8 (rules/library/heat.yaml:21:15); "
        "heat-burst: J1, J2, J3 ..."
    )


def test_a_critical_alert_gives_words_spans_and_reasons():
    alert = msgspec.structs.replace(HEAT, kind="keyword", evidence=ROBBERY)
    assert reason(alert).startswith("robbery: 抢劫 [3,5); lexicon:robbery, weapon; ")


def test_plain_text_has_time_level_area_and_both_languages_and_no_colour():
    text = shown(HEAT)
    assert text.splitlines()[0] == (
        "03-02 12:30:00  III 警情热点 HEAT  砚汀派出所 Yanting Police Station  "
        "警情短时激增 | Burst of incidents"
    )
    assert "\x1b" not in text


def test_colour_goes_with_the_level_and_fades_when_it_is_over():
    assert "\x1b[93m III" in shown(HEAT, colour=True)
    assert "\x1b[97;41m I" in shown(msgspec.structs.replace(HEAT, level="I"), colour=True)
    over = shown(msgspec.structs.replace(HEAT, status="resolved"), colour=True)
    assert "\x1b[2m III" in over
    assert "[resolved]" in over


def test_what_is_for_review_is_not_called_critical():
    alert = msgspec.structs.replace(HEAT, kind="keyword", evidence=ROBBERY, review=True)
    assert "待核警情 FOR REVIEW" in shown(alert)
    assert "CRITICAL" not in shown(alert)


def test_what_a_rule_found_by_its_own_words_is_a_report():
    words = Evidence(terms=[MatchedTerm(3, 6, "路灯坏", "")])
    text = shown(msgspec.structs.replace(HEAT, kind="keyword", evidence=words))
    assert "警情提示 REPORT" in text
    assert " 路灯坏 [3,6)" in text


def test_a_moved_level_is_told():
    moved = msgspec.structs.replace(HEAT, level="II", previous_level="III")
    assert "(III -> II)" in shown(moved)


def test_a_name_cannot_steer_the_terminal():
    area = AlertArea("1", Text2("\x1b[2J砚汀\u202e", "Yan\x07ting\n"), ["1"])
    text = shown(msgspec.structs.replace(HEAT, area=area))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("\n") == 2


class _Gone(io.StringIO):
    """A terminal that has been closed."""

    def writelines(self, _lines: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")


def test_a_terminal_that_is_gone_is_a_fault_to_try_again():
    with pytest.raises(Retryable, match="terminal"):
        Console(_Gone(), colour=False).send([HEAT])


def test_an_alert_that_nobody_took_says_so_and_an_unchanged_level_is_no_move():
    stream = io.StringIO()
    again = msgspec.structs.replace(HEAT, revision=2, previous_level="III", ack=Ack(rung=1))
    taken = msgspec.structs.replace(again, revision=3, ack=Ack(by="desk", at=AT, rung=1))
    Console(stream, colour=False).send([again, taken])
    first, _, second, _ = stream.getvalue().splitlines()
    assert "[无人签收，上报第1级 unanswered, rung 1]" in first
    assert "->" not in first
    assert "unanswered" not in second
