"""The budget of false alarms on a rule: what it asks, what an alert says of it, who shares it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from rules.false_alarms import FalseAlarms, asked_of
from streams.areas import AreaTree
from streams.records import Alert
from tests.core_cases import World, book, report, small_city

RULES = """format: 1
kind: heat
rules:
  - id: normal
    title: {{zh: 常态, en: Normal}}
    window: {{size: 60m, every: 30m}}
    floor: 2
    baseline: {{model: seasonal-count, warm_up_days: 1}}
    budget: {{false: {false}}}
    levels: {levels}
    keep_firing: 30m
"""
LEVELS = "{III: {fire: {}, clear: {}}, II: {fire: {count: 12}, clear: {count: 6}}}"
DAYS = 12


def calls() -> list[bytes]:
    """Ten days of half an incident an hour in five areas, and a surge of fifteen on the last."""
    chance = random.Random(5)
    times = [
        (minute, area)
        for area in "ABCDE"
        for minute in sorted(chance.uniform(0, DAYS * 1440) for _ in range(DAYS * 12))
    ]
    times += [((DAYS - 1) * 1440 + 3 * i, "B") for i in range(15)]
    return [report(i, minute, area) for i, (minute, area) in enumerate(sorted(times))]


def run(
    tmp_path: Path, false: str, levels: str = LEVELS, *, restart: bool = False, tree: bool = False
) -> list[Alert]:
    areas = small_city() if tree else AreaTree()
    tmp_path.mkdir(exist_ok=True)
    world = World(book(tmp_path / "rules", RULES.format(false=false, levels=levels)), areas=areas)
    raws = calls()
    for start in range(0, len(raws), 150):
        world.feed(raws[start : start + 150])
        if restart:
            world.restart()
    world.close(DAYS * 1440 + 600)
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


@pytest.mark.parametrize(
    ("text", "a_week", "each"),
    [
        ("1 per area per week", 1.0, True),
        ("0.5 per area per day", 3.5, True),
        ("1 per area per month", 12 * 7 / 365.25, True),
        ("1 per area per year", 7 / 365.25, True),
        ("5 per shift", 105.0, False),
        ("2 per day", 14.0, False),
        ("3 per week", 3.0, False),
    ],
)
def test_a_budget_is_a_number_a_week(text: str, a_week: float, each: bool) -> None:
    assert asked_of(text).a_week == pytest.approx(a_week)
    assert asked_of(text).each is each


def test_an_alert_says_which_score_was_asked_for_and_what_it_rests_on(tmp_path: Path) -> None:
    alerts = run(tmp_path, "1 per area per week")
    surge = next(a for a in alerts if a.area.id == "B" and a.level == "II")
    evidence: Any = surge.evidence
    limit, cleared, budget = evidence.threshold, evidence.clear_at, evidence.budget
    assert limit
    assert limit.from_ == "rules/heat.yaml:9:21"
    assert limit.count == 12
    assert evidence.score >= limit.score > 1
    assert cleared.score == pytest.approx(limit.score / 2, abs=1e-3)
    assert (budget.asked, budget.areas, budget.learning) == (1.0, 5, True)
    # The first day is no history, and the day of the surge is not over.
    assert budget.weeks == pytest.approx((DAYS - 2) / 7, abs=0.1)
    assert budget.area_weeks == pytest.approx(5 * budget.weeks, abs=0.5)
    assert budget.rests_on < budget.area_weeks
    mine = [a for a in alerts if a.area.id == "B" and a.status == "firing" and a.revision == 1]
    assert budget.alerts == len({a.id for a in mine})


def test_a_smaller_budget_gives_fewer_alerts(tmp_path: Path) -> None:
    told = [
        len({a.id for a in run(tmp_path / str(i), f"{rate} per area per week")})
        for i, rate in enumerate(("30", "3", "0.01"))
    ]
    assert told[0] > told[1] > told[2]


def test_a_level_may_ask_for_more_than_the_budget_does(tmp_path: Path) -> None:
    levels = "{III: {fire: {score: 4.5}, clear: {score: 1}}}"
    alerts = run(tmp_path, "9 per area per week", levels)
    assert alerts
    for alert in alerts:
        limit: Any = alert.evidence.threshold
        cleared: Any = alert.evidence.clear_at
        assert (limit.score, limit.from_) == (4.5, "rules/heat.yaml:10:34")
        assert cleared.score == 1
    firing = [a for a in alerts if a.status == "firing"]
    assert all((a.evidence.score or 0) >= 4.5 for a in firing)


@pytest.mark.parametrize("tree", [False, True])
def test_a_budget_of_the_centre_is_shared_by_its_areas(tmp_path: Path, tree: bool) -> None:
    stations = 5 if not tree else len([a for a in small_city().ids() if len(a) == 1])
    alerts = run(tmp_path, "10 per week", tree=tree)
    assert {a.evidence.budget.asked for a in alerts if a.evidence.budget} == {
        float(f"{10 / stations:.4g}")
    }


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    asked = "3 per area per week"
    assert run(tmp_path, asked) == run(tmp_path, asked, restart=True)


def test_what_was_confirmed_is_no_false_alarm() -> None:
    score = np.random.default_rng(3).standard_normal((40 * 48, 8))
    score[20 * 48 :: 48, 0] = 5.0
    ready = np.ones(score.shape, dtype=bool)
    found = []
    for confirmed in (False, True):
        kept = FalseAlarms(30)
        for row in range(40 * 48):
            tick = 30 * row + 29
            shown = np.ones(1, dtype=bool)
            kept.thresholds(tick, shown, score[row : row + 1], ready[row : row + 1])
            if confirmed and score[row, 0] == 5.0:
                kept.confirm(0, tick, 5.0)
        found.append(kept.thresholds(30 * 1920 + 29, shown, score[:1], ready[:1])[0])
    assert found[1][0] < found[0][0] - 0.1


def test_what_a_rule_gave_is_counted_by_week_and_old_weeks_are_forgotten() -> None:
    kept = FalseAlarms(60)
    calm = np.zeros((7 * 24, 4))
    for week in range(30):
        first = (week + 1) * 10_080 - 1
        for day in range(7):
            rows = slice(day * 24, day * 24 + 24)
            shown = np.zeros(1440, dtype=bool)
            shown[::60] = True
            tick = first + day * 1440
            block = np.repeat(calm[rows], 60, axis=0)
            kept.thresholds(tick, shown, block, np.ones(block.shape, dtype=bool))
        kept.fired(week % 4, first)
    given = kept.given()
    assert given.asked == 1.0
    assert given.alerts == 13
    assert given.area_weeks == pytest.approx(13 * 4, abs=1.0)
    assert len(kept.snapshot()["weeks"]) == 13


def test_a_level_may_say_at_which_score_it_clears(tmp_path: Path) -> None:
    levels = "{III: {fire: {}, clear: {score: 0.5}}}"
    cleared: list[Any] = [a.evidence.clear_at for a in run(tmp_path, "9 per area per week", levels)]
    assert {(c.score, c.from_) for c in cleared} == {(0.5, "rules/heat.yaml:10:45")}


def test_before_the_first_tick_nothing_was_given() -> None:
    kept = FalseAlarms(5)
    kept.ask(asked_of("1 per area per week"), None)
    given = kept.given()
    assert (given.asked, given.alerts, given.area_weeks) == (1.0, 0, 0.0)
