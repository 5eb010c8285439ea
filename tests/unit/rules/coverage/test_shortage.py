"""How many areas are how cold, for the boards: from the newest tick, and again after a restart."""

from __future__ import annotations

from rules.coverage.shortage import Shortage
from rules.language.loader import load_book
from streams.intake import Source
from tests.core_cases import World, fix, report, small_city

FILE = Source("file", 0, 1, "mixed")
RULE = """
format: 1
kind: coverage
rules:
  - id: cold
    title: {zh: 警力不足, en: Short}
    every: 1m
    levels: {II: {fire: {free_below: 1}, clear: {free_at_least: 1}}}
"""


def minutes(first, last, *, calls=0):
    """Two cars, one in A and one in B; and so many calls in A within the first minute."""
    rows = [
        fix(unit, minute, lon=lon)
        for minute in range(first, last)
        for unit, lon in ((1, 100.005), (2, 100.015))
    ]
    called = [report(first * 1000 + n, first + n / (calls + 1), "A") for n in range(calls)]
    return [*called, *rows, report(first * 1000 + 999, last, "E", category="95")]


def test_areas_are_counted_by_coldness_and_come_back_after_a_restart(tmp_path):
    (tmp_path / "cover.yaml").write_text(RULE, encoding="utf-8")
    world = World(load_book(tmp_path, small_city()), areas=small_city(), lateness_min=0)
    (watch,) = world.watches
    assert watch.shortage() is None
    world.feed(minutes(0, 5), FILE)
    quiet = watch.shortage()
    assert quiet is not None
    assert sum(quiet.areas) == 4, "the stations of the county that has units"
    world.feed(minutes(5, 10, calls=40), FILE)
    loud = watch.shortage()
    assert loud is not None
    assert loud.missing > quiet.missing
    assert sum(loud.areas[1:]) > sum(quiet.areas[1:])
    world.restart()
    (watch,) = world.watches
    assert watch.shortage() is None
    world.feed(minutes(10, 12), FILE)
    assert watch.shortage() is not None


def test_parts_of_several_commands_add_up():
    parts = [Shortage((3, 0, 1, 0), 1.5), Shortage((0, 2, 0, 1), 2.0)]
    assert Shortage.sum(parts) == Shortage((3, 2, 1, 1), 3.5)
