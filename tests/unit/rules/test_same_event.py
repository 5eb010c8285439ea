"""Many callers, one event: one alert with all their incidents, revised as reports change."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.language.schema.keyword import SameEvent
from rules.same_event import Seen, nearest
from streams.records import Alert
from streams.sketch import sketch_of
from tests.keyword_desk import Desk, call

ROBBERY = """
defaults: {same_event: {by: [category], within: 10m, radius: 300m}}
rules:
  - id: kw-robbery
    title: {zh: 抢劫警情, en: Robbery reported}
    level: II
    match: {category: [robbery], any: {zh: [抢劫]}, unless: {zh: [演练]}}
    withdraw_on: [cancelled, reclassified]
"""
KNIFE = "夜市门口有人持刀抢劫手机"
SEEN = "看到夜市门口有人在抢劫手机"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, ROBBERY)


def of_incidents(told: list[Alert]) -> list[tuple[str, list[str]]]:
    names: dict[str, str] = {}
    return [
        (names.setdefault(a.id, f"{len(names) + 1}"), [i[-2:] for i in a.incidents.ids])
        for a in told
    ]


def test_callers_about_one_event_are_one_alert_and_call_nobody_again(desk: Desk) -> None:
    told = desk.hear([call(n, n * 0.4, KNIFE if n % 2 else SEEN, metres=n * 20) for n in range(12)])
    assert len({alert.id for alert in told}) == 1
    assert [a.revision for a in told] == list(range(1, 13))
    assert told[-1].incidents.count == 12
    assert told[-1].incidents.ids == [f"J000{n:02}" for n in range(12)]
    assert told[0].previous_level is None
    assert {(a.previous_level, a.level, a.review) for a in told[1:]} == {("II", "II", False)}
    assert told[0].message.zh == "抢劫警情（二级）：A，命中“抢劫、手机”"
    assert "12起报警" in told[-1].message.zh
    assert "12 reports" in told[-1].message.en


def test_what_is_too_far_off_or_too_long_ago_is_another_event(desk: Desk) -> None:
    told = desk.hear(
        [
            call(1, 0, KNIFE),
            call(2, 1, KNIFE, metres=250, area="B"),
            call(3, 2, KNIFE, metres=-700),
            call(4, 12.5, KNIFE),
            call(5, 22, KNIFE),
            call(6, 3, KNIFE, area="D"),
        ]
    )
    assert of_incidents(told) == [
        ("1", ["01"]),
        ("1", ["01", "02"]),
        ("2", ["03"]),
        ("3", ["04"]),
        ("3", ["04", "05"]),
        ("4", ["06"]),
    ]
    assert {a.area.id for a in told[:2]} == {"A"}, "an alert stays where it began"


def test_without_a_place_the_area_and_a_like_text_have_to_do(desk: Desk) -> None:
    told = desk.hear(
        [
            call(1, 0, KNIFE),
            call(2, 1, SEEN, metres=None),
            call(3, 2, "超市后面的巷子里两个人在抢劫老太太的金项链", metres=None),
            call(4, 2, SEEN, metres=None, area="B"),
        ]
    )
    assert [ids for _, ids in of_incidents(told)] == [["01"], ["01", "02"], ["03"], ["04"]]


def test_a_graver_report_raises_the_alert_it_joins(desk: Desk) -> None:
    told = desk.hear([call(1, 0, KNIFE), call(2, 1, SEEN, level="I"), call(3, 2, KNIFE)])
    assert [(a.level, a.previous_level) for a in told] == [("II", None), ("I", "II"), ("I", "I")]


def test_an_event_heard_by_phone_and_chat_is_counted_by_channel(desk: Desk) -> None:
    told = desk.hear([call(1, 0, KNIFE), call(2, 1, SEEN, source="wechat"), call(3, 2, KNIFE)])
    assert told[0].incidents.channels is None
    assert told[-1].incidents.channels == {"phone_110": 2, "wechat": 1}


def test_one_report_that_is_recalled_revises_and_all_of_them_withdraw(desk: Desk) -> None:
    told = desk.hear(
        [
            call(1, 0, KNIFE, level="I"),
            call(2, 1, SEEN, metres=100),
            call(1, 2, rev=1, event="cancelled"),
            call(2, 3, rev=1, event="cancelled"),
        ]
    )
    said = [(a.revision, a.status, a.level, a.incidents.ids, a.incidents.count) for a in told[1:]]
    assert said == [
        (2, "firing", "I", ["J00001", "J00002"], 2),
        (3, "firing", "II", ["J00002"], 1),
        (4, "withdrawn", "II", ["J00001", "J00002"], 2),
    ]
    assert len({a.id for a in told}) == 1, "the name stays, whoever leads"
    assert told[-1].close_reason == "cancelled"


def test_the_alert_closes_when_all_its_reports_are_closed(desk: Desk) -> None:
    told = desk.hear(
        [
            call(1, 0, KNIFE),
            call(2, 1, SEEN),
            call(3, 1, SEEN),
            call(1, 4, rev=1, event="closed"),
            call(2, 5, rev=1, event="updated", category="3001"),
            call(3, 6, rev=1, event="cancelled"),
        ]
    )
    assert [(a.status, a.incidents.count, a.close_reason) for a in told[3:]] == [
        ("firing", 2, None),
        ("resolved", 1, "closed"),
    ]


def test_who_led_hands_over_and_the_alert_moves_with_it(desk: Desk) -> None:
    told = desk.hear(
        [
            call(1, 0, KNIFE),
            call(2, 1, SEEN, area="B"),
            call(1, 2, rev=1, event="cancelled"),
            call(3, 3, KNIFE),
        ]
    )
    assert [a.area.id for a in told] == ["A", "A", "B", "B"]
    assert told[-1].incidents.ids == ["J00002", "J00003"]


def test_a_recalled_report_that_turns_serious_comes_back_to_its_alert(desk: Desk) -> None:
    told = desk.hear(
        [
            call(1, 0, KNIFE),
            call(2, 1, SEEN),
            call(1, 2, rev=1, event="cancelled"),
            call(1, 3, KNIFE, rev=2, event="updated"),
            call(1, 4, KNIFE, rev=3, event="updated", level="I"),
            call(1, 5, rev=4, event="closed"),
            call(2, 5, rev=1, event="closed"),
            call(2, 6, SEEN, rev=2, event="updated", level="I"),
        ]
    )
    assert [(a.revision, a.status, a.level, a.incidents.count) for a in told] == [
        (1, "firing", "II", 1),
        (2, "firing", "II", 2),
        (3, "firing", "II", 1),
        (4, "firing", "I", 2),
        (5, "resolved", "I", 2),
        (6, "firing", "I", 2),
    ]
    assert len({a.id for a in told}) == 1


def test_a_drill_that_a_real_report_joins_is_real(tmp_path: Path) -> None:
    rest = (
        "suppress: [{id: joint, when: {text: 联合演练}, to: '2026-03-02T09:00:00Z', do: exercise, "
        "by: x, because: x}]\n"
    )
    told = Desk(tmp_path, ROBBERY + rest).hear(
        [call(1, 0, "联合演练，有人抢劫"), call(2, 1, "联合演练，有人抢劫"), call(3, 2, KNIFE)]
    )
    assert [(a.state, a.incidents.count) for a in told] == [("test", 1), ("test", 2), ("live", 3)]
    assert told[-1].previous_level is None, "somebody has to be called now"


def test_reports_of_one_event_confirm_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ROBBERY + "    confirm: {reports: 3, within: 5m}\n")
    told = desk.hear([call(1, 0, KNIFE), call(2, 4, SEEN), call(3, 7, SEEN), call(4, 8, SEEN)])
    assert [a.review for a in told] == [True, True, True, False]


def test_a_link_of_the_seat_joins_wherever_and_whenever_it_is(desk: Desk) -> None:
    told = desk.hear(
        [
            call(1, 0, KNIFE),
            call(2, 55, KNIFE, area="C", metres=5_000, linked_to="J00001"),
            call(3, 56, "问一下情况", area="C", linked_to="J00001"),
            call(4, 57, "问一下情况", area="C", linked_to="J09999"),
        ]
    )
    assert [a.incidents.count for a in told] == [1, 2, 3]
    assert told[-1].level == "II"


def test_by_says_what_must_be_equal() -> None:
    first = Seen(0, "A", -1, sketch_of(KNIFE))
    events = [("one", [first])]

    def joins(by: list[str], **other: object) -> bool:
        same = SameEvent(by=by, within="5m")  # type: ignore[arg-type]
        fields = {"time_ms": 60_000, "area_id": "A", "place": -1, "sketch": 0} | other
        return nearest(same, Seen(**fields), events) == "one"  # type: ignore[arg-type]

    assert joins(["area"])
    assert not joins(["area"], area_id="B")
    assert not joins(["category"], area_id="B"), "without a radius events lie in one area"
    assert not joins(["area"], time_ms=300_001)
    assert not joins(["area", "text"])
    assert joins(["area", "text"], sketch=sketch_of(SEEN))


def test_of_two_events_the_nearer_one_takes_the_report() -> None:
    places = {name: Seen(0, "A", 1 << 62 | n, 0) for n, name in enumerate(("far", "near"))}
    events = [(name, [seen]) for name, seen in places.items()]
    same = SameEvent(by=["area"], within="5m")
    assert nearest(same, Seen(0, "A", places["near"].place, 0), events) == "near"
    assert nearest(same, Seen(1, "A", -1, 0), events) == "far", "of equals the first"


TWINS = """format: 1
kind: heat
rules:
  - id: heat-area
    title: {zh: 激增, en: Burst}
    count: {link: {within: 30m, type: 5m}}
    window: {size: 10m, every: 1m}
    floor: 1
    baseline: {model: fixed}
    levels: {III: {fire: {count: 1}, clear: {count: 0}}}
"""


def test_twelve_callers_about_one_event_are_one_alert_and_count_once(tmp_path: Path) -> None:
    (tmp_path / "heat.yaml").write_text(TWINS, encoding="utf-8")
    desk = Desk(tmp_path, ROBBERY)
    for number in range(12):
        desk.hear([call(number, number * 0.4, KNIFE if number % 2 else SEEN, metres=number * 25)])
    desk.world.close(60)
    told = desk.hear([])
    keyword = [alert for alert in told if alert.kind == "keyword"]
    heat = [alert for alert in told if alert.kind == "heat"]
    assert (len({a.id for a in keyword}), keyword[-1].incidents.count) == (1, 12)
    assert max(a.incidents.count for a in heat) == 1
    assert max(a.incidents.calls or 0 for a in heat if a.status == "firing") >= 1
    assert all(a.level == "III" for a in heat), "a crowd of callers makes no heat"
