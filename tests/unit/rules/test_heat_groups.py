"""Rules by neighbourhood and by level: whose counts are summed, and what the alert speaks of."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from rules.heat_groups import Groups
from streams.records import Alert
from tests.core_cases import World, book, report, small_city

RULES = """format: 1
kind: heat
rules:
  - id: burst
    title: {{zh: 激增, en: Burst}}
    by: {by}
    window: {{size: 10m, every: 1m}}
    floor: 2
    levels: {{III: {{fire: {{count: 6}}, clear: {{count: 2}}}}}}
    keep_firing: 1m
"""
CITY = small_city()


def run(
    tmp_path: Path, by: str, calls: str, *, more: str = "", restart: bool = False
) -> list[Alert]:
    """Alerts of one call a tenth of a minute, in the areas named."""
    world = World(book(tmp_path, RULES.format(by=by) + more, CITY), areas=CITY)
    for number, area in enumerate(calls):
        world.feed([report(number, 1 + number / 10, area)])
        if restart:
            world.restart()
    world.close(60)
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


@pytest.mark.parametrize(
    ("by", "calls", "alerted"),
    [
        ("station", "ABCABC", []),
        ("neighbourhood", "ABCABC", ["B"]),
        ("neighbourhood", "ABEABE", []),
        ("neighbourhood", "CDCDCD", []),  # D lies in another command
        ("county", "ABEABE", ["990101"]),
        ("county", "CDCDCD", []),
        ("city", "CDCDCD", ["9901"]),
        ("city", "ABCxyz", []),
        ("province", "CDCDxy", ["unassigned"]),
    ],
)
def test_a_group_is_the_sum_of_its_areas(
    tmp_path: Path, by: str, calls: str, alerted: list[str]
) -> None:
    alerts = run(tmp_path, by, calls)
    assert [a.area.id for a in alerts if a.status == "firing"] == alerted
    assert alerts == run(tmp_path, by, calls, restart=True)


def test_the_alert_of_a_group_lists_the_incidents_of_its_areas(tmp_path: Path) -> None:
    alert = run(tmp_path, "county", "EBAABE")[0]
    assert alert.incidents.ids == [f"J{n:05d}" for n in range(6)]
    assert alert.evidence.observed == 6
    assert alert.area.path == ["9901", "990101"]
    assert alert.dedup_key == "burst/990101"


def test_an_override_holds_for_a_group(tmp_path: Path) -> None:
    more = (
        "    overrides:\n      - {when: {area: '9901'}, set: {levels.III.fire.count: 7},"
        " because: a big city}\n"
    )
    assert run(tmp_path, "county", "ABEABE", more=more) == []
    assert len(run(tmp_path, "county", "ABEABEA", more=more)) == 2


def test_sums_do_not_depend_on_when_areas_appear() -> None:
    fresh = np.array([[1, 2, 3, 4], [0, 5, 0, 6]])
    late = Groups("county", CITY)
    assert late.extend(["D"]) == ["990102"]
    assert late.extend(["D", "A", "C", "E"]) == ["990101"]
    assert late.sums(fresh).tolist() == [[1, 9], [0, 11]]
    again = Groups.restored("county", CITY, late.snapshot(), ["D", "A", "C", "E"])
    assert again.sums(fresh).tolist() == [[1, 9], [0, 11]]
    near = Groups("neighbourhood", CITY)
    near.extend(["C", "A", "B", "E"])
    assert near.sums(fresh).tolist() == [[4, 5, 6, 4], [0, 5, 5, 6]]


def test_areas_that_moved_are_counted_where_they_lie_today() -> None:
    known = {"stations": 2, "ids": ["gone", "990101"]}
    groups = Groups.restored("county", CITY, known, ["A", "B"])
    assert groups.sums(np.array([[2, 3]])).tolist() == [[0, 5]]
    assert groups.about("A") == groups.about("990101") == 1
    assert groups.about("D") is None


QUIET = """format: 1
kind: heat
rules:
  - id: quiet
    title: {zh: 静默, en: Quiet}
    by: county
    side: low
    window: {size: 60m, every: 1m}
    floor: 6
    baseline: {model: rolling-mean, hours: 6, warm_up: 2}
    levels:
      III: {fire: {ratio: 0.5}, clear: {ratio: 0.7}}
      II: {fire: {ratio: 0.1, count: 1}, clear: {ratio: 0.4}}
    keep_firing: 1m
"""


def test_a_feed_that_falls_silent_is_told_and_its_end_too(tmp_path: Path) -> None:
    world = World(book(tmp_path, QUIET, CITY), areas=CITY)
    minutes = [m for m in range(0, 600, 5) if not 300 <= m < 420]
    world.feed([report(n, minute, "ABE"[n % 3]) for n, minute in enumerate(minutes)])
    world.close(600)
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    assert [(a.status, a.level) for a in alerts] == [
        ("firing", "III"),
        ("firing", "II"),
        ("firing", "III"),
        ("resolved", "III"),
    ]
    assert {a.area.id for a in alerts} == {"990101"}
    assert alerts[1].evidence.observed == 1
    assert alerts[1].evidence.expected == pytest.approx(12, abs=1)


def test_quiet_below_the_floor_of_what_was_expected_is_no_alert(tmp_path: Path) -> None:
    rules = QUIET.replace("floor: 6", "floor: 13")
    world = World(book(tmp_path, rules, CITY), areas=CITY)
    world.feed([report(n, minute, "A") for n, minute in enumerate(range(0, 300, 5))])
    world.close(600)
    assert world.alerts == []
