"""Keyword rules in full: own words, levels, overrides, confirmation, silences, shadow, switches."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from rules.confirm import Confirmations
from rules.critical.lexicon import Lexicon
from rules.critical.matcher import CriticalMatcher
from rules.language.book import RuleBook
from rules.language.loader import load_book
from streams.records import Alert
from tests.core_cases import World, report

GAS = """
  - id: kw-gas
    title: {zh: 燃气警情, en: Gas reported}
    match: {any: {zh: [煤气味, 燃气泄漏], en: [gas leak]}, unless: {zh: [演练], en: [drill]}}
"""
ROBBERY = """
  - id: kw-robbery
    title: {zh: 抢劫警情, en: Robbery reported}
    level: II
    match: {category: [robbery], any: {zh: [抢劫]}, unless: {zh: [演练]}}
"""
NO_HOLD = ROBBERY + "    lifeline: false\n"


@pytest.fixture(scope="module")
def words() -> CriticalMatcher:
    return CriticalMatcher(Lexicon.load())


class Desk:
    """A world of rules given as text; what it was told, by line."""

    def __init__(self, folder: Path, words: CriticalMatcher) -> None:
        self._folder = folder
        self._words = words
        self._made = 0

    def book(self, rules: str, rest: str = "") -> RuleBook:
        self._made += 1
        directory = self._folder / str(self._made)
        directory.mkdir()
        text = f"format: 1\nkind: keyword\nrules:{rules}{rest}"
        (directory / "kw.yaml").write_text(text, encoding="utf-8")
        return load_book(directory)

    def world(self, *books: RuleBook) -> World:
        return World(books[0], matcher=self._words.with_books(books))

    def told(self, rules: str, *raws: bytes, rest: str = "") -> list[Alert]:
        world = self.world(self.book(rules, rest))
        for raw in raws:
            world.feed([raw])
            world.restart()
        return alerts(world)


@pytest.fixture
def desk(tmp_path: Path, words: CriticalMatcher) -> Desk:
    return Desk(tmp_path, words)


def alerts(world: World) -> list[Alert]:
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


def test_words_of_its_own_alert_at_its_level_or_at_three(desk: Desk) -> None:
    alert = desk.told(GAS, report(1, 5, text="楼道里有煤气味很重"))[0]
    assert (alert.rule.id, alert.level, alert.review) == ("kw-gas", "III", False)
    assert [(t.start, t.end, t.term, t.category) for t in alert.evidence.terms] == [
        (4, 7, "煤气味", "kw-gas")
    ]
    assert alert.evidence.category is None
    assert alert.message.zh == "燃气警情（三级）：A，命中“煤气味”"
    assert desk.told(GAS + "    level: I\n", report(1, 5, text="a gas leak!"))[0].level == "I"


@pytest.mark.parametrize("text", ["没有煤气味", "咨询一下煤气味怎么办", "gasleaks", "演练"])
def test_words_that_are_taken_back_or_stand_within_others_say_nothing(
    desk: Desk, text: str
) -> None:
    assert desk.told(GAS, report(1, 5, text=text)) == []


def test_unless_lowers_and_asks_for_review_but_never_drops(desk: Desk) -> None:
    rings = desk.told(ROBBERY, report(1, 5, text="这不是演练，有人抢劫我"))[0]
    assert (rings.level, rings.review) == ("III", True)
    assert "unless:演练" in rings.evidence.reasons
    doubted = desk.told(ROBBERY, report(1, 5, text="抢劫演练"))[0]
    assert (doubted.level, doubted.review) == ("IV", True)
    coded = desk.told(ROBBERY, report(1, 5, text="演练", category="1002"))
    assert [(a.level, a.review) for a in coded] == [("III", True)]


def test_the_level_is_the_graver_of_the_grade_and_the_rules(desk: Desk) -> None:
    assert desk.told(ROBBERY, report(1, 5, text="有人抢劫"))[0].level == "II"
    assert desk.told(ROBBERY, report(1, 5, text="有人抢劫", level="I"))[0].level == "I"
    raised = ROBBERY.replace("level: II", "level: I")
    assert desk.told(raised, report(1, 5, text="有人抢劫"))[0].level == "I"


def test_an_incident_may_raise_alerts_of_several_rules(desk: Desk) -> None:
    told = desk.told(
        ROBBERY + GAS,
        report(1, 5, text="有人抢劫，楼道里还有煤气味"),
        report(1, 9, rev=1, event="closed"),
    )
    assert [(a.rule.id, a.status, a.revision) for a in told] == [
        ("kw-robbery", "firing", 1),
        ("kw-gas", "firing", 1),
        ("kw-robbery", "resolved", 2),
        ("kw-gas", "resolved", 2),
    ]
    assert len({a.id for a in told}) == 2
    assert [t.term for t in told[0].evidence.terms] == ["抢劫"]
    assert [t.term for t in told[1].evidence.terms] == ["煤气味"]


def test_an_incident_has_one_alert_by_category_whatever_it_turns_into(desk: Desk) -> None:
    kidnapping = """
  - {id: kw-kidnapping, title: {zh: 绑架, en: Kidnapping}, match: {category: [kidnapping]}}
"""
    told = desk.told(
        ROBBERY + kidnapping,
        report(1, 5, text="有人抢劫"),
        report(1, 6, text="歹徒绑架了孩子", rev=1, event="updated"),
    )
    assert [(a.rule.id, a.revision, a.level, a.previous_level) for a in told] == [
        ("kw-robbery", 1, "II", None),
        ("kw-robbery", 2, "I", "II"),
    ]


def test_a_rule_in_shadow_answers_beside_the_live_one(desk: Desk) -> None:
    trial = ROBBERY.replace("kw-robbery", "kw-trial") + "    state: shadow\n"
    told = desk.told(ROBBERY + trial, report(1, 5, text="有人抢劫"))
    assert [(a.rule.id, a.state) for a in told] == [("kw-robbery", "live"), ("kw-trial", "shadow")]
    assert desk.told(ROBBERY + "    state: off\n", report(1, 5, text="有人抢劫")) == []


def test_overrides_hold_by_what_the_report_says(desk: Desk) -> None:
    rules = (
        ROBBERY
        + """    overrides:
      - {when: {time: "22:00-06:00"}, set: {level: I}, because: night}
      - {when: {source: app}, set: {level: III}, because: pranks}
      - {when: {category: "2001", area: B}, set: {level: I}, because: market}
      - {when: {area: C}, set: {level: I}, because: fair, until: 2026-03-02T08:30:00Z}
"""
    ).replace("level: II\n", "level: III\n")

    def level(**fields: object) -> tuple[str, list[str]]:
        minute = fields.pop("minute", 5)
        text = "有人在抢劫"
        alert = desk.told(rules, report(1, minute, text=text, **fields))[0]  # type: ignore[arg-type]
        return alert.level, alert.rule.overrides

    assert level(category="3001") == ("II", [])
    assert level(minute=6 * 60, category="3001") == ("I", ["0: night"])  # 22:00 in Shanghai
    assert level(minute=6 * 60, source="app", category="3001") == ("II", ["0: night", "1: pranks"])
    assert level(area="B") == ("I", ["2: market"])
    assert level(area="C", category="3001") == ("I", ["3: fair"])
    assert level(area="C", category="3001", minute=31) == ("II", [])


CONFIRM = ROBBERY + "    confirm: {reports: 2, within: 5m}\n"


def test_a_report_alone_is_for_review_until_another_confirms_it(desk: Desk) -> None:
    told = desk.told(
        CONFIRM,
        report(1, 5, text="有人抢劫"),
        report(1, 6, text="有人抢劫", rev=1, event="updated"),
        report(2, 7, "B", text="有人抢劫"),
        report(3, 9, text="有人抢劫"),
        report(4, 30, text="有人抢劫"),
    )
    said = [(a.incidents.ids[0], a.revision, a.review) for a in told]
    assert said == [
        ("J00001", 1, True),
        ("J00002", 1, True),
        ("J00003", 1, False),
        ("J00001", 2, False),
        ("J00004", 1, True),
    ]
    assert [t.term for t in told[3].evidence.terms] == ["抢劫"], "the reasons are told again"
    assert told[3].times.updated > told[3].times.breached


def test_a_recalled_report_confirms_nothing(desk: Desk) -> None:
    told = desk.told(
        CONFIRM,
        report(1, 5, text="有人抢劫"),
        report(1, 6, rev=1, event="cancelled"),
        report(2, 7, text="有人抢劫"),
    )
    assert [(a.status, a.review) for a in told] == [
        ("firing", True),
        ("withdrawn", False),
        ("firing", True),
    ]


def test_confirmation_can_be_asked_for_where_an_override_says_so(desk: Desk) -> None:
    rules = (
        ROBBERY
        + """    overrides:
      - {when: {source: app}, set: {confirm.reports: 2, confirm.within: 5m}, because: pranks}
"""
    )
    told = desk.told(
        rules,
        report(1, 5, text="有人抢劫", source="app"),
        report(2, 6, text="有人抢劫"),
    )
    assert [(a.incidents.ids[0], a.review) for a in told] == [
        ("J00001", True),
        ("J00002", False),
        ("J00001", False),
    ]


def test_what_withdraws_an_alert_is_said_by_the_rule(desk: Desk) -> None:
    rows = [
        report(1, 5, text="有人抢劫"),
        report(1, 6, text="有人抢劫", rev=1, event="updated", category="3001"),
        report(1, 7, rev=2, event="cancelled"),
        report(1, 8, rev=3, event="closed"),
    ]
    by_default = desk.told(ROBBERY, *rows)
    assert [(a.status, a.close_reason) for a in by_default] == [
        ("firing", None),
        ("withdrawn", "cancelled"),
    ]
    recoded = desk.told(ROBBERY + "    withdraw_on: [reclassified]\n", *rows)
    assert [(a.status, a.close_reason) for a in recoded] == [
        ("firing", None),
        ("withdrawn", "reclassified"),
    ]
    never = desk.told(ROBBERY + "    withdraw_on: []\n", *rows)
    assert [(a.status, a.close_reason) for a in never] == [("firing", None), ("resolved", "closed")]


def test_a_code_of_the_rules_own_category_reclassifies_nothing(desk: Desk) -> None:
    told = desk.told(
        ROBBERY + "    withdraw_on: [reclassified]\n",
        report(1, 5, text="有人抢劫"),
        report(1, 6, text="有人抢劫", rev=1, event="updated", category="1002"),
    )
    assert [a.status for a in told] == ["firing"]


def test_an_ended_alert_begins_anew_only_for_something_graver(desk: Desk) -> None:
    told = desk.told(
        ROBBERY,
        report(1, 5, text="有人抢劫"),
        report(1, 6, rev=1, event="closed"),
        report(1, 7, text="有人抢劫", rev=2, event="updated"),
        report(1, 8, text="有人抢劫", rev=3, event="updated", level="I"),
    )
    assert [(a.status, a.revision, a.level) for a in told] == [
        ("firing", 1, "II"),
        ("resolved", 2, "II"),
        ("firing", 3, "I"),
    ]


def silence(do: str) -> str:
    return (
        f"suppress: [{{id: quiet, when: {{area: A}}, from: '2026-03-02T08:00:00Z', "
        f"to: '2026-03-02T08:10:00Z', do: {do}, by: x, because: x}}]\n"
    )


def test_a_silence_caps_or_marks_what_is_told(desk: Desk) -> None:
    capped = desk.told(ROBBERY, report(1, 5, text="有人抢劫"), rest=silence("cap, cap: III"))[0]
    assert (capped.level, capped.suppressed_by, capped.state) == ("III", ["quiet"], "live")
    assert "三级" in capped.message.zh
    drill = desk.told(
        ROBBERY,
        report(1, 5, text="有人抢劫"),
        report(1, 20, rev=1, event="closed"),
        rest=silence("exercise"),
    )
    assert [(a.status, a.state) for a in drill] == [("firing", "test"), ("resolved", "test")]


def test_nothing_holds_a_lifeline_back(desk: Desk) -> None:
    told = desk.told(ROBBERY, report(1, 5, text="有人抢劫"), rest=silence("hold"))
    assert [(a.status, a.suppressed_by) for a in told] == [("firing", [])]


def test_what_was_held_back_is_told_when_the_silence_ends(desk: Desk) -> None:
    told = desk.told(
        NO_HOLD,
        report(1, 5, text="有人抢劫"),
        report(2, 6, text="有人抢劫"),
        report(2, 8, rev=1, event="closed"),
        report(3, 40),
        report(1, 41, rev=1, event="closed"),
        rest=silence("hold"),
    )
    assert [(a.incidents.ids[0], a.status, a.revision) for a in told] == [
        ("J00001", "firing", 2),
        ("J00001", "resolved", 3),
    ]
    assert f"{told[0].times.updated:%H:%M}" == "08:10"
    assert f"{told[0].times.fired:%H:%M}" == "08:05"
    assert [t.term for t in told[0].evidence.terms] == ["抢劫"]


def test_an_alert_told_before_the_silence_is_told_to_its_end(desk: Desk) -> None:
    rest = silence("hold").replace("08:00:00", "08:04:00")
    told = desk.told(
        NO_HOLD,
        report(1, 3, text="有人抢劫"),
        report(1, 5, text="有人抢劫", rev=1, event="updated", level="I"),
        report(1, 8, rev=2, event="closed"),
        rest=rest,
    )
    assert [(a.status, a.revision, a.level, a.suppressed_by) for a in told] == [
        ("firing", 1, "II", []),
        ("resolved", 3, "I", ["quiet"]),
    ]


def test_an_incident_that_turns_into_another_can_be_withdrawn_and_told_anew(desk: Desk) -> None:
    kidnapping = """
  - {id: kw-kidnapping, title: {zh: 绑架, en: Kidnapping}, match: {category: [kidnapping]}}
"""
    told = desk.told(
        ROBBERY + "    withdraw_on: [reclassified]\n" + kidnapping,
        report(1, 5, text="有人抢劫"),
        report(1, 6, text="绑架了孩子", rev=1, event="updated", category="1004"),
    )
    assert [(a.rule.id, a.status) for a in told] == [
        ("kw-robbery", "firing"),
        ("kw-robbery", "withdrawn"),
        ("kw-kidnapping", "firing"),
    ]


def test_a_silence_may_ask_for_words_of_the_report(desk: Desk) -> None:
    rest = silence("exercise").replace("area: A", "text: 联合演练")
    told = desk.told(
        ROBBERY,
        report(1, 5, text="联合演练，抢劫"),
        report(2, 5, text="有人抢劫"),
        report(3, 5, text="联合演练", category="1002"),
        rest=rest,
    )
    assert [(a.incidents.ids[0], a.state) for a in told] == [
        ("J00001", "test"),
        ("J00002", "live"),
        ("J00003", "test"),
    ]


def test_an_exercise_that_turns_serious_is_told_as_such(desk: Desk) -> None:
    rest = silence("exercise").replace("area: A", "text: 联合演练")
    told = desk.told(
        ROBBERY,
        report(1, 5, text="联合演练，抢劫"),
        report(1, 6, text="联合演练，抢劫", rev=1, event="updated"),
        report(1, 7, text="真的有人抢劫", rev=2, event="updated"),
        rest=rest,
    )
    assert [(a.state, a.revision) for a in told] == [("test", 1), ("live", 2)]


def test_a_rule_may_have_a_text_of_its_own(desk: Desk) -> None:
    rules = (
        GAS
        + """    message:
      zh: "{{ area.name }}{{ title }}：{{ words | join('、') }}"
      en: "{{ title }} in {{ area.name }}"
"""
    )
    told = desk.told(
        rules, report(1, 5, text="楼道里有煤气味"), report(1, 9, rev=1, event="closed")
    )
    assert told[0].message.zh == "A燃气警情：煤气味"
    assert told[0].message.en == "Gas reported in A"
    assert told[1].message.en == "[closed] Gas reported in A"


def test_a_rule_that_goes_closes_its_alerts_and_one_that_leaves_shadow_is_told(desk: Desk) -> None:
    trial = ROBBERY + "    state: shadow\n"
    first, second, third = desk.book(trial + GAS), desk.book(ROBBERY + GAS), desk.book(GAS)
    world = desk.world(first, second, third)
    world.feed([report(1, 5, text="有人抢劫，楼道里还有煤气味")])
    world.switch(second, 10)
    world.feed([report(1, 12, text="有人抢劫", rev=1, event="updated")])
    world.restart()
    world.switch(third, 20)
    world.feed([report(2, 40)])
    said = [(a.rule.id, a.status, a.state, a.revision, a.close_reason) for a in alerts(world)]
    assert said == [
        ("kw-robbery", "firing", "shadow", 1, None),
        ("kw-gas", "firing", "live", 1, None),
        ("kw-robbery", "firing", "live", 2, None),
        ("kw-robbery", "resolved", "live", 3, "rule_removed"),
    ]


def test_words_of_a_later_book_say_nothing_before_it_holds(desk: Desk) -> None:
    later = desk.book(GAS.replace("煤气味, ", "煤气味, 臭鸡蛋味, "))
    world = desk.world(desk.book(GAS), later)
    world.feed([report(1, 5, text="楼道里有臭鸡蛋味")])
    world.switch(later, 10)
    world.feed([report(2, 12, text="楼道里有臭鸡蛋味"), report(3, 8, text="一股臭鸡蛋味")])
    assert [a.incidents.ids[0] for a in alerts(world)] == ["J00002"]


def test_reports_confirm_each_other_whatever_their_order() -> None:
    for order in ((0, 60, 120), (120, 0, 60)):
        reports = Confirmations()
        for time in order:
            reports.add(("kw", "robbery", "A"), time, f"J{time}")
            reports.add(("kw", "robbery", "A"), time + 1, f"J{time}")
        assert [reports.most(("kw", "robbery", "A"), t, 60) for t in (0, 60, 120, 300)] == [
            2, 2, 2, 0,
        ]  # fmt: skip
        assert reports.most(("kw", "robbery", "A"), 60, 120) == 3
        assert reports.incidents(("kw", "robbery", "A")) == ["J0", "J60", "J120"]


def test_what_is_remembered_of_reports_is_bounded() -> None:
    reports = Confirmations()
    for number in range(5_000):
        reports.add(("kw", "robbery", f"A{number}"), number, f"J{number}")
        reports.add(("kw", "robbery", "B"), number, f"J{number}")
    state = reports.snapshot()
    assert len(state) == 1_024
    assert max(len(row[-1]) for row in state) == 40
    again = Confirmations()
    again.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(state)))
    assert msgspec.msgpack.encode(again.snapshot()) == msgspec.msgpack.encode(state)
