"""The simulated city works its calls: units go where calls are, and calls are closed."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import chain, pairwise

import msgspec
import pytest

from streams.records import Incident, UnitPosition
from streams.sources.synthetic import Plan, Simulation

PLAN = Plan(
    seed=8, hours=9, stations=12, counties=2, rate=900, critical_share=0.03,
    shortages=3, disorder=30, closings=True,
)  # fmt: skip
FREE = {"patrol", "on_duty", "break"}


class Night:
    """Records and fixes of nine hours."""

    def __init__(self, plan: Plan) -> None:
        self.simulation = Simulation(plan)
        stream = list(chain.from_iterable(self.simulation.incidents()))
        self.records = [msgspec.json.decode(a.line, type=Incident) for a in stream]
        self.arrivals = [arrival.at_ms for arrival in stream]
        fixes = chain.from_iterable(self.simulation.positions())
        self.fixes = [msgspec.json.decode(a.line, type=UnitPosition) for a in fixes]


@pytest.fixture(scope="module")
def night() -> Night:
    return Night(PLAN)


def test_reports_are_those_of_the_same_city_without_closings(night):
    plain = Simulation(msgspec.structs.replace(PLAN, closings=False))
    lines = [arrival.line for arrival in chain.from_iterable(plain.incidents())]
    reports = [msgspec.json.encode(r) for r in night.records if r.event == "created"]
    assert reports == lines
    summary = night.simulation.truth.summary
    assert summary.lines == len(night.records) == len(lines) + summary.changes


def test_events_of_a_call_come_in_order_and_after_its_report(night):
    assert night.arrivals == sorted(night.arrivals)
    calls = defaultdict(list)
    for record in night.records:
        calls[record.incident_id].append(record)
    for records in calls.values():
        assert [record.rev for record in records] == list(range(len(records)))
        times = [
            moment
            for last in records[-1:]
            for moment in (
                last.reported_at, last.dispatched_at, last.contact_at, last.arrived_at,
                last.closed_at,
            )
            if moment is not None
        ]  # fmt: skip
        assert times == sorted(times)
        assert all(record.text == "" for record in records[1:])


def test_nearly_every_call_is_closed_and_most_get_units(night):
    events = Counter(record.event for record in night.records)
    assert events["closed"] > 0.9 * events["created"]
    assert 0.6 * events["created"] < events["dispatched"] < events["created"]
    information = [r for r in night.records if r.category in {"95", "96", "98"}]
    assert {r.event for r in information} == {"created", "closed"}


def test_grave_calls_get_more_units(night):
    grades = {c.incident: c.level for c in night.simulation.truth.criticals}
    sent = {r.incident_id: len(r.units_assigned) for r in night.records if r.event == "dispatched"}
    found = {(grades.get(call), units) for call, units in sent.items()}
    assert found <= {("I", 4), ("II", 2), ("III", 1), ("IV", 1), (None, 1)}
    assert ("I", 4) in found or ("II", 2) in found


def test_a_unit_is_at_one_call_at_a_time_and_says_so(night):
    tasks = defaultdict(list)
    for record in night.records:
        # Of several units one may come from another call, after the first was dispatched.
        if record.event == "closed" and record.dispatched_at and len(record.units_assigned) == 1:
            for unit in record.units_assigned:
                tasks[unit].append((record.dispatched_at, record.closed_at, record.incident_id))
    for unit in tasks.values():
        unit.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(unit))
    told = 0
    for fix in night.fixes:
        task = [name for begin, end, name in tasks[fix.unit_id] if begin < fix.ts < end]
        if task:
            told += 1
            assert fix.status in {"en_route", "on_scene"}
            assert fix.incident_id == task[0]
    assert told > 500
    assert any(fix.status in FREE for fix in night.fixes)


def test_who_is_taken_off_is_at_no_call(night):
    for shortage in night.simulation.truth.shortages:
        there = {
            fix.status
            for fix in night.fixes
            if fix.unit_id in shortage.units
            # A round of fixes has the status of its beginning.
            and shortage.start + timedelta(seconds=60) <= fix.ts < shortage.end
        }
        assert there <= {"busy_other", "off"}


def test_a_unit_says_off_once_a_shift(night):
    offs = Counter(fix.unit_id for fix in night.fixes if fix.status == "off")
    assert offs
    assert set(offs.values()) == {1}


def test_units_on_scene_stand_at_the_call(night):
    places = {
        record.incident_id: (record.lat, record.lon)
        for record in night.records
        if record.lat is not None and record.coord_sys == "wgs84"
    }
    near = [
        max(abs(fix.lat - places[fix.incident_id][0]), abs(fix.lon - places[fix.incident_id][1]))
        for fix in night.fixes
        if fix.status == "on_scene" and fix.coord_sys == "wgs84" and fix.incident_id in places
    ]
    assert near
    assert max(near) < 1e-5
