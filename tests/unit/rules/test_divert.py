"""Reports for other desks: fraud with its sum, demand for 12345, and danger that stays here."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from rules.critical.lexicon import Lexicon
from rules.critical.matcher import CriticalMatcher
from rules.critical.second_stage import SecondStage
from rules.language.loader import load_book
from streams.decisions import Divert
from streams.records import Alert
from tests.core_cases import World, report

RULES = """format: 1
kind: keyword
defaults: {lifeline: false}
rules:
  - id: kw-suicide
    title: {zh: 自杀, en: Suicide}
    match: {category: [suicide_jump]}
    lifeline: true
  - id: kw-fraud
    title: {zh: 疑似诈骗, en: Fraud}
    match: {outcome: [fraud], any: {zh: [屏幕共享]}}
    divert: antifraud
  - id: kw-12345
    title: {zh: 诉求, en: Demand}
    match: {outcome: [non_police], any: {zh: [路灯坏, 停电]}}
    divert: "12345"
"""


@pytest.fixture(scope="module")
def matcher() -> CriticalMatcher:
    return CriticalMatcher(Lexicon.load(), SecondStage.load())


class Desk:
    """What a world with these rules tells; it restarts after every record."""

    def __init__(self, folder: Path, matcher: CriticalMatcher, rules: str) -> None:
        (folder / "kw.yaml").write_text(rules, encoding="utf-8")
        self._book = load_book(folder)
        self._matcher = matcher.with_books([self._book])

    def told(self, *raws: bytes) -> list[Alert]:
        world = World(self._book, matcher=self._matcher)
        for raw in raws:
            world.feed([raw])
            world.restart()
        return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


@pytest.fixture
def desk(tmp_path: Path, matcher: CriticalMatcher) -> Desk:
    return Desk(tmp_path, matcher, RULES)


def test_fraud_is_proposed_with_its_sum_and_its_minutes(desk: Desk) -> None:
    (alert,) = desk.told(report(1, 5, text="刚转了五万到安全账户，卡号6222021234567890123，被骗了"))
    assert (alert.rule.id, alert.level, alert.review) == ("kw-fraud", "III", False)
    assert alert.divert is not None
    assert alert.divert.confidence > 0.9
    assert msgspec.structs.replace(alert.divert, confidence=1.0) == Divert(
        to="antifraud", confidence=1.0, amount=50_000.0, currency="CNY", minutes=0.0
    )
    assert "outcome:fraud" in alert.evidence.reasons
    assert "建议转反诈中心" in alert.message.zh
    assert "建议紧急止付，涉款50000 CNY，约0分钟前转出" in alert.message.zh
    assert "suggests to stop the payment, sum 50000 CNY, gone 0 min ago" in alert.message.en
    assert b"6222" not in msgspec.json.encode(alert)


def test_demand_is_proposed_to_the_hotline_and_how_surely_is_told(desk: Desk) -> None:
    (alert,) = desk.told(report(1, 5, text="小区暖气不热，物业不管"))
    assert (alert.rule.id, alert.level) == ("kw-12345", "IV")
    assert alert.divert is not None
    assert alert.divert.to == "12345"
    assert alert.divert.amount is None
    assert 0.8 <= alert.divert.confidence <= 1


def test_every_word_of_its_own_leaves_a_part_of_the_doubt(desk: Desk) -> None:
    one, two = (
        desk.told(report(1, 5, text=text))[0].divert for text in ("他开了屏幕共享", "路灯坏，停电")
    )
    assert one is not None
    assert one.confidence >= 0.7
    assert two is not None
    assert two.confidence >= 0.91


@pytest.mark.parametrize(
    "told",
    [
        {"text": "工地拖欠工资，有人在楼顶要跳楼讨薪"},
        {"text": "停电了，有人从楼顶跳下来了"},
    ],
)
def test_danger_keeps_a_report_with_the_police(desk: Desk, told: dict[str, str]) -> None:
    alerts = desk.told(report(1, 5, **told))
    assert [(a.rule.id, a.divert) for a in alerts] == [("kw-suicide", None)]


def test_a_report_that_the_seat_grades_high_is_not_given_away(desk: Desk) -> None:
    assert desk.told(report(1, 5, text="小区停水三天了", level="I")) == []
    assert len(desk.told(report(1, 5, text="小区停水三天了", level="IV"))) == 1


def test_what_the_hotline_passes_on_takes_the_same_path_as_a_call(desk: Desk) -> None:
    texts = "有人在楼顶要跳楼讨薪"
    call, passed = (
        desk.told(report(1, 5, text=texts, source=source))[0]
        for source in ("phone_110", "hotline_12345")
    )
    assert call == passed


def test_a_later_report_adds_the_sum_and_takes_nothing_away(desk: Desk) -> None:
    first, second = desk.told(
        report(1, 5, text="我被电信诈骗了"),
        report(1, 8, text="我被诈骗了，转了三万，半小时前", event="updated", rev=1),
        report(1, 9, text="我被诈骗了，转了三万", event="updated", rev=2),
        report(1, 10, text="我被诈骗了", event="updated", rev=3),
    )
    assert first.id == second.id
    assert first.divert is not None
    assert first.divert.amount is None
    assert second.revision == 2
    assert second.divert is not None
    assert (second.divert.amount, second.divert.minutes) == (30_000.0, 30.0)


def test_a_report_that_was_given_away_is_over(desk: Desk) -> None:
    _, last = desk.told(
        report(1, 5, text="小区停水三天了"),
        report(1, 9, text="", event="diverted", rev=1),
        report(1, 10, text="小区停水三天了", event="diverted", rev=2),
    )
    assert (last.status, last.close_reason) == ("resolved", "diverted")


def test_how_sure_an_outcome_must_be_is_the_rules_own(
    tmp_path: Path, matcher: CriticalMatcher
) -> None:
    text = "小区电梯坏了"
    assert len(Desk(tmp_path, matcher, RULES).told(report(1, 5, text=text))) == 1
    sure = RULES.replace("outcome: [non_police]", "outcome: [non_police], sure: 0.98")
    assert Desk(tmp_path, matcher, sure).told(report(1, 5, text=text)) == []
