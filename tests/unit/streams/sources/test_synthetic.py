"""The simulated streams: the same bytes for a seed, and a truth that agrees with the output."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import numpy as np
import pytest

from streams.adapters import Decoded, Refusal, adapter_for
from streams.errors import ConfigError
from streams.privacy import mask
from streams.records import Incident, UnitPosition
from streams.sources.synthetic import LOCAL, Plan, Simulation
from streams.sources.synthetic.faults import FAULTS

FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
DAY = Plan(seed=11, incidents=6000, duplicates=0.01, bad=0.02, critical_share=0.01)


def incidents_of(plan: Plan) -> tuple[Simulation, list[bytes]]:
    simulation = Simulation(plan)
    lines = [arrival.line for arrival in chain.from_iterable(simulation.incidents())]
    return simulation, lines


def good(lines: list[bytes]) -> list[Incident]:
    items = adapter_for("watchfloor").decode(lines)
    return [item for item in items if isinstance(item, Incident) and item.reported_at < FUTURE]


@pytest.fixture(scope="module")
def day() -> tuple[Simulation, list[bytes]]:
    return incidents_of(DAY)


def test_a_seed_gives_the_same_bytes_and_another_gives_others(day):
    assert incidents_of(DAY)[1] == day[1]
    assert incidents_of(Plan(seed=12, incidents=500))[1] != day[1][:500]


def test_positions_of_a_seed_are_the_same_bytes():
    plan = Plan(seed=3, hours=0.2, stations=4, counties=2)
    first, second = (list(Simulation(plan).positions()) for _ in range(2))
    assert first == second


def test_lines_come_in_order_of_arrival_and_out_of_order_of_report(day):
    records = good(day[1])
    arrivals = [record.ingest_at for record in records if record.ingest_at]
    assert len(arrivals) == len(records)
    assert arrivals == sorted(arrivals)
    pairs = zip(arrivals, records, strict=True)
    delays = np.array([(at - record.reported_at).total_seconds() for at, record in pairs])
    # The shape measured on a real feed: p95 / median 1.7, p99 / median 4.3.
    assert np.median(delays) == pytest.approx(210, rel=0.1)
    assert np.quantile(delays, 0.95) / np.median(delays) == pytest.approx(1.7, rel=0.2)
    assert 2 < np.quantile(delays, 0.99) / np.median(delays) < 8
    reported = [record.reported_at for record in records]
    assert reported != sorted(reported)


def test_counts_of_the_truth_are_those_of_the_file(day):
    simulation, lines = day
    summary = simulation.truth.summary
    repaired, rejected = summary.repaired, summary.rejected
    assert summary.incidents == 6000
    assert len(lines) == summary.lines
    assert summary.lines == 6000 + summary.duplicates + rejected.total() + repaired.total()
    clean = Counter((r.incident_id, r.rev) for r in good(lines))
    assert len(clean) == 6000
    assert clean.total() - len(clean) == summary.duplicates > 20
    assert set(rejected) | set(repaired) == {fault.reason for fault in FAULTS}


def test_each_bad_record_has_exactly_its_own_fault(day):
    simulation, lines = day
    rejected: Counter[str] = Counter()
    repaired: Counter[str] = Counter()
    ahead = 0
    for item in adapter_for("watchfloor").decode(lines):
        if isinstance(item, Refusal):
            rejected[item.reason] += 1
        elif isinstance(item, Decoded):
            (notice,) = item.notices
            repaired[notice.reason] += 1
        elif isinstance(item, Incident) and item.reported_at > FUTURE:
            ahead += 1
    truth = simulation.truth.summary
    assert repaired == truth.repaired
    # A time in the future is judged later, where the arrival is known.
    assert rejected | Counter(future_time=ahead) == truth.rejected


def test_ids_of_the_truth_stand_in_the_file(day):
    simulation, lines = day
    records = {record.incident_id: record for record in good(lines)}
    truth = simulation.truth
    assert len(truth.criticals) == 60
    for critical in truth.criticals:
        assert records[critical.incident].reported_at == critical.at
        assert records[critical.incident].area_id in {critical.area, None}
    assert truth.bursts
    for burst in truth.bursts.values():
        assert len(burst.incidents) == burst.extra
        for incident in burst.incidents:
            assert burst.start <= records[incident].reported_at < burst.end
            assert records[incident].area_id in {burst.area, None}
    assert {decoy.kind for decoy in truth.decoys} >= {"false_friend", "consultation", "drill"}
    assert not {c.incident for c in truth.criticals} & {d.incident for d in truth.decoys}


def test_a_second_call_is_linked_to_the_first(day):
    records = {record.incident_id: record for record in good(day[1])}
    linked = [(record, to) for record in records.values() if (to := record.linked_to)]
    assert len(linked) > 100
    for record, to in linked:
        first = records[to]
        assert timedelta() < record.reported_at - first.reported_at <= timedelta(minutes=30)
        assert record.caller_hash == first.caller_hash


def test_repeats_are_the_share_asked_for(day):
    assert day[0].truth.summary.repeats / 6000 == pytest.approx(0.08, abs=0.015)


def test_no_mask_leaves_a_phone_an_identity_number_or_a_plate(day):
    simulation, lines = day
    people = simulation.truth.personal.values
    texts = [record.text for record in good(lines)]
    for kind in (people.phones, people.id_numbers, people.plates):
        pattern = re.compile("|".join(map(re.escape, kind)))
        holding = [text for text in texts if pattern.search(text)]
        assert len(holding) > 20
        assert not [text for text in holding if pattern.search(mask(text))]
    names = re.compile(r"(?:我叫|报警人)(?:" + "|".join(people.names) + ")")
    holding = [text for text in texts if names.search(text)]
    assert holding
    assert not [text for text in holding if names.search(mask(text))]


def test_the_night_has_its_fights_and_the_morning_its_crashes():
    records = good(incidents_of(Plan(seed=2, incidents=20_000, hours=7 * 24))[1])
    hours: dict[str, Counter[int]] = {"2001": Counter(), "3002": Counter()}
    for record in records:
        if record.category in hours:
            hours[record.category][record.reported_at.astimezone(LOCAL).hour] += 1
    fights, crashes = hours["2001"], hours["3002"]
    assert sum(fights[h] for h in (22, 23, 0)) > 5 * sum(fights[h] for h in (8, 9, 10))
    assert sum(crashes[h] for h in (7, 8, 17, 18)) > 5 * sum(crashes[h] for h in (1, 2, 3, 4))
    shares = Counter(record.category for record in records)
    assert shares["3002"] / len(records) == pytest.approx(0.15, abs=0.03)
    assert shares["6002"] / len(records) == pytest.approx(0.05, abs=0.02)
    channels = Counter(record.source for record in records)
    assert channels["phone_110"] / len(records) == pytest.approx(0.64, abs=0.03)
    assert {r.coord_sys for r in records if r.source == "phone_110"} <= {"wgs84", None}


def test_area_counts_follow_the_city_weights():
    simulation, lines = incidents_of(Plan(seed=5, incidents=20_000, bursts=0, repeats=0))
    counts = Counter(record.area_id for record in good(lines))
    known = sum(count for area, count in counts.items() if area)
    expected = known * simulation.city.weights
    observed = np.array([counts[station] for station in simulation.city.stations])
    assert ((observed - expected) ** 2 / expected).sum() < 80  # 35 degrees of freedom


def test_positions_decode_and_shortages_leave_only_the_desk():
    simulation = Simulation(
        Plan(seed=6, hours=4, stations=4, counties=2, shortages=1, fix_every=300)
    )
    lines = [a.line for a in chain.from_iterable(simulation.positions())]
    fixes = adapter_for("watchfloor").decode(lines)
    assert len(fixes) == simulation.truth.summary.positions > 500
    assert all(isinstance(fix, UnitPosition) for fix in fixes)
    (shortage,) = simulation.truth.shortages
    there = [
        fix
        for fix in fixes
        if isinstance(fix, UnitPosition)
        and fix.home_area == shortage.area
        and shortage.start + timedelta(minutes=10) < fix.ts < shortage.end - timedelta(minutes=10)
    ]
    assert there
    assert {f.unit_id for f in there if f.status == "busy_other"} <= set(shortage.units)
    assert {f.unit_type for f in there if f.status not in {"busy_other", "off"}} == {"station_desk"}


def test_units_move_like_vehicles():
    simulation = Simulation(Plan(seed=6, hours=1, stations=4, counties=2, fix_every=30))
    tracks: dict[str, list[dict[str, Any]]] = {}
    for arrival in chain.from_iterable(simulation.positions()):
        tracks.setdefault(arrival.key, []).append(json.loads(arrival.line))
    for track in tracks.values():
        lat = np.array([fix["lat"] for fix in track])
        lon = np.array([fix["lon"] for fix in track])
        metres = np.hypot(np.diff(lat) * 111_320, np.diff(lon) * 91_000)
        assert (metres / 30 < 30).all()
        assert [fix["ts"] for fix in track] == sorted(fix["ts"] for fix in track)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stations": 2, "counties": 3},
        {"stations": 20_000, "counties": 2},
        {"start": datetime(2026, 1, 1)},  # noqa: DTZ001 - the fault itself
        {"opening": True, "hours": 0.2},
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_a_sentence(wrong):
    with pytest.raises(ConfigError, match=r"stations|offset|half an hour"):
        Plan(**wrong)


def test_an_opening_has_a_burst_and_critical_calls_within_half_an_hour():
    simulation, _ = incidents_of(Plan(seed=7, hours=2, rate=2400, opening=True))
    truth, start = simulation.truth, DAY.start
    assert sum(c.at < start + timedelta(minutes=30) for c in truth.criticals) >= 3
    assert truth.bursts["burst-1"].end <= start + timedelta(minutes=30)


@pytest.mark.parametrize(
    "edge",
    [
        {"incidents": 0},
        {"incidents": 1},
        {"incidents": 2, "hours": 0.01},
        {"incidents": 5, "repeats": 1.0},
        {"incidents": 500, "critical_share": 1.0},
        {"incidents": 300, "bursts": 50},
        {"incidents": 300, "hours": 0.6, "opening": True},
        {"incidents": 50, "stations": 1, "counties": 1, "duplicates": 1.0, "bad": 1.0},
        {"rate": 0.001},
        {"incidents": 300, "start": datetime(2026, 3, 2, 9, 17, 43, tzinfo=UTC), "hours": 2.5},
    ],
)
def test_small_and_odd_plans_still_agree_with_their_truth(edge):
    simulation, lines = incidents_of(Plan(**edge))
    summary = simulation.truth.summary
    assert summary.incidents == edge.get("incidents", 0)
    assert summary.lines == len(lines)
    assert len(
        {record.incident_id for record in good(lines)}
        & {incident for burst in simulation.truth.bursts.values() for incident in burst.incidents}
    ) == sum(burst.extra for burst in simulation.truth.bursts.values())
    begin, end = simulation.plan.start, summary.end
    assert all(
        begin <= record.reported_at < end
        for record in good(lines)
        if not record.incident_id.endswith("B")
    )
