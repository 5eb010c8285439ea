"""Alerts against the truth: hits, delays, false alarms; and the table of alerts a day."""

from __future__ import annotations

import json

import pytest

from rules.language.calendar import Calendar
from rules.trials.ledger import Episode
from rules.trials.tally import per_day, tally
from rules.trials.truth import read_truth, score
from streams.errors import SourceError

DAY = 86_400_000
AT = 1_772_805_600_000  # 2026-03-06T22:00+08:00


def episode(id_, rule, area, minute, *, kind="heat", incidents=(), level="III", **more):
    fired = AT + minute * 60_000
    values = {
        "state": "live",
        "path": [area],
        "entity": f"{rule}/{area}",
        "category": None,
        "review": False,
        "breached": fired,
        "told": [fired],
        "ended": fired + 600_000,
        "incidents": set(incidents),
        "revisions": 2,
    }
    return Episode(id=id_, rule=rule, kind=kind, area=area, level=level, **(values | more))


def truth(*records):
    return read_truth([json.dumps(record).encode() for record in records], "truth.jsonl")


BURST = {
    "truth": "burst",
    "id": "b1",
    "area": "A",
    "start": "2026-03-06T22:10:00+08:00",
    "end": "2026-03-06T22:30:00+08:00",
}
CRITICAL = {
    "truth": "critical",
    "incident": "J1",
    "at": "2026-03-06T22:05:00+08:00",
    "area": "A",
    "category": "robbery",
    "level": "II",
}


def test_a_burst_is_hit_by_an_alert_of_its_area_in_its_time():
    known = truth(BURST, {"truth": "summary", "seed": 1})
    scored = score(known, [episode("1", "h", "A", 16), episode("2", "h", "B", 16)])
    assert (scored.bursts.hit, scored.bursts.of) == (1, 1)
    assert scored.delay["burst"].median == 6 * 60
    assert scored.lead is not None
    assert scored.lead.median == 14 * 60
    assert (scored.false_heat.hit, scored.false_heat.of) == (1, 2)
    assert scored.false_alarms.percent == 50.0


@pytest.mark.parametrize("minute", [5, 61])
def test_an_alert_before_a_burst_or_long_after_it_is_no_hit(minute):
    scored = score(truth(BURST), [episode("1", "h", "A", minute, ended=AT + 62 * 60_000)])
    assert scored.bursts.hit == 0
    assert scored.missed == ["b1"]


def test_critical_reports_are_hit_by_incident_and_review_counts_apart():
    other = CRITICAL | {"incident": "J2"}
    known = truth(CRITICAL, other)
    firm = episode(
        "1", "kw", "A", 5, kind="keyword", incidents=["J1"], category="robbery", level="I"
    )
    asked = episode("2", "kw", "A", 5, kind="keyword", incidents=["J2"], review=True)
    wrong = episode("3", "kw", "A", 6, kind="keyword", incidents=["J9"])
    scored = score(known, [firm, asked, wrong])
    assert (scored.criticals.hit, scored.criticals.of, scored.review) == (1, 2, 1)
    assert scored.missed == ["J2"]
    assert scored.right_category.percent == 100.0
    assert scored.right_level.percent == 0.0
    assert (scored.false_keyword.hit, scored.false_keyword.of) == (1, 2)
    assert scored.delay["critical"].most == 0


def test_a_line_that_is_no_truth_is_told_with_its_number():
    with pytest.raises(SourceError, match=r"truth\.jsonl:2"):
        read_truth([b'{"truth":"decoy"}', b'{"truth":"burst"}'], "truth.jsonl")


def test_the_table_counts_by_rule_area_level_and_local_day():
    episodes = [
        episode("1", "h", "A", 0, level="II"),
        episode("2", "h", "A", 150, ended=None),
        episode("3", "k", "B", 0, kind="keyword", review=True),
    ]
    table = tally(episodes, days=2, calendar=Calendar(), rules=[("quiet", "heat", 3.0)])
    assert (table.alerts, table.a_day) == (3, 1.5)
    assert table.dates == {"2026-03-06": 2, "2026-03-07": 1}
    rows = {row.rule: row for row in table.rules}
    assert rows["h"].levels == {"I": 0, "II": 1, "III": 1, "IV": 0}
    assert rows["h"].minutes == 10.0
    assert rows["k"].review == 1
    assert (rows["quiet"].alerts, rows["quiet"].budget) == (0, 3.0)
    assert [(row.area, row.alerts) for row in table.areas] == [("A", 2), ("B", 1)]


@pytest.mark.parametrize(
    ("text", "a_day"), [("6 per day", 6), ("14 per week", 2), ("1 per hour", 24)]
)
def test_a_budget_is_a_number_a_day(text, a_day):
    assert per_day(text) == a_day
