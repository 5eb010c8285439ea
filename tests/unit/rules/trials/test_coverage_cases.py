"""Tests of coverage rules: units that are given and change, heat that stands, donors."""

from __future__ import annotations

import pytest

from rules.language.loader import read_rules
from rules.trials.cases import run_tests
from rules.trials.coverage import Watched
from tests.core_cases import Robbery

AREAS = """\
format: 1
kind: areas
areas:
  - {kind: county, id: "3201", name: {zh: 区, en: District}}
  - id: "320101"
    name: {zh: 中山路派出所, en: Zhongshan Road}
    parent: "3201"
    min_units: 1
    population: 40000
    area_km2: 6
    polygon: [[118.70, 32.00], [118.72, 32.00], [118.72, 32.02], [118.70, 32.02]]
  - id: "320102"
    name: {zh: 江边派出所, en: Riverside}
    parent: "3201"
    tags: [rural]
    population: 40000
    area_km2: 6
    polygon: [[118.72, 32.00], [118.74, 32.00], [118.74, 32.02], [118.72, 32.02]]
"""
HEAT = """\
format: 1
kind: heat
rules:
  - id: heat-street
    title: {zh: 街面警情热点, en: Street crime heat}
    baseline: {model: fixed}
    window: {size: 10m, every: 1m}
    levels: {III: {fire: {count: 3}, clear: {count: 1}}}
"""
COVER = """\
format: 1
kind: coverage
defaults: {every: 30s, for: 3m, keep_firing: 5m, position: {fresh: 3m, unknown_after: 10m}}
rules:
  - id: cover-patrol
    title: {zh: 警力冰点, en: Patrol cold spot}
    by: station
    supply: {units: [patrol_car, motorcycle, foot], status: [on_duty, patrol]}
    demand: {open: ["10", "30"], forecast: 60m}
    levels:
      IV: {fire: {free_below: 3}, clear: {free_at_least: 4}}
      III: {fire: {free_below: 2}, clear: {free_at_least: 3}}
      II: {fire: {free_below: 1}, clear: {free_at_least: 2}}
      I: {fire: {free_below: 1, with: heat-street}, clear: {free_at_least: 2}}
    blind: {unknown_share: 0.3, do: raise_blind}
    suggest: {donors: 3, donor_keeps: 1}
    overrides:
      - when: {tag: rural, time: night}
        set:
          levels.IV: null
          levels.III.fire.free_below: 1
          levels.III.clear.free_at_least: 2
          levels.II: null
        because: two-officer posts
tests:
"""
CASE = """\
  - name: last car leaves a hot area
    rule: cover-patrol
    start: 2026-11-20T21:00+08:00
"""


def run(folder, case, *, head=CASE):
    (folder / "areas.yaml").write_text(AREAS, encoding="utf-8")
    (folder / "heat.yaml").write_text(HEAT, encoding="utf-8")
    (folder / "cover.yaml").write_text(COVER + head + case, encoding="utf-8")
    reading = read_rules(folder, shown="")
    assert [str(fault) for fault in reading.errors] == []
    book = reading.book
    watched = Watched(book)
    report = run_tests(book, book.tree.areas(), Robbery(), ran=watched.ran)
    (result,) = report.cases
    return result, watched.coverage()


GIVEN = """\
    given:
      firing: [{rule: heat-street, area: "320101"}]
      units: [{id: C1, kind: patrol_car, area: "320101", status: patrol}]
"""


def test_the_last_car_leaves_a_hot_area(tmp_path):
    result, coverage = run(tmp_path, GIVEN + """\
    events: [{at: 1m, unit: C1, status: busy_other}]
    expect: [{by: 5m, level: I, area: "320101", donors_at_most: 3}]
""")  # fmt: skip
    assert (result.status, result.failures) == ("passed", [])
    tested = {(item.kind, item.name) for item in coverage.items if item.tested}
    assert ("level", "I") in tested


def test_without_the_heat_alert_it_is_level_two_and_the_end_is_told(tmp_path):
    result, _ = run(tmp_path, """\
    given:
      units:
        - {id: C1, area: "320101", status: patrol}
        - {id: C2, area: "320101", status: patrol}
        - {id: C3, area: "320101", status: patrol}
        - {id: C4, area: "320101", status: patrol}
    events:
      - {at: 1m, unit: C1, status: busy_other}
      - {at: 1m, unit: C2, status: busy_other}
      - {at: 1m, unit: C3, status: busy_other}
      - {at: 1m, unit: C4, status: "off"}
      - {at: 10m, unit: C1, status: patrol}
      - {at: 10m, unit: C2, status: patrol}
      - {at: 10m, unit: C3, status: patrol}
      - {at: 10m, unit: C4, status: patrol}
    expect:
      - {at: 1m, area: "320101", status: none}
      - {by: 5m, area: "320101", level: II, status: firing}
      - {by: 16m, area: "320101", status: resolved}
""")  # fmt: skip
    assert (result.status, result.failures) == ("passed", [])


def test_real_heat_in_the_area_makes_it_level_one_too(tmp_path):
    result, _ = run(tmp_path, """\
    given: {units: [{id: C1, area: "320101", status: patrol}]}
    events:
      - {at: 30s, area: "320101", category: "1007", repeat: 6, every: 20s}
      - {at: 1m, unit: C1, status: busy_other}
    expect: [{by: 8m, level: I, area: "320101"}]
""")  # fmt: skip
    assert (result.status, result.failures) == ("passed", [])


def test_a_unit_that_moves_is_where_it_went(tmp_path):
    result, coverage = run(tmp_path, """\
    given: {units: [{id: C1, area: "320101", status: patrol}]}
    events: [{at: 1m, unit: C1, area: "320102", status: patrol}]
    expect:
      - {by: 8m, level: II, area: "320101"}
      - {at: 8m, area: "320102", status: none}
""", head=CASE.replace("21:00", "23:30"))  # fmt: skip
    assert (result.status, result.failures) == ("passed", [])
    # At night the rural station asks for one unit: the override held where the unit went.
    assert ("override", "1") in {(i.kind, i.name) for i in coverage.items if i.tested}


def test_who_could_lend_is_expected_and_told_where_it_is_wrong(tmp_path):
    rows = [f'        - {{id: D{n}, area: "320102", status: patrol}}\n' for n in range(6)]
    result, _ = run(tmp_path, "    given:\n      units:\n" + "".join(rows) + """\
        - {id: C1, area: "320101", status: patrol}
    events: [{at: 1m, unit: C1, status: "off"}]
    expect: [{by: 8m, level: II, area: "320101", donors_at_most: 0}]
""")  # fmt: skip
    (failure,) = result.failures
    assert "donors at most 0" in failure.expected
    assert "donors 320102" in failure.got


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ('    given: {firing: [{rule: kw-x, area: "320101"}]}\n', "heat rules"),
        ("    events: []\n", None),
    ],
)
def test_what_can_be_given(tmp_path, case, why):
    result, _ = run(tmp_path, case + "    expect: [{total: 0}]\n")
    assert (result.status == "not_run") == (why is not None)
    assert why is None or why in result.why


def test_a_unit_that_nobody_gave_is_a_fault(tmp_path):
    text = COVER + CASE + """\
    given: {units: [{id: C1, area: "320101"}]}
    events: [{at: 1m, unit: C2, status: busy_other}]
    expect: [{total: 0}]
"""  # fmt: skip
    (tmp_path / "areas.yaml").write_text(AREAS, encoding="utf-8")
    (tmp_path / "heat.yaml").write_text(HEAT, encoding="utf-8")
    (tmp_path / "cover.yaml").write_text(text, encoding="utf-8")
    (fault,) = read_rules(tmp_path, shown="").errors
    assert fault.code == "E525"
    assert "C2" in fault.message
