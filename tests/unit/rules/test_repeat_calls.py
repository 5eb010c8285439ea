"""The same caller again: no second alert, a third call or words of urging raise the level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from rules.repeat_calls import RepeatCalls
from rules.trials.why_keyword import Reported, keyword_reason
from tests.keyword_desk import Desk, call

ROBBERY = """
defaults: {repeat_call: {within: 10m}}
rules:
  - id: kw-robbery
    title: {zh: 抢劫警情, en: Robbery reported}
    level: II
    match: {category: [robbery], any: {zh: [抢劫]}}
"""
KNIFE = "夜市门口有人持刀抢劫手机"
ME, OTHER = "5eed" * 8, "c0de" * 8


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, ROBBERY)


def mine(number: int, minute: float, text: str = KNIFE, **fields: object) -> bytes:
    return call(number, minute, text, **{"caller_hash": ME} | fields)  # type: ignore[arg-type]


def test_a_second_call_is_linked_and_a_third_raises_the_level(desk: Desk) -> None:
    told = desk.hear([mine(1, 0), mine(2, 5), mine(3, 9), mine(4, 18)])
    said = [(a.revision, a.incidents.count, a.incidents.repeats, a.level) for a in told]
    assert said == [(1, 1, None, "II"), (2, 2, 1, "II"), (3, 3, 2, "I"), (4, 4, 3, "I")]
    assert [a.previous_level for a in told] == [None, "II", "II", "I"]
    assert len({a.id for a in told}) == 1
    assert "calls:3" in told[2].evidence.reasons
    assert "calls:3" in told[3].evidence.reasons, "the reason stays with the alert"


def test_who_asks_where_help_remains_makes_it_urgent_at_the_second_call(desk: Desk) -> None:
    told = desk.hear([mine(1, 0), mine(2, 5, "我刚才打过电话，警察怎么还没到")])
    assert [(a.incidents.count, a.level) for a in told] == [(1, "II"), (2, "I")]
    assert told[1].evidence.reasons == ["urging:刚才打过"]


def test_a_first_call_that_asks_to_hurry_is_as_grave_as_it_is(desk: Desk) -> None:
    told = desk.hear([mine(1, 0, KNIFE + "，快点来"), mine(2, 1, KNIFE, caller_hash=OTHER)])
    assert [(a.incidents.ids, a.level) for a in told] == [(["J00001"], "II"), (["J00002"], "II")]


def test_an_alert_never_gets_graver_than_one_and_only_once(desk: Desk) -> None:
    told = desk.hear([mine(n, n, KNIFE, level="I") for n in range(4)])
    assert {a.level for a in told} == {"I"}


@pytest.mark.parametrize(
    "fields", [{"caller_hash": OTHER}, {"area": "B"}, {"caller_hash": None}], ids=str
)
def test_another_caller_or_area_is_another_alert(desk: Desk, fields: dict[str, Any]) -> None:
    told = desk.hear([mine(1, 0), mine(2, 1, **fields)])
    assert len({a.id for a in told}) == 2


def test_a_call_after_the_time_is_a_new_alert(desk: Desk) -> None:
    told = desk.hear([mine(1, 0), mine(2, 10), mine(3, 20.1)])
    assert len({a.id for a in told}) == 2


def test_urging_without_an_alert_tells_nobody(desk: Desk) -> None:
    assert desk.hear([mine(1, 0, "怎么还没到，催一下")]) == []


def test_an_update_of_the_incident_may_bring_the_urging(desk: Desk) -> None:
    told = desk.hear(
        [
            mine(1, 0),
            mine(1, 3, "又来电催一下", rev=1, event="updated"),
            mine(1, 4, "又来电催一下", rev=2, event="updated"),
        ]
    )
    assert [(a.level, a.previous_level) for a in told] == [("II", None), ("I", "II")]


def test_who_called_again_may_recall_and_the_level_falls_no_further(desk: Desk) -> None:
    told = desk.hear([mine(1, 0), mine(2, 1), mine(2, 2, "", rev=1, event="cancelled")])
    assert [(a.status, a.incidents.count, a.incidents.repeats) for a in told] == [
        ("firing", 1, None),
        ("firing", 2, 1),
        ("firing", 1, None),
    ]


def test_a_rule_that_does_not_ask_for_it_links_nothing(tmp_path: Path) -> None:
    rules = ROBBERY.replace("defaults: {repeat_call: {within: 10m}}\n", "")
    raws = [
        mine(1, 0),
        mine(2, 1, linked_to="J00001"),
        mine(3, 2, "怎么还没到", linked_to="J00001"),
    ]
    told = Desk(tmp_path, rules).hear(raws)
    assert [(a.revision, a.incidents.ids) for a in told] == [(1, ["J00001"]), (1, ["J00002"])]


def test_no_trace_of_a_caller_is_in_an_alert_and_none_in_the_state_some_minutes_later(
    desk: Desk,
) -> None:
    desk.hear([mine(1, 0), mine(2, 1), mine(3, 2, "怎么还没到")])
    callers = desk.world.watches[0]._reports._keyword._joining
    (row,) = callers.snapshot()
    assert row[0] != int(ME[:16], 16)
    desk.world.close(30)
    desk.world.restart()
    assert desk.world.watches[0]._reports._keyword._joining.snapshot() == []
    for line in desk.world.alerts:
        assert str(row[0]).encode() not in line
        assert ME[:8].encode() not in line


def test_why_tells_that_a_call_joined_an_alert(desk: Desk) -> None:
    told = desk.hear([mine(1, 0), mine(2, 5, "怎么还没到")])
    fields = {"late": False, "test": False, "finding": None, "change": None}
    time_ms = round(told[1].times.updated.timestamp() * 1000)
    second = Reported("J00002", "A", time_ms, "2001", "phone_110", **fields)  # type: ignore[arg-type]
    assert keyword_reason(desk.book, second, told).outcome == "joined"
    stranger = structs.replace(second, incident="J00009")
    assert keyword_reason(desk.book, stranger, told).outcome == "nothing found"


def test_what_is_remembered_of_callers_is_bounded_and_restored() -> None:
    callers = RepeatCalls()
    for number in range(1, 5_001):
        callers.note(number, ("kw", f"J{number}"), number, 600)
    assert len(callers.snapshot()) == 4_096
    assert callers.note(5_000, ("kw", "J5000"), 5_001, 600) == 2
    again = RepeatCalls()
    again.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(callers.snapshot())))
    assert again.about(5_000, 5_500) == [("kw", "J5000")]
    assert again.about(5_000, 5_700) == []
    assert again.about(0, 5_000) == []
