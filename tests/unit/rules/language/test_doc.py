"""The rule book in words: conditions, changes and values in both languages; markup stays text."""

from __future__ import annotations

import pytest
from msgspec import convert

from rules.language.book_text import book_text
from rules.language.book_words import Teller, cell
from rules.language.calendar import Calendar
from rules.language.loader import load_book
from rules.language.parts import Tree
from rules.language.schema.common import SuppressWhen
from streams.areas import AreaTree


@pytest.fixture(params=["zh", "en"])
def tell(request):
    return Teller(request.param, Calendar(), Tree({}, AreaTree()))


@pytest.mark.parametrize(
    ("when", "zh", "en"),
    [
        ({}, "始终", "always"),
        ({"area": "32"}, "32", "32"),
        ({"tag": "market"}, "标签market", "tagged market"),
        ({"source": ["app", "wechat"]}, "来源app、wechat", "reported by app, wechat"),
        ({"category": ["10", "robbery"]}, "10 刑事、抢劫抢夺", "10 Crime, robbery"),
        (
            {"day": ["fri", "holiday", "2026-12-06"], "time": "07:45-08:15"},
            "周五、节假日、2026-12-06，07:45-08:15",
            "Friday, holidays, 2026-12-06; 07:45-08:15",
        ),
        ({"time": "night"}, "night（22:00-06:00）", "night (22:00-06:00)"),
        (
            {"rule": "heat", "text": "演练"},
            "规则heat，含“演练”",
            'rule heat; with the words "演练"',
        ),
    ],
)
def test_conditions(tell, when, zh, en):
    said = tell.when(convert(when, SuppressWhen))
    assert said == (zh if tell.language == "zh" else en)


@pytest.mark.parametrize(
    ("name", "value", "zh", "en"),
    [
        ("level", "I", "级别：一级（I）", "level: level I"),
        ("levels.II", None, "取消二级（II）", "no level II"),
        ("levels.III.fire.count", "5", "三级（III）触发起数：5", "level III fires at count: 5"),
        (
            "levels.III.fire",
            {"count": "5"},
            "三级（III）触发：起数 5",
            "level III fires at: count 5",
        ),
        ("for", "5m", "须持续：5分钟", "must hold for: 5 min"),
        ("confirm.reports", "2", "confirm.reports：2", "confirm.reports: 2"),
        ("same_event.radius", "300m", "same_event.radius：300m", "same_event.radius: 300m"),
    ],
)
def test_changes(tell, name, value, zh, en):
    assert tell.change(name, value) == (zh if tell.language == "zh" else en)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a | b", r"a \| b"), ("*a*\n`b`", r"\*a\* \`b\`"), ("<b>[x](y)", r"&lt;b>\[x\](y)")],
)
def test_what_people_wrote_is_never_read_as_markup(text, shown):
    assert cell(text) == shown


def test_a_budget_and_what_it_asks_of_every_level_are_told(tmp_path):
    (tmp_path / "heat.yaml").write_text(
        "format: 1\nkind: heat\nrules:\n"
        "  - id: one\n    title: {zh: 一, en: One}\n    baseline: {model: seasonal-count}\n"
        "    budget: {false: 5 per shift}\n    levels:\n"
        "      III: {fire: {}, clear: {}}\n"
        "      II: {fire: {count: 9}, clear: {score: 1}}\n",
        encoding="utf-8",
    )
    book = load_book(tmp_path)
    zh, en = (book_text(book, language) for language in ("zh", "en"))
    assert "误报预算：全中心每班至多5起，触发分值由此推算" in zh
    assert "| 三级（III） | 达到预算所定分值 | 低于其一半 |" in zh
    assert "false alarms: at most 5 per shift; the score to fire at follows from it" in en
    assert "| level II | 9 or more, and the score of the budget | below 1 as score |" in en
    assert "`budget" not in en


def test_strength_reach_and_reserve_are_told_in_sentences(tmp_path):
    title = "{zh: 名, en: Name}"
    (tmp_path / "heat.yaml").write_text(
        f"format: 1\nkind: heat\nrules:\n  - id: hot\n    title: {title}\n"
        "    strength: {over: 0.85, clear: 0.7}\n"
        "    levels: {III: {fire: {count: 5}, clear: {count: 2}}}\n",
        encoding="utf-8",
    )
    (tmp_path / "cover.yaml").write_text(
        f"format: 1\nkind: coverage\nrules:\n  - id: cold\n    title: {title}\n"
        "    supply: {reach: 8m}\n    reserve: {units: 3, level: II}\n"
        "    levels: {III: {fire: {gap: 1}, clear: {gap: 0}}}\n",
        encoding="utf-8",
    )
    book = load_book(tmp_path)
    zh, en = (book_text(book, language) for language in ("zh", "en"))
    assert "负荷超过在岗警力的85%也触发最低一级，不超过70%解除" in zh
    assert "load above 85% of the strength on duty fires the lowest level, 70% clears it" in en
    assert "8分钟车程内的邻区空闲警力按半数计" in zh
    assert "a warning (level II) while the command has 3 or less free" in en
    assert "`reserve" not in en
    assert "`strength" not in en
