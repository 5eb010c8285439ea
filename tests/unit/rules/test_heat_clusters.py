"""Clusters on the whole core: one alert for what lies across borders, with the areas it covers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from detectors import SeasonalCount
from rules.heat_clusters import MOST_NEAR, Clusters
from rules.sliding import Fresh, Windows
from rules.trials.why_heat import Witnessed
from streams.records import Alert
from tests.core_cases import START_MS, World, book, report, small_city

RULES = """format: 1
kind: heat
rules:
  - id: across
    title: {zh: 跨区聚集, en: Cluster}
    by: cluster
    window: {size: 2h, every: 5m}
    floor: 6
    baseline: {model: seasonal-count, season: hour-of-day, warm_up_days: 2}
    levels:
      III: {fire: {score: 5}, clear: {score: 3}}
      II: {fire: {score: 7}, clear: {score: 4}}
    keep_firing: 10m
"""
CITY = small_city()
DAY = 1440


def history(seed: int = 1) -> list[tuple[float, str]]:
    """Four days of two calls an hour in all, in five areas."""
    chance = random.Random(seed)
    return [(chance.uniform(0, 4 * DAY), chance.choice("ABCDE")) for _ in range(192)]


def run(
    tmp_path: Path, more: Sequence[tuple[float, str]], *, cuts: int = 500, restart: bool = False
) -> list[Alert]:
    world = World(book(tmp_path, RULES, CITY), areas=CITY)
    rows = sorted([*history(), *more])
    raws = [report(number, minute, area) for number, (minute, area) in enumerate(rows)]
    for first in range(0, len(raws), cuts):
        world.feed(raws[first : first + cuts])
        if restart:
            world.restart()
    world.close(4 * DAY + 600)
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


SURGE = [(4 * DAY - 300 + 2 * n, "ABC"[n % 3]) for n in range(12)]


def test_a_cluster_across_borders_is_one_alert_with_its_areas(tmp_path: Path) -> None:
    alerts = run(tmp_path, SURGE)
    assert len({a.id for a in alerts}) == 1
    first, gravest = alerts[0], min(alerts, key=lambda a: a.level)
    assert first.status == "firing"
    assert alerts[-1].status == "resolved"
    assert [named.id for named in gravest.areas] == ["A", "B", "C"]
    assert gravest.evidence.reasons == ["cluster"]
    assert gravest.evidence.observed == gravest.incidents.count >= 8
    assert gravest.evidence.expected is not None
    assert gravest.evidence.expected < 2
    assert gravest.window is not None
    assert (gravest.window.end - gravest.window.start).total_seconds() in {1800, 3600, 7200}
    assert len(gravest.incidents.ids) == gravest.incidents.count
    assert [a.revision for a in alerts] == list(range(1, len(alerts) + 1))


def test_two_clusters_apart_are_two_alerts(tmp_path: Path) -> None:
    other = [(minute, "D") for minute, _ in SURGE]
    alerts = run(tmp_path, SURGE + other)
    assert len({a.id for a in alerts if a.area.id in set("ABC")}) == 1
    assert [named.id for a in alerts if a.area.id == "D" for named in a.areas][:1] == ["D"]


def test_quiet_days_have_no_clusters(tmp_path: Path) -> None:
    assert run(tmp_path, []) == []


@pytest.mark.parametrize("cuts", [1, 7, 50])
def test_neither_cuts_nor_restarts_show(tmp_path: Path, cuts: int) -> None:
    assert run(tmp_path, SURGE, cuts=cuts, restart=cuts > 1) == run(tmp_path, SURGE)


def test_an_area_takes_at_most_two_kib_with_windows_of_two_hours() -> None:
    areas, window = 500, 120
    ids = [f"S{number}" for number in range(areas)]
    clusters = Clusters(SeasonalCount(), CITY, window_ticks=window, ticks_per_hour=60)
    windows = Windows(window, linked=False)
    windows.grow(areas)
    fresh = np.random.default_rng(3).poisson(0.05, (600, areas))
    recent = windows.recent(Fresh(fresh))
    windows.slide(Fresh(fresh))
    clusters.observe(0, fresh, recent, np.ones(600, dtype=bool), ids)
    state = {**clusters.snapshot(), **windows.snapshot()}
    near = (1 + MOST_NEAR) * np.dtype(np.intp).itemsize
    assert len(msgspec.msgpack.encode(state)) / areas + near <= 2048


def test_a_witness_may_look_at_every_minute(tmp_path: Path) -> None:
    rules = book(tmp_path, RULES.replace("fire: {", "fire: {ratio: 3, "), CITY)
    world = World(rules, areas=CITY)
    seen = Witnessed("B", START_MS, START_MS + 5 * DAY * 60_000)
    world.watches[0].show(seen)
    world.feed([report(n, minute, area) for n, (minute, area) in enumerate(sorted(history()))])
    world.close(4 * DAY)
    minutes = seen.seen["across"]
    assert len(minutes) > 3 * DAY
    assert any(minute.judged and (minute.score or 0) > 0 for minute in minutes)
