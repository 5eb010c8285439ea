"""The second branch of heat: the same calls meet fewer officers, so the alert comes earlier."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.language.loader import load_book
from streams.intake import Source
from streams.records import Alert
from tests.core_cases import START, World, fix, report, small_city

FILE = Source("file", 0, 1, "mixed")
RULE = """
format: 1
kind: heat
rules:
  - id: hot
    title: {{zh: 热, en: Hot}}
    window: {{size: 30m, every: 1m}}
    floor: 3
    for: 0m
    keep_firing: 2m
    {more}
    levels:
      IV: {{fire: {{count: 20}}, clear: {{count: 10}}}}
      III: {{fire: {{count: 30}}, clear: {{count: 15}}}}
"""
STRENGTH = "strength: {over: 0.85, clear: 0.6}"
A, E = 100.005, 100.205


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Heat alerts of a log, by a book of one rule."""
    city = small_city()

    def play(raws, more=STRENGTH, *, minutes=40):
        folder = tmp_path_factory.mktemp("rules")
        (folder / "heat.yaml").write_text(RULE.format(more=more), encoding="utf-8")
        world = World(load_book(folder, city), areas=city, lateness_min=0)
        for raw in sorted(raws, key=_time):
            world.feed([raw], FILE)
        world.close(minutes, [FILE])
        return [msgspec.json.decode(raw, type=Alert) for raw in world.alerts]

    return play


def _time(raw):
    fields = msgspec.json.decode(raw)
    return fields.get("ts") or fields["reported_at"]


def cars(count, *, lon=A, upto=40, first=0, **fields):
    """Cars that report every two minutes."""
    return [
        fix(first + car, minute, lon=lon, **fields)
        for car in range(count)
        for minute in range(0, upto, 2)
    ]


def calls(count=14, every=1.5):
    return [report(number, 1 + number * every, "A") for number in range(count)]


def began(alerts):
    """Minutes after the start at which the first alert of A fired; None without one."""
    fired = [a.times.updated for a in alerts if a.area.id == "A" and a.status == "firing"]
    return None if not fired else (min(fired) - START) / timedelta(minutes=1)


def test_half_the_officers_alert_earlier_by_the_same_calls(played):
    four, two = (played([*cars(units), *calls()]) for units in (4, 2))
    assert began(two) is not None
    assert began(four) is None or began(two) < began(four)
    assert began(played([*cars(2), *calls()], "")) is None
    assert began(played([*cars(40), *calls()])) is None


def test_the_alert_says_which_branch_load_and_strength(played):
    first = next(a for a in played([*cars(2), *calls()]) if a.area.id == "A")
    assert (first.kind, first.level) == ("heat", "IV")
    assert first.evidence.reasons == ["strength"]
    seen = first.evidence.coverage
    assert seen.units == 2.0
    assert seen.load > 0.85 * 2.0
    assert first.evidence.threshold.strength == 0.85
    assert "heat.yaml:" in first.evidence.threshold.from_
    assert first.evidence.clear_at.strength == 0.6
    assert f"load {seen.load:.1f} on 2 unit(s)" in first.message.en
    assert "警力负荷" in first.message.zh


def test_few_calls_are_no_heat_however_few_the_officers(played):
    assert played([*cars(1, unit_type="foot"), *calls(2)]) == []


def test_it_ends_when_officers_come(played):
    help_ = cars(12, first=50, upto=40)
    later = [raw for raw in help_ if _time(raw) >= (START + timedelta(minutes=20)).isoformat()]
    alerts = [a for a in played([*cars(2), *calls(8), *later]) if a.area.id == "A"]
    assert [a.status for a in alerts] == ["firing", "resolved"]
    assert timedelta(minutes=20) < alerts[1].times.updated - START < timedelta(minutes=26)


def test_calls_enough_for_the_ladder_need_no_shortage(played):
    alerts = played([*cars(60), *calls(24, every=0.5)])
    first = next(a for a in alerts if a.area.id == "A")
    assert (first.level, first.evidence.reasons) == ("IV", [])
    assert first.evidence.threshold.count == 20


def test_where_nobody_tells_of_units_only_calls_count(played):
    alerts = played(calls(24, every=0.5))
    assert [(a.level, a.evidence.reasons) for a in alerts if a.status == "firing"] == [("IV", [])]


def test_lost_radios_are_not_missing_officers(played):
    late = [report(number, 18 + number, "A") for number in range(12)]
    assert played([*cars(8, upto=2), *late]) == []
    assert played([*cars(1, upto=2, lon=E), *late])


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(1, 6), st.integers(0, 6), st.integers(3, 16), st.sampled_from([0.5, 1.0, 2.0]))
def test_fewer_officers_never_alert_later(played, few, more, count, every):
    elsewhere = cars(1, lon=E, first=90)
    less, full = (
        began(played([*cars(units), *elsewhere, *calls(count, every)]))
        for units in (few, few + more)
    )
    assert full is None or (less is not None and less <= full)
