"""Repeated reports from one address: a note about a place that names no address (C29)."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import msgspec
import pytest

from rules.language.book import RuleBook
from rules.language.loader import load_book
from streams.records import Alert
from tests.core_cases import World, report

RULE = """format: 1
kind: keyword
defaults: {lifeline: false}
rules:
  - id: kw-address
    title: {zh: 同址多次报警, en: One address}
    match: {address: {reports: 3, within: 5d, without: ["99"]}}
"""
DAY = 24 * 60
HOUSE = hashlib.sha256(b"house").hexdigest()


@pytest.fixture
def book(tmp_path: Path) -> RuleBook:
    (tmp_path / "kw.yaml").write_text(RULE, encoding="utf-8")
    return load_book(tmp_path)


def call(number: int, day: float, house: str = HOUSE, **told: object) -> bytes:
    return report(number, day * DAY, address_hash=house, **told)  # type: ignore[arg-type]


def passed(number: int, day: float) -> bytes:
    """A report that moves event time on."""
    return report(number, day * DAY)


def told(book: RuleBook, *raws: bytes, restart: bool = True) -> list[Alert]:
    world = World(book)
    for raw in raws:
        world.feed([raw])
        if restart:
            world.restart()
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


def test_a_third_report_makes_a_note_that_names_incidents_and_no_address(book: RuleBook) -> None:
    world = World(book)
    world.feed([call(1, 0), call(2, 1), call(3, 2), passed(9, 2.1)])
    (line,) = world.alerts
    alert = msgspec.json.decode(line, type=Alert)
    assert (alert.rule.id, alert.level, alert.review, alert.area.id) == (
        "kw-address",
        "IV",
        True,
        "A",
    )
    assert alert.incidents.ids == ["J00001", "J00002", "J00003"]
    key = int(HOUSE[:15], 16)
    for shown in (HOUSE[:15], HOUSE[:8], str(key)):
        assert shown.encode() not in line


def test_a_further_report_is_a_revision_and_a_quiet_while_ends_it(book: RuleBook) -> None:
    alerts = told(book, *(call(n, n) for n in range(1, 5)), passed(8, 4.1), passed(9, 10))
    assert [(a.revision, a.status, a.incidents.count) for a in alerts] == [
        (1, "firing", 3),
        (2, "firing", 4),
        (3, "resolved", 4),
    ]
    assert len({alert.id for alert in alerts}) == 1
    assert alerts[-1].close_reason == "cleared"
    assert (alerts[-1].times.updated - alerts[-2].times.updated).days == 5


def test_what_is_too_old_left_out_or_from_another_address_does_not_count(book: RuleBook) -> None:
    other = hashlib.sha256(b"other").hexdigest()
    assert told(book, call(1, 0), call(2, 1), call(3, 7), passed(9, 8)) == []
    assert told(book, call(1, 0), call(2, 1), call(3, 2, category="9901"), passed(9, 3)) == []
    assert told(book, call(1, 0), call(2, 1), call(3, 2, other), passed(9, 3)) == []
    assert (
        told(book, call(1, 0), call(2, 1), call(2, 2, event="updated", rev=1), passed(9, 3)) == []
    )
    assert told(book, call(1, 0), call(2, 1), call(3, 2, test=True), passed(9, 3)) == []


def test_order_cuts_and_restarts_do_not_matter(book: RuleBook) -> None:
    minutes = [call(n, 1 + n / (DAY * 10)) for n in range(1, 7)]
    straight = told(book, *minutes, passed(9, 2), restart=False)
    assert [alert.incidents.count for alert in straight] == [3, 4, 5, 6]
    for seed in range(4):
        mixed = list(minutes)
        random.Random(seed).shuffle(mixed)
        assert told(book, *mixed, passed(9, 2)) == straight
        world = World(book)
        world.feed([*mixed, passed(9, 2)])
        assert [msgspec.json.decode(line, type=Alert) for line in world.alerts] == straight


def test_a_book_without_such_a_rule_remembers_no_address(tmp_path: Path) -> None:
    text = RULE.replace('{address: {reports: 3, within: 5d, without: ["99"]}}', "{any: {zh: [抢]}}")
    (tmp_path / "kw.yaml").write_text(text, encoding="utf-8")
    world = World(load_book(tmp_path))
    world.feed([call(1, 0), call(2, 1)])
    plain = World(load_book(tmp_path))
    plain.feed([passed(1, 0), passed(2, 1)])
    assert world.watches[0].snapshot() == plain.watches[0].snapshot()
