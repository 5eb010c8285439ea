"""Alerts that fire now: what was told, counted; after a restart, and once people closed one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from rules import firing
from rules.firing import Firing
from rules.language.book import RuleBook
from streams.acts import Act, Silence, SilenceWhen
from streams.areas import AreaTree
from streams.records import Alert
from tests.core_cases import START_MS, World, book, report, small_city
from tests.unit.sinks.alerts import alert, ended

HEAT = """
format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 10m, every: 1m}
    levels:
      III: {fire: {count: 3}, clear: {count: 1}}
      II: {fire: {count: 6}, clear: {count: 3}}
    keep_firing: 2m
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    return book(tmp_path_factory.mktemp("rules"), HEAT)


def burst(world: World, first: float, calls: int, area: str, **fields: Any) -> None:
    number = round(first * 1000) + 1
    world.feed([report(number + n, first + n / 60, area, **fields) for n in range(calls)])


def told(world: World) -> dict[str, Alert]:
    """The newest revision of every alert."""
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    return {alert.id: alert for alert in alerts}


def counted(world: World) -> dict[tuple[str, str, str], int]:
    fire = [alert for alert in told(world).values() if alert.status == "firing"]
    return dict(Counter((alert.kind, alert.level, "station") for alert in fire))


def test_what_fires_is_what_was_told_and_outlives_a_restart(rules: RuleBook) -> None:
    world = World(rules, lateness_min=0, areas=small_city())
    burst(world, 1, 3, "A")
    burst(world, 2, 7, "B")
    world.feed([report(90_000, 3, "C", text="有人抢劫")])
    world.close(4)
    (watch,) = world.watches
    assert watch.firing() == counted(world)
    assert sum(watch.firing().values()) == 3
    world.restart()
    (watch,) = world.watches
    assert watch.firing() == counted(world)
    world.close(40)
    assert watch.firing() == counted(world) == {("keyword", "II", "station"): 1}


def test_what_a_person_closed_fires_no_more_also_after_a_restart(rules: RuleBook) -> None:
    world = World(rules, lateness_min=0, areas=small_city())
    burst(world, 1, 3, "A")
    world.close(3)
    (burning,) = told(world).values()
    world.act(Act(kind="close", id="1", alert=burning.id, by="desk", at_ms=START_MS + 200_000))
    (watch,) = world.watches
    assert watch.firing() == {}
    world.restart()
    assert world.watches[0].firing() == {}


def test_silences_are_counted_while_they_stand(rules: RuleBook) -> None:
    world = World(rules, lateness_min=0)
    silence = Silence(
        id="match-day",
        when=SilenceWhen(area=["A"]),
        from_ms=START_MS,
        to_ms=START_MS + 60_000,
    )
    world.act(Act(kind="silence", id="1", by="desk", at_ms=START_MS, silence=silence))
    (watch,) = world.watches
    assert watch.silences(START_MS + 30_000) == 1
    assert watch.silences(START_MS + 90_000) == 0


def test_trials_and_exercises_do_not_count() -> None:
    firing_now = Firing(AreaTree())
    firing_now.hear([alert(id="S", state="shadow"), alert(id="T", state="test"), alert()])
    assert firing_now.counts() == {("heat", "III", "unknown"): 1}
    firing_now.hear([alert(level="II", revision=2)])
    assert firing_now.counts() == {("heat", "II", "unknown"): 1}
    firing_now.hear([ended()])
    assert firing_now.counts() == {}


def test_what_it_keeps_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firing, "_AT_MOST", 5)
    firing_now = Firing(AreaTree())
    firing_now.hear(alert(id=str(number)) for number in range(8))
    firing_now.hear([ended(id="0"), ended(id="7")])
    assert sum(firing_now.counts().values()) == 4
