"""The laws for coverage rules: cuts, order, restarts and partitions change no alert about units."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.language.book import RuleBook
from rules.language.loader import load_book
from streams.areas import AreaTree
from streams.intake import Source
from streams.records import Alert
from tests.core_cases import START, World, fix, report, small_city

LATENESS = 2
MINUTES = 20
SOURCES = [Source("file", 0, 1, "mixed")]
SLOW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RULES = """
format: 1
kind: {kind}
rules:
"""
HEAT = """
  - id: hot
    title: {zh: 热, en: Hot}
    window: {size: 10m, every: 1m}
    levels: {III: {fire: {count: 3}, clear: {count: 1}}}
"""
STRAINED = (
    HEAT
    + """
  - id: strained
    title: {zh: 紧, en: Strained}
    window: {size: 10m, every: 1m}
    floor: 2
    for: 1m
    keep_firing: 2m
    strength: {over: 0.6, clear: 0.4}
    levels: {IV: {fire: {count: 8}, clear: {count: 4}}}
"""
)
COVER = """
  - id: cold
    title: {zh: 冰点, en: Cold spot}
    demand: {open: ["20"], forecast: 30m}
    position: {fresh: 3m, unknown_after: 8m}
    suggest: {donors: 2, donor_keeps: 0}
    for: 1m
    keep_firing: 2m
    levels:
      III: {fire: {free_below: 2}, clear: {free_at_least: 2}}
      II: {fire: {gap: 1}, clear: {gap: 0}}
      I: {fire: {free_below: 1, with: hot}, clear: {free_at_least: 1}}
    overrides:
      - when: {area: [B]}
        set: {levels.III.fire.free_below: 1, supply.units: [patrol_car]}
        because: a quiet place
  - id: few
    title: {zh: 少, en: Few}
    every: 3m
    supply: {units: [patrol_car, foot], reach: 8m}
    reserve: {units: 2, level: II}
    blind: {unknown_share: 0.5}
    for: 0m
    keep_firing: 3m
    levels: {IV: {fire: {cold: 1}, clear: {cold: 0}}}
"""
CITY: AreaTree
BOOK: RuleBook
TIGHT: RuleBook
"""The same with heat that asks for load against strength, and so waits for positions."""


@pytest.fixture(scope="module", autouse=True)
def rules(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A book whose rules a short stream exercises."""
    global BOOK, CITY, TIGHT  # noqa: PLW0603 - hypothesis calls the tests often, the book is made once
    CITY = small_city()
    BOOK = cover_book(tmp_path_factory.mktemp("rules"), COVER)
    TIGHT = cover_book(tmp_path_factory.mktemp("tight"), COVER, STRAINED)


def cover_book(folder: Path, cover: str, heat: str = HEAT) -> RuleBook:
    for kind, text in (("heat", heat), ("coverage", cover)):
        (folder / f"{kind}.yaml").write_text(RULES.format(kind=kind) + text, encoding="utf-8")
    return load_book(folder, small_city())


def stream(seed: int) -> list[bytes]:
    """Fixes of a few units and calls that open and close, in order of arrival."""
    chance = random.Random(seed)
    rows: list[tuple[float, bytes]] = []
    for _ in range(chance.randint(1, 60)):
        minute = chance.uniform(0, MINUTES)
        raw = fix(
            chance.randrange(6),
            minute,
            lon=100.005 + 0.01 * chance.choice([0, 0, 1, 2, 3]),
            status=chance.choice(["patrol", "patrol", "on_scene", "off"]),
            unit_type=chance.choice(["patrol_car", "foot"]),
        )
        rows.append((minute + chance.choice([0, 0.1, 1.9]), raw))
    for number in range(chance.randint(1, 30)):
        minute, area = chance.uniform(0, MINUTES), chance.choice("AABCD")
        raw = report(number, minute, area, text=chance.choice(["有人吵架", "门口抢劫"]))
        rows.append((minute + chance.choice([0, 0.5, 1.9, 5]), raw))
        if chance.random() < 0.5:
            closed = minute + chance.uniform(1, 20)
            over: dict[str, Any] = {"rev": 1, "event": chance.choice(["closed", "cancelled"])}
            if chance.random() < 0.8:
                over["closed_at"] = (START + timedelta(minutes=closed)).isoformat()
                sent = minute + chance.uniform(0, 1)
                over["dispatched_at"] = (START + timedelta(minutes=sent)).isoformat()
            rows.append((closed, report(number, minute, area, **over)))
    return [raw for _, raw in sorted(rows, key=lambda row: row[0])]


streams = st.integers(0, 2**32).map(stream)
cuts_ = st.lists(st.integers(0, 200), max_size=12)


def cut(raws: Sequence[bytes], cuts: Sequence[int]) -> list[Sequence[bytes]]:
    edges = [0, *sorted({c % (len(raws) + 1) for c in cuts}), len(raws)]
    return [raws[a:b] for a, b in pairwise(edges) if a < b]


def run(
    raws: Sequence[bytes],
    cuts: Sequence[int] = (),
    *,
    restart: bool = False,
    judge: bool = True,
    partitions: int = 1,
    book: RuleBook | None = None,
) -> World:
    world = World(book or BOOK, areas=CITY, lateness_min=LATENESS, partitions=partitions)
    for chunk in cut(raws, cuts):
        world.feed(chunk, SOURCES[0], judge=judge)
        if restart:
            world.restart()
    world.close(MINUTES + 30, SOURCES)
    return world


def covers(world: World) -> list[bytes]:
    return [raw for raw in world.alerts if b'"kind":"coverage"' in raw]


@SLOW
@given(streams, cuts_)
def test_chunk_boundaries_do_not_matter(raws: list[bytes], cuts: list[int]) -> None:
    whole, parts = run(raws), run(raws, cuts)
    # Heat is ahead of coverage where positions have not passed yet: each keeps its own order.
    assert covers(whole) == covers(parts)
    assert sorted(whole.alerts) == sorted(parts.alerts)
    assert whole.state() == parts.state()


@SLOW
@given(streams, cuts_)
def test_snapshot_and_restore_anywhere_do_not_matter(raws: list[bytes], cuts: list[int]) -> None:
    plain, restarted = run(raws, cuts), run(raws, cuts, restart=True)
    assert plain.alerts == restarted.alerts
    assert plain.state() == restarted.state()


@SLOW
@given(streams, cuts_)
def test_heat_that_asks_for_strength_keeps_the_laws(raws: list[bytes], cuts: list[int]) -> None:
    whole, parts = run(raws, book=TIGHT), run(raws, cuts, book=TIGHT)
    restarted = run(raws, cuts, restart=True, book=TIGHT)
    assert whole.alerts == parts.alerts == restarted.alerts
    assert whole.state() == parts.state() == restarted.state()
    assert whole.alerts == run(raws, cuts, judge=False, book=TIGHT).alerts


def switched(
    raws: Sequence[bytes], cuts: Sequence[int], *, restart: bool = False, judge: bool = True
) -> World:
    """Heat asks for strength from a third of the log on, and no more after two thirds of it."""
    world = World(BOOK, areas=CITY, lateness_min=LATENESS)
    third = len(raws) // 3
    for number, book in enumerate((None, TIGHT, BOOK)):
        part = raws[number * third : (number + 1) * third if number < 2 else len(raws)]
        if book is not None:
            world.switch(book, 4 + number * 5)
        for chunk in cut(part, cuts):
            world.feed(chunk, SOURCES[0], judge=judge)
            if restart:
                world.restart()
    world.close(MINUTES + 30, SOURCES)
    return world


@SLOW
@given(streams, cuts_)
def test_books_that_ask_for_strength_come_and_go(raws: list[bytes], cuts: list[int]) -> None:
    whole = switched(raws, ())
    others = (
        switched(raws, cuts), switched(raws, cuts, restart=True), switched(raws, cuts, judge=False),
    )  # fmt: skip
    for other in others:
        assert sorted(whole.alerts) == sorted(other.alerts)
        assert covers(whole) == covers(other)
    assert whole.state() == others[0].state() == others[1].state()


@SLOW
@given(streams, cuts_)
def test_it_does_not_matter_when_ticks_are_judged(raws: list[bytes], cuts: list[int]) -> None:
    assert covers(run(raws, cuts)) == covers(run(raws, cuts, judge=False))


@SLOW
@given(streams)
def test_the_number_of_partitions_does_not_matter(raws: list[bytes]) -> None:
    assert sorted(covers(run(raws))) == sorted(covers(run(raws, partitions=3)))


@SLOW
@given(streams, st.integers(0, 2**32))
def test_order_inside_the_allowed_lateness_does_not_matter(raws: list[bytes], seed: int) -> None:
    timed = sorted(_distinct(raws), key=_seconds)
    chance = random.Random(seed)
    arrival = [_seconds(raw) + chance.uniform(0, LATENESS * 59) for raw in timed]
    shuffled = [timed[at] for at in sorted(range(len(timed)), key=arrival.__getitem__)]
    queues: dict[str, list[bytes]] = {}
    for raw in timed:
        queues.setdefault(_sender(raw), []).append(raw)
    # Each unit's fixes stay in their order; a fix that comes before its time waits for it.
    assert covers(run(timed)) == covers(run([queues[_sender(raw)].pop(0) for raw in shuffled]))


@SLOW
@given(streams)
def test_levels_follow_from_what_the_alert_shows(raws: list[bytes]) -> None:
    for raw in covers(run(raws)):
        alert = msgspec.json.decode(raw, type=Alert)
        seen = alert.evidence.coverage
        assert seen is not None
        if alert.rule.id == "cold" and alert.status == "firing" and alert.previous_level is None:
            assert seen.free < 2 or alert.level == "II"
            assert alert.level != "I" or "hot:hot" in alert.evidence.reasons
        assert {move.giver.id for move in alert.suggest.moves} == set(alert.suggest.donors)


def _distinct(raws: Sequence[bytes]) -> list[bytes]:
    """First reports of calls, and fixes of units that stay, no two of a unit of one moment."""
    kept = {}
    for raw in raws:
        fields = msgspec.json.decode(raw)
        if "unit_id" in fields:
            fields["lon"] = 100.005 + 0.01 * (int(fields["unit_id"][1:]) % 3)
        if not fields.get("rev"):
            kept[_sender(raw), _seconds(raw)] = msgspec.json.encode(fields)
    return list(kept.values())


def _sender(raw: bytes) -> str:
    """The unit; a call is one of its own."""
    fields = msgspec.json.decode(raw)
    return str(fields.get("unit_id") or fields["incident_id"])


def _seconds(raw: bytes) -> float:
    fields = msgspec.json.decode(raw)
    return datetime.fromisoformat(fields.get("ts") or fields["reported_at"]).timestamp()
