"""Timelines from YAML through the whole core: the shipped words, the shipped rules or others."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from rules.critical.matcher import CriticalMatcher
from rules.language.schema.names import duration_ms
from streams.records import Alert
from tests.core_cases import START_MS, World, book, report

SCENARIOS = [
    scenario
    for file in sorted(Path(__file__).parent.glob("*.yaml"))
    for scenario in yaml.safe_load(file.read_text(encoding="utf-8"))
]
END_MIN = 360


@cache
def matcher() -> CriticalMatcher:
    return CriticalMatcher.load()


def minutes(text: str) -> float:
    return duration_ms(text) / 60_000


def reports(scenario: dict[str, Any]) -> list[bytes]:
    """All reports of a scenario in the order of their times, its history before its start."""
    rows: list[tuple[float, dict[str, Any]]] = []
    past = scenario.get("history")
    if past:
        count = past["per_hour"] * past["hours"]
        step = 60 / past["per_hour"]
        rows += [
            (-step * (n + 1), {"area": past["area"], "text": "有人吵架"}) for n in range(count)
        ]
    for event in scenario["events"]:
        every = minutes(event.get("every", "0s"))
        rows += [(minutes(event["at"]) + n * every, event) for n in range(event.get("repeat", 1))]
    rows.sort(key=lambda row: row[0])
    known = ("rev", "event")
    return [
        report(
            number,
            minute,
            event["area"],
            text=event["text"],
            incident_id=event.get("id", f"S{number}"),
            **{key: event[key] for key in known if key in event},
        )
        for number, (minute, event) in enumerate(rows)
    ]


def fits(alert: Alert, wanted: dict[str, Any]) -> bool:
    """Whether an alert is what a line asks for; `by` bounds the event time it speaks of."""
    facts = {
        "rule": alert.rule.id,
        "area": alert.area.id,
        "status": alert.status,
        "level": alert.level,
        "state": alert.state,
        "reason": alert.close_reason,
    }
    at_min = (alert.times.updated.timestamp() * 1000 - START_MS) / 60_000
    in_time = "by" not in wanted or 0 <= at_min <= minutes(wanted["by"])
    return in_time and all(facts[key] == wanted[key] for key in facts.keys() & wanted.keys())


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_scenario(scenario: dict[str, Any], tmp_path: Path) -> None:
    rules = book(tmp_path / "before", scenario["rules"]) if "rules" in scenario else None
    world = World(rules, matcher=matcher())
    if "switch" in scenario:
        switch = scenario["switch"]
        world.switch(book(tmp_path / "after", switch["rules"]), minutes(switch["at"]))
    world.feed(reports(scenario))
    world.close(END_MIN)
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    now = [a for a in alerts if a.times.updated.timestamp() * 1000 >= START_MS]
    for wanted in scenario.get("expect", []):
        assert any(fits(alert, wanted) for alert in now), wanted
    for unwanted in scenario.get("never", []):
        assert not any(fits(alert, unwanted) for alert in now), unwanted
    if "total" in scenario:
        assert len(now) == scenario["total"], [a.message.en for a in now]
