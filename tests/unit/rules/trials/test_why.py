"""Why an alert came or did not: what was counted, which limit, what held it, in data."""

from __future__ import annotations

import pytest

from rules.language.loader import load_book
from rules.trials.ledger import millis
from rules.trials.why_heat import Witnessed, heat_reason
from rules.trials.why_keyword import Reports, keyword_reason
from streams.adapters import adapter_for
from streams.alert_codec import decode_alert
from streams.areas import AreaTree
from streams.intake import Intake, IntakeSettings
from tests.core_cases import FAR, FILE, START_MS, Robbery, World, report

RULES = """\
format: 1
kind: heat
rules:
  - id: heat-a
    title: {zh: 热, en: Heat}
    window: {size: 10m}
    baseline: {model: fixed}
    for: 3m
    keep_firing: 5m
    floor: 2
    levels:
      III: {fire: {count: 3}, clear: {count: 2}}
      II: {fire: {count: 6}, clear: {count: 4}}
    overrides:
      - {when: {area: B, time: "00:00-04:00"}, set: {floor: 9}, because: night}
suppress:
  - {id: fair, when: {area: C}, do: hold, by: desk, because: a fair, review: 2027-01-01}
"""
WORDS = """\
format: 1
kind: keyword
rules:
  - id: kw-robbery
    title: {zh: 抢劫, en: Robbery}
    lifeline: false
    match: {category: [robbery]}
    overrides:
      - {when: {source: app}, set: {level: I}, because: apps}
suppress:
  - {id: quiet, when: {area: D}, do: hold, by: desk, because: works, review: 2027-01-01}
"""


@pytest.fixture
def book(tmp_path):
    (tmp_path / "heat.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "words.yaml").write_text(WORDS, encoding="utf-8")
    return load_book(tmp_path)


def reason(book, area, minute, raws):
    world = World(book, lateness_min=0)
    witness = Witnessed(area, START_MS, START_MS + 60 * 60_000)
    world.watches[0].show(witness)
    world.feed(raws)
    world.close(60)
    alerts = [decode_alert(raw) for raw in world.alerts]
    (entry,) = book.heat
    return heat_reason(book, entry, area, START_MS + minute * 60_000, witness.seen, alerts)


def rise(area, number=4):
    return [report(n, n * 0.5, area) for n in range(number)]


def test_a_level_that_fires_waits_for_its_time_and_then_is_open(book):
    early, later = (reason(book, "A", minute, rise("A")) for minute in (3, 6))
    assert (early.outcome, early.count, early.breached_ms) == ("waiting", 4, START_MS + 120_000)
    assert early.alert is None
    assert (later.outcome, later.alert_level) == ("open", "III")
    two, three = later.levels
    assert (two.level, two.fires, two.missing) == ("II", False, ["4 is below 6"])
    assert (three.level, three.fires, three.missing) == ("III", True, [])
    assert three.place is not None
    assert three.place.endswith("heat.yaml:12:27")


def test_an_area_without_incidents_is_silent_and_says_so(book):
    nothing = reason(book, "Z", 5, rise("A"))
    assert (nothing.outcome, nothing.heard, nothing.count) == ("silent", False, 0)
    assert nothing.levels[1].missing == ["0 is below the floor of 2", "0 is below 3"]


def test_an_override_that_does_not_hold_says_which_part_of_it(book):
    (elsewhere,) = reason(book, "A", 5, rise("A")).overrides
    assert not elsewhere.holds
    assert elsewhere.why_not == [
        "it is another area (area: B)",
        "it is another time of day (time: 00:00-04:00)",
    ]
    (there,) = reason(book, "B", 5, rise("B")).overrides
    assert there.why_not == ["it is another time of day (time: 00:00-04:00)"]
    assert there.place.endswith("heat.yaml:15:9")


def test_an_alert_that_a_suppression_holds_back_is_told_as_held(book):
    held = reason(book, "C", 6, rise("C"))
    assert held.outcome == "held"
    assert [(s.id, s.stands) for s in held.suppressions if s.id == "fair"] == [("fair", True)]
    assert held.alert is None


def test_an_alert_stays_open_while_it_is_not_cleared(book):
    kept = reason(book, "A", 13, rise("A"))
    assert kept.outcome == "kept"
    assert kept.alert_status == "firing"


def explained(book, raw):
    intake = Intake(adapter_for("watchfloor"), Robbery(), AreaTree(), IntakeSettings(partitions=1))
    result = intake.ingest(FILE, offsets=[0], arrivals=[FAR], raws=[raw], clock=FAR)
    world = World(book)
    reports = Reports(incident="J00001")
    reports.add(result.batches[0])
    alerts = world.watches[0].step(result.batches[0]).alerts
    (kept,) = reports.kept
    return keyword_reason(book, kept, alerts), alerts


def test_a_report_is_explained_with_the_rule_that_answers_its_level_and_overrides(book):
    why, alerts = explained(book, report(1, 0, "A", text="有人抢劫", source="app"))
    (answer,) = why.answers
    assert (why.tier, why.category, why.words, why.outcome) == (
        "critical",
        "robbery",
        ["抢劫"],
        "told",
    )
    assert (answer.rule, answer.level, answer.alert) == ("kw-robbery", "I", alerts[0].id)
    assert [(o.number, o.holds) for o in answer.overrides] == [(1, True)]
    assert millis(alerts[0]) == why.at_ms
    phone, _ = explained(book, report(1, 0, "A", text="有人抢劫"))
    assert phone.answers[0].overrides[0].why_not == ["it came by another channel (source: app)"]


def test_a_report_that_says_nothing_is_told_as_such(book):
    why, alerts = explained(book, report(1, 0, "A"))
    assert alerts == []
    assert (why.outcome, why.answers) == ("nothing found", [])


def test_a_category_without_a_rule_is_told_as_such(book):
    why, _ = explained(book, report(1, 0, "A", category="1008"))
    assert (why.outcome, why.category) == ("no rule", "arson")


def test_a_held_report_names_the_suppression(book):
    why, alerts = explained(book, report(1, 0, "D", text="有人抢劫"))
    assert alerts == []
    assert why.outcome == "held"
    assert {s.id: s.stands for s in why.answers[0].suppressions}["quiet"]
