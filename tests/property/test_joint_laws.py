"""The laws of alerts that are told together: nobody is lost, and neither order nor cuts show."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.language.book import RuleBook
from streams.records import Alert
from tests.core_cases import World, book, report, small_city

CITY = small_city()
PLAIN = """
format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 12m, every: 1m}
    floor: 2
    levels:
      III: {fire: {count: 3}, clear: {count: 2}}
      II: {fire: {count: 5}, clear: {count: 3}}
      I: {fire: {count: 8}, clear: {count: 5}}
    for: 1m
    keep_firing: 2m
"""
WAYS = {
    "storm": "    storm: {share: 0.5, least: 2}\n",
    "merge": "    merge: neighbours\n",
    "both": "    storm: {share: 0.5, least: 3}\n    merge: neighbours\n",
}
END = 100
BOOKS: dict[str, RuleBook] = {}
SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module", autouse=True)
def rules(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Books that differ only in what is told together; in one folder, so that places agree."""
    folder: Path = tmp_path_factory.mktemp("rules")
    for name, more in {"plain": "", **WAYS}.items():
        BOOKS[name] = book(folder, PLAIN + more, CITY)


def stream(seed: int) -> list[tuple[float, str]]:
    """(minute, area) of reports in order: bursts of areas that lie beside each other, or not."""
    chance = random.Random(seed)
    rows = []
    for _ in range(chance.randint(1, 8)):
        minute, area = chance.uniform(1, 50), chance.choice("ABCDE")
        rows += [(minute + chance.uniform(0, 8), area) for _ in range(chance.randint(2, 10))]
    return sorted(rows)


streams = st.integers(0, 2**32).map(stream)


def run(
    name: str,
    rows: Sequence[tuple[float, str]],
    *,
    first: str = "ABCDE",
    cuts: int = 1,
    restart: bool = False,
) -> list[Alert]:
    """first: the order in which areas appear. cuts: reports in a chunk."""
    world = World(BOOKS[name], areas=CITY)
    world.feed([report(9000 + ord(area), 0, area) for area in first])
    raws = [report(number, minute, area) for number, (minute, area) in enumerate(rows)]
    for at in range(0, len(raws), cuts):
        world.feed(raws[at : at + cuts])
        if restart:
            world.restart()
    world.close(END)
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


def spoken_for(alerts: Sequence[Alert]) -> dict[int, set[str]]:
    """Areas of open alerts at the end of every minute."""
    open_: dict[str, set[str]] = {}
    by_minute: dict[int, set[str]] = {}
    waiting = list(alerts)
    for minute in range(END):
        while waiting and _minute(waiting[0]) <= minute:
            alert = waiting.pop(0)
            mine = {named.id for named in alert.areas} or {alert.area.id}
            open_[alert.id] = mine if alert.status == "firing" else set()
        by_minute[minute] = set().union(*open_.values())
    return by_minute


def _minute(alert: Alert) -> int:
    return alert.times.updated.minute + 60 * (alert.times.updated.hour - 8)


ways = st.sampled_from(sorted(WAYS))


@SLOW
@given(ways, streams)
def test_nobody_who_is_up_is_lost(way: str, rows: list[tuple[float, str]]) -> None:
    alone, joint = spoken_for(run("plain", rows)), spoken_for(run(way, rows))
    for minute, areas in alone.items():
        assert areas <= joint[minute], minute
    assert joint[END - 1] == set()


@SLOW
@given(ways, streams, st.permutations("ABCDE"), st.integers(1, 40))
def test_neither_the_order_of_areas_nor_cuts_nor_restarts_show(
    way: str, rows: list[tuple[float, str]], order: Sequence[str], cuts: int
) -> None:
    straight = run(way, rows, cuts=len(rows))
    assert run(way, rows, first="".join(order), cuts=cuts) == straight
    assert run(way, rows, cuts=cuts, restart=True) == straight


@SLOW
@given(ways, streams)
def test_together_means_fewer_alerts_and_each_a_life_of_its_own(
    way: str, rows: list[tuple[float, str]]
) -> None:
    alerts = run(way, rows)
    revisions: dict[str, int] = {}
    for alert in alerts:
        assert alert.revision == revisions.get(alert.id, 0) + 1
        revisions[alert.id] = alert.revision
    if way == "merge":
        assert len(revisions) <= len({alert.id for alert in run("plain", rows)})
