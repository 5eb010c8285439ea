"""The rule book in words: conditions, changes and values in both languages; markup stays text."""

from __future__ import annotations

import pytest
from msgspec import convert

from rules.language.book_words import Teller, cell
from rules.language.calendar import Calendar
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
