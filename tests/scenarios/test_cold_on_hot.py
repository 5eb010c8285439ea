"""Heat and strength together: a cold spot on a hot area is level I, and only there (C5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from rules.language.loader import load_book
from streams.intake import Source
from streams.records import Alert
from tests.core_cases import START, World, fix, report, small_city

FILE = Source("file", 0, 1, "mixed")
RULES = {
    "heat": """
  - id: heat-street
    title: {zh: 街面警情热点, en: Street crime heat}
    window: {size: 15m, every: 1m}
    levels: {III: {fire: {count: 5}, clear: {count: 2}}}
""",
    "coverage": """
  - id: cover-patrol
    title: {zh: 警力冰点, en: Patrol cold spot}
    for: 2m
    keep_firing: 2m
    levels:
      II: {fire: {free_below: 1}, clear: {free_at_least: 1}}
      I: {fire: {free_below: 1, with: heat-street}, clear: {free_at_least: 1}}
""",
}
MINUTES = 40
Told = list[tuple[int, str, str, str]]


@pytest.fixture
def played(tmp_path: Path) -> Callable[..., Told]:
    """(minute, rule, status, level) of what is told of A; its cars leave at one minute."""
    city = small_city()
    for kind, text in RULES.items():
        head = f"format: 1\nkind: {kind}\nrules:"
        (tmp_path / f"{kind}.yaml").write_text(head + text, encoding="utf-8")
    book = load_book(tmp_path, city)

    def play(*, calls: int, leave: int | None) -> Told:
        world = World(book, areas=city, lateness_min=0)
        for minute in range(MINUTES):
            status = "off" if leave is not None and minute >= leave else "patrol"
            rows = [fix(1, minute, status=status), fix(2, minute, status=status)]
            rows += [fix(3, minute, lon=100.205), report(900 + minute, minute, "E")]
            if 10 <= minute < 10 + calls:
                rows.append(report(minute, minute, "A"))
            world.feed(rows, FILE)
        world.close(MINUTES, [FILE])
        alerts = [msgspec.json.decode(raw, type=Alert) for raw in world.alerts]
        return [
            (
                round((a.times.updated - START) / timedelta(minutes=1)),
                a.rule.id,
                a.status,
                a.level,
            )
            for a in alerts
            if a.area.id == "A" and a.level != "IV"
        ]

    return play


def test_calls_alone_are_heat_and_no_cold_spot(played: Callable[..., Told]) -> None:
    assert {rule for _, rule, _, _ in played(calls=8, leave=None)} == {"heat-street"}


def test_missing_cars_alone_are_a_cold_spot_of_level_ii(played: Callable[..., Told]) -> None:
    assert played(calls=0, leave=12) == [(15, "cover-patrol", "firing", "II")]


def test_a_cold_spot_on_a_hot_area_is_level_i(played: Callable[..., Told]) -> None:
    told = played(calls=8, leave=20)
    assert ("heat-street", "firing", "III") in [row[1:] for row in told]
    first = next(row for row in told if row[1] == "cover-patrol")
    assert first == (23, "cover-patrol", "firing", "I")


def test_a_cold_spot_turns_grave_when_its_area_turns_hot(played: Callable[..., Told]) -> None:
    levels = [row[3] for row in played(calls=8, leave=5) if row[1:3] == ("cover-patrol", "firing")]
    assert levels[:2] == ["II", "I"]
