"""The laws of the design on the pure core: cuts, order, restarts and redelivery change nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.engine import Counts
from rules.language.book import RuleBook
from streams.records import Alert
from tests.core_cases import FILE, World, book, report

LATENESS = 2
BOOK: RuleBook
MINUTES = 240

HEAT = """
format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 15m, every: 1m}
    floor: 3
    levels:
      III: {fire: {count: 4}, clear: {count: 2}}
      II: {fire: {count: 9}, clear: {count: 5}}
    for: 2m
    keep_firing: 5m
    overrides:
      - {when: {area: [C]}, set: {levels.III.fire.count: 3, floor: 2}, because: a quiet place}
  - id: normal
    title: {zh: 常态, en: Normal}
    count: {category: ["20"]}
    window: {size: 20m, every: 5m}
    floor: 2
    baseline: {model: rolling-mean, hours: 3, warm_up: 1}
    levels: {III: {fire: {ratio: 2}, clear: {ratio: 1.2}}}
    keep_firing: 10m
    lateness: {then: revise}
  - id: seasonal
    title: {zh: 时令, en: Seasonal}
    window: {size: 60m, every: 5m}
    baseline: {model: e-detector, warm_up_days: 1}
    levels: {III: {fire: {score: 2}, clear: {score: 1}}}
    lateness: {then: revise}
  - id: linked
    title: {zh: 合并, en: Linked}
    count: {link: {within: 3m}}
    window: {size: 15m, every: 1m}
    levels: {III: {fire: {count: 4}, clear: {count: 2}}}
    keep_firing: 5m
    no_data: {source_silent: 12m}
    lateness: {then: revise}
  - id: repeats
    title: {zh: 重复, en: Repeats}
    count: {link: {within: 3m}, of: repeats}
    window: {size: 10m, every: 1m}
    levels: {III: {fire: {count: 3}, clear: {count: 1}}}
  - id: grouped
    title: {zh: 同类, en: Grouped}
    count: {link: {within: 20m, group: true, type: 2m}, drop: [information]}
    window: {size: 30m, every: 5m}
    levels: {III: {fire: {count: 4}, clear: {count: 2}}}
    lateness: {then: revise}
"""


PLACES: list[dict[str, Any]] = [
    {},
    {"lat": 26.6, "lon": 106.6, "coord_sys": "wgs84"},
    {"lat": 26.61, "lon": 106.6, "coord_sys": "wgs84"},
    {"address_hash": "5eed" * 4},
    {"address_hash": "5eed" * 4, "linked_to": "J1"},
]


@pytest.fixture(scope="module", autouse=True)
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    """Rules that a short stream exercises: both models, two rungs, an override, waiting."""
    global BOOK  # noqa: PLW0603 - hypothesis calls the tests often, the book is made once
    BOOK = book(tmp_path_factory.mktemp("rules"), HEAT)
    return BOOK


def stream(seed: int) -> list[bytes]:
    """Reports of three areas in arrival order: bursts, repeats, late, broken and critical ones."""
    chance = random.Random(seed)
    rows: list[tuple[float, bytes]] = []
    for number in range(chance.randint(1, 150)):
        minute = chance.choice([chance.uniform(0, MINUTES), chance.gauss(200, 4)])
        raw = report(
            chance.choice([number, number, number, max(0, number - 1)]),
            minute,
            chance.choice("ABBBC"),
            text=chance.choice(["有人吵架", "有人吵架", "门口抢劫"]),
            category=chance.choice(["2001", "2001", "3002", "95"]),
            **chance.choice(PLACES),
        )
        arrival = minute + chance.choice([0, 0.5, 1.5, 1.9, 5, 40])
        rows.append((arrival, chance.choice([raw, raw, raw, raw[:-9]])))
    return [raw for _, raw in sorted(rows, key=lambda row: row[0])]


streams = st.integers(0, 2**32).map(stream)
cuts_ = st.lists(st.integers(0, 200), max_size=12)


def cut(raws: Sequence[bytes], cuts: Sequence[int]) -> list[Sequence[bytes]]:
    edges = [0, *sorted({c % (len(raws) + 1) for c in cuts}), len(raws)]
    return [raws[a:b] for a, b in pairwise(edges) if a < b]


def run(raws: Sequence[bytes], cuts: Sequence[int] = (), *, restart: bool = False) -> World:
    world = World(BOOK, lateness_min=LATENESS)
    for chunk in cut(raws, cuts):
        world.feed(chunk)
        if restart:
            world.restart()
    world.close(MINUTES + 60)
    return world


def same(left: World, right: World) -> None:
    assert sorted(left.alerts) == sorted(right.alerts)
    assert left.totals == right.totals
    assert left.state() == right.state()


SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(streams, cuts_)
def test_chunk_boundaries_do_not_matter(raws: list[bytes], cuts: list[int]) -> None:
    same(run(raws), run(raws, cuts))


@SLOW
@given(streams, cuts_)
def test_snapshot_and_restore_anywhere_do_not_matter(raws: list[bytes], cuts: list[int]) -> None:
    same(run(raws, cuts), run(raws, cuts, restart=True))


@SLOW
@given(streams, cuts_, st.integers(0, 2**12))
def test_when_ticks_are_judged_does_not_matter(
    raws: list[bytes], cuts: list[int], when: int
) -> None:
    world = World(BOOK, lateness_min=LATENESS)
    for number, chunk in enumerate(cut(raws, cuts)):
        world.feed(chunk, judge=bool(when >> number & 1))
        world.restart()
    world.close(MINUTES + 60)
    same(run(raws), world)


@SLOW
@given(streams, st.data())
def test_order_inside_the_lateness_does_not_matter(raws: list[bytes], data: st.DataObject) -> None:
    # Only whole records of different incidents, none of them late: then order is all that differs.
    unique = {msgspec.json.decode(raw)["incident_id"]: raw for raw in raws if raw.endswith(b"}")}
    timed = sorted(unique.values(), key=lambda raw: msgspec.json.decode(raw)["reported_at"])
    jitter = [data.draw(st.floats(0, LATENESS * 59)) for _ in timed]

    def arrival(index: int) -> float:
        return _seconds(timed[index]) + jitter[index]

    shuffled = [timed[i] for i in sorted(range(len(timed)), key=arrival)]
    straight, other = run(timed), run(shuffled)
    assert straight.totals.late == other.totals.late == 0
    assert sorted(straight.alerts) == sorted(other.alerts)
    assert straight.totals == other.totals


@SLOW
@given(streams, st.data())
def test_replaying_any_suffix_changes_no_alert(raws: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(raws)))
    cuts = data.draw(st.lists(st.integers(0, 200), max_size=6))
    world = World(BOOK, lateness_min=LATENESS)
    world.feed(raws[:first])
    stored = world.intake.progress(FILE)
    world.feed(raws[first:])
    # A crash: intake goes on from its stored progress and writes the rest again, cut differently.
    world.intake.resume(FILE, stored)
    offset = first
    for chunk in cut(raws[first:], cuts):
        world.again(chunk, offset)
        offset += len(chunk)
    world.close(MINUTES + 60)
    whole = run(raws)
    assert sorted(world.alerts) == sorted(whole.alerts)
    assert world.totals == whole.totals
    assert world.state() == whole.state()


@SLOW
@given(streams, st.integers(1, 5))
def test_every_record_is_accounted_for(raws: list[bytes], partitions: int) -> None:
    world = World(BOOK, partitions=partitions, lateness_min=LATENESS)
    world.feed(raws)
    world.close(MINUTES + 60)
    totals = world.totals
    assert world.read == len(raws)
    assert totals.accepted + totals.duplicate + totals.late + totals.rejected == len(raws)
    assert totals.rejected == sum(not raw.endswith(b"}") for raw in raws)


@SLOW
@given(streams, st.integers(2, 5))
def test_the_number_of_log_partitions_changes_no_alert(raws: list[bytes], partitions: int) -> None:
    world = World(BOOK, partitions=partitions, lateness_min=LATENESS)
    world.feed(raws)
    world.close(MINUTES + 60)
    assert sorted(world.alerts) == sorted(run(raws).alerts)


@SLOW
@given(streams)
def test_ids_and_revisions_are_unique_and_grow(raws: list[bytes]) -> None:
    alerts = [msgspec.json.decode(line, type=Alert) for line in run(raws).alerts]
    seen: dict[str, int] = {}
    for alert in alerts:
        assert alert.revision == seen.get(alert.id, 0) + 1
        seen[alert.id] = alert.revision


def test_memory_goes_with_areas_not_with_events() -> None:
    def size(events: int) -> int:
        world = World(BOOK, lateness_min=LATENESS)
        for first in range(0, events, 1000):
            world.feed(
                [report(n, n * 240 / events, "ABCDE"[n % 5]) for n in range(first, first + 1000)]
            )
        world.watches[0]._seen.restore({"next": 0, "ids": [], "revisions": {}})
        return len(world.state()[0])

    assert size(40_000) < 1.5 * size(10_000)
    assert World(BOOK).totals == Counts()


def _seconds(raw: bytes) -> float:
    return datetime.fromisoformat(msgspec.json.decode(raw)["reported_at"]).timestamp()
