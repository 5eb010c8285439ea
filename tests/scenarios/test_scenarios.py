"""Timelines from YAML through the whole core: the shipped words, the shipped rules or others."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from rules.critical.matcher import CriticalMatcher
from rules.language.loader import load_book
from rules.language.schema.names import duration_ms
from rules.notify.router import Router
from streams.acts import Act
from streams.areas import load_areas
from streams.records import Alert
from tests.core_cases import START_MS, World, book, report

SCENARIOS = [
    scenario
    for file in sorted(Path(__file__).parent.glob("*.yaml"))
    for scenario in yaml.safe_load(file.read_text(encoding="utf-8"))
]
END_MIN = 360
KNOWN = ("rev", "event", "source", "caller_hash", "address_hash")
"""Fields of a report that an event of a scenario may give."""
ROOT = Path(__file__).parents[2]


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
    return [
        report(
            number,
            minute,
            event["area"],
            text=event["text"],
            incident_id=event.get("id", f"S{number}"),
            **{key: event[key] for key in KNOWN if key in event},
            **dict(zip(("lat", "lon", "coord_sys"), (*event["at_point"], "wgs84"), strict=True))
            if "at_point" in event
            else {},
        )
        for number, (minute, event) in enumerate(rows)
    ]


def fits(alert: Alert, wanted: dict[str, Any], router: Router | None = None) -> bool:
    """Whether an alert is what a line asks for; `by` bounds the event time it speaks of."""
    divert = alert.divert
    facts = {
        "review": alert.review,
        "count": alert.incidents.count,
        "repeats": alert.incidents.repeats,
        "channels": alert.incidents.channels,
        "unclear": alert.area.unclear,
        "diverted": divert and divert.to,
        "amount": divert and divert.amount,
        "since": divert and divert.minutes,
        "commands": router and list(router.targets(alert).commands),
        "rule": alert.rule.id,
        "area": alert.area.id,
        "status": alert.status,
        "level": alert.level,
        "state": alert.state,
        "reason": alert.close_reason,
        "revision": alert.revision,
        "acknowledged_by": alert.ack.by,
        "rung": alert.ack.rung,
        "due": None if alert.ack.due is None else _after_start(alert.ack.due),
        "assignee": alert.assignee,
        "disposition": alert.disposition,
        "silenced": alert.suppressed_by,
        "mechanism": alert.mechanism and alert.mechanism.status,
        "posts": alert.opinion and alert.opinion.count,
    }
    at_min = (alert.times.updated.timestamp() * 1000 - START_MS) / 60_000
    in_time = "by" not in wanted or 0 <= at_min <= minutes(wanted["by"])
    return in_time and all(facts[key] == wanted[key] for key in facts.keys() & wanted.keys())


def live(world: World, scenario: dict[str, Any]) -> None:
    """Reports and acts in the order of their times, and the end of input."""
    rows = reports(scenario)
    for number, act in enumerate(scenario.get("acts", [])):
        at_min = minutes(act["at"])
        before = [row for row in rows if _reported(row) <= at_min]
        rows = rows[len(before) :]
        if before:
            world.feed(before)
        world.act(_act(world, act, number))
    world.feed(rows)
    world.close(END_MIN)


def _act(world: World, act: dict[str, Any], number: int) -> Act:
    """An act of a scenario: on the newest alert that is what `of` says."""
    plain = {key: value for key, value in act.items() if key not in ("at", "of", "due", "silence")}
    told = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    if "of" in act:
        plain["alert"] = next(alert.id for alert in reversed(told) if fits(alert, act["of"]))
    if "due" in act:
        plain["due_ms"] = START_MS + round(minutes(act["due"]) * 60_000)
    if "silence" in act:
        said = dict(act["silence"])
        bounds = {
            f"{side}_ms": START_MS + round(minutes(said.pop(side)) * 60_000)
            for side in ("from", "to")
        }
        plain["silence"] = {**said, **bounds}
    at_ms = START_MS + round(minutes(act["at"]) * 60_000)
    return msgspec.convert({"by": "desk", **plain, "id": f"act-{number}", "at_ms": at_ms}, Act)


def _reported(row: bytes) -> float:
    return _after_start(datetime.fromisoformat(msgspec.json.decode(row)["reported_at"]))


def _after_start(moment: datetime) -> float:
    return (moment.timestamp() * 1000 - START_MS) / 60_000


def _world(scenario: dict[str, Any], folder: Path) -> World:
    """The shipped rules, those of a scenario beside the shipped ones, or a book with its areas."""
    if "book" in scenario:
        areas = load_areas(ROOT / "examples/night/areas.geojson")
        own = load_book(ROOT / scenario["book"], areas)
        return World(own, matcher=matcher().with_books([own]), areas=areas)
    rules = book(folder / "before", scenario["rules"]) if "rules" in scenario else None
    return World(rules, matcher=matcher())


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_scenario(scenario: dict[str, Any], tmp_path: Path) -> None:
    world = _world(scenario, tmp_path)
    if "switch" in scenario:
        switch = scenario["switch"]
        world.switch(book(tmp_path / "after", switch["rules"]), minutes(switch["at"]))
    live(world, scenario)
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    now = [a for a in alerts if a.times.updated.timestamp() * 1000 >= START_MS]
    router = Router(world.rules)
    for wanted in scenario.get("expect", []):
        assert any(fits(alert, wanted, router) for alert in now), wanted
    for unwanted in scenario.get("never", []):
        assert not any(fits(alert, unwanted) for alert in now), unwanted
    for wanted in scenario.get("one", []):
        assert len({alert.id for alert in now if fits(alert, wanted)}) == 1, wanted
    if "total" in scenario:
        assert len(now) == scenario["total"], [a.message.en for a in now]
