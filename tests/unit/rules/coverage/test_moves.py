"""Suggested moves that the desk accepts or declines: what counts where, and what rests."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from rules.coverage.driving import Driving
from rules.language.loader import load_book
from streams.acts import Act
from streams.intake import Source
from streams.records import Alert
from tests.core_cases import START, START_MS, World, fix, report, small_city

FILE = Source("file", 0, 1, "mixed")
RULE = """
format: 1
kind: coverage
rules:
  - id: cold
    title: {zh: 冰点, en: Cold spot}
    for: 0m
    keep_firing: 1m
    suggest: {donors: 1, donor_keeps: 0}
    levels:
      III: {fire: {gap: 0.5}, clear: {gap: 0.4}}
      II: {fire: {cold: 3}, clear: {cold: 2}}
"""
A, B = 100.005, 100.015


@pytest.fixture
def played(tmp_path):
    """Alerts of A when the desk answers its first suggestion at minute 8; U2 drives, or stays."""
    (tmp_path / "cover.yaml").write_text(RULE, encoding="utf-8")
    city = small_city()
    book = load_book(tmp_path, city)

    def play(answer=None, *, arrives=None, restart=False, minutes=60):
        world = World(book, areas=city, lateness_min=0)
        calls = [(minute, report(minute, minute, "A")) for minute in range(2, 12)]
        calls += [(m, report(900 + m, m, "E", category="95")) for m in range(minutes)]
        for minute in range(minutes):
            rows = [raw for at, raw in calls if at == minute]
            off = "off" if minute >= 5 else "patrol"
            rows.append(fix(1, minute, lon=A, status=off))
            there = arrives is not None and minute >= arrives
            rows.append(fix(2, minute, lon=A if there else B))
            rows += [fix(unit, minute, lon=B) for unit in range(3, 8)]
            world.feed(rows, FILE)
            if minute == 8 and answer is not None:
                first = _of_a(world)[0]
                unit = first.suggest.moves[0].unit
                act = Act(
                    kind="move", id="m1", alert=first.id, by="desk", to=answer, unit=unit,
                    at_ms=START_MS + 999 * 3_600_000, because="test",
                )  # fmt: skip
                world.act(act)
                world.act(act)
            if restart:
                world.restart()
        world.close(minutes, [FILE])
        return world

    return play


def _of_a(world):
    alerts = [msgspec.json.decode(raw, type=Alert) for raw in world.alerts]
    return [alert for alert in alerts if alert.area.id == "A"]


def suggested(world):
    """(minute, unit) of every suggestion for A."""
    found = []
    for alert in _of_a(world):
        for move in alert.suggest.moves:
            minute = round((alert.times.updated - START) / timedelta(minutes=1))
            if (minute, move.unit) not in found and move.answer is None:
                found.append((minute, move.unit))
    return found


def strength(world):
    """Units that A had in what was told of it, after the answer."""
    late = START + timedelta(minutes=9)
    return [a.evidence.coverage.units for a in _of_a(world) if a.times.updated > late]


def test_an_accepted_unit_counts_at_its_taker_while_it_drives(played):
    plain, sent = played(), played("accept", arrives=14)
    assert 1.0 in strength(sent)
    assert 1.0 not in strength(plain)


def test_an_accepted_unit_that_never_comes_counts_where_it_stands_after_half_an_hour():
    driving = Driving()
    driving.accept("U2", "A", 100)
    driving.move(129, [("U2", "B")])
    assert list(driving) == [("U2", "A")]
    again = Driving()
    again.restore(driving.snapshot())
    driving.move(130, [("U2", "B")])
    assert not driving
    again.move(110, [("U2", "A")])
    assert not again


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_an_answered_unit_is_not_suggested_again_for_half_an_hour(played, answer):
    world = played(answer)
    first, *others = suggested(world)
    assert all(unit != first[1] for minute, unit in others if minute <= 38)


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_answers_keep_through_restarts(played, answer):
    whole, restarted = played(answer, arrives=14), played(answer, arrives=14, restart=True)
    assert whole.alerts == restarted.alerts
    assert whole.state() == restarted.state()
