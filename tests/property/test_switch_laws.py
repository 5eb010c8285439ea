"""The laws hold through other rule books too: cuts, order, restarts, redelivery change nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from rules.language.book import RuleBook
from streams.records import Alert
from tests.core_cases import FILE, World, book, report

LATENESS = 2
MINUTES = 240
BOOKS: list[RuleBook] = []

BURST = """
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
      - {when: {time: "17:30-19:00"}, set: {floor: 2, levels.III.fire.count: 3}, because: rush}
"""
NORMAL = """
  - id: normal
    title: {zh: 常态, en: Normal}
    count: {category: ["20"]}
    window: {size: 20m, every: 5m}
    floor: 2
    baseline: {model: rolling-mean, hours: 3, warm_up: 1}
    levels: {III: {fire: {ratio: 2}, clear: {ratio: 1.2}}}
    keep_firing: 10m
"""
QUIET = """
suppress:
  - {id: hold, do: hold, when: {area: B}, to: "2026-03-02T10:30:00Z", by: x, because: x}
  - {id: cap, do: cap, cap: III, when: {area: C}, from: "2026-03-02T09:00:00Z",
     to: "2026-03-02T11:00:00Z", by: x, because: x}
"""
TEXTS = [
    BURST + NORMAL,
    BURST + NORMAL + QUIET,
    BURST.replace("count: 4", "count: 6").replace("keep_firing: 5m", "keep_firing: 2m")
    + NORMAL
    + QUIET,
    BURST.replace("size: 15m", "size: 40m") + NORMAL.replace("hours: 3", "hours: 2"),
    BURST.replace("floor: 3", "floor: 3\n    state: shadow"),
    NORMAL.replace('["20"]', '["20", "30"]').replace("every: 5m", "every: 1m"),
]


@pytest.fixture(scope="module", autouse=True)
def _books(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Books that differ in limits, silences, windows, state, and what there is at all."""
    folder = tmp_path_factory.mktemp("rules")
    for number, text in enumerate(TEXTS):
        made = book(folder / str(number), f"format: 1\nkind: heat\nrules:{text}")
        keyword = [] if number == len(TEXTS) - 1 else made.keyword
        BOOKS.append(
            RuleBook(keyword, made.heat, made.bundle, made.parts, made.tree, made.calendar)
        )


class Switch(Struct, frozen=True):
    """A book announced before a record, to hold from a minute on."""

    place: int
    book: int
    minute: float


class Case(Struct, frozen=True):
    """Reports in arrival order, and what is announced between them."""

    raws: list[bytes]
    switches: list[Switch]


def case(seed: int) -> Case:
    chance = random.Random(seed)
    rows: list[tuple[float, bytes]] = []
    for number in range(chance.randint(1, 120)):
        minute = chance.choice([chance.uniform(0, MINUTES), chance.gauss(150, 5)])
        fields = {"text": chance.choice(["有人吵架", "有人吵架", "门口抢劫"])}
        category = chance.choice(["2001", "2001", "3002"])
        area = chance.choice("ABBBC")
        rows.append((minute, report(number, minute, area, category=category, **fields)))
        if chance.random() < 0.1:
            later = minute + chance.uniform(0, 60)
            event = report(number, later, area, category=category, rev=1, event="closed", **fields)
            rows.append((later, event))
    late = [(m + chance.choice([0, 0.5, 1.5, 1.9]), raw) for m, raw in rows]
    raws = [raw for _, raw in sorted(late, key=lambda row: row[0])]
    switches = [
        Switch(chance.randint(0, len(raws)), chance.randrange(len(TEXTS)), chance.uniform(-9, 245))
        for _ in range(chance.randint(1, 3))
    ]
    return Case(raws, sorted(switches, key=lambda s: s.place))


def run(given_: Case, cuts: Sequence[int] = (), *, restart: bool = False, judge: int = -1) -> World:
    """All of it, cut at some records and wherever something is announced."""
    world = World(BOOKS[0], lateness_min=LATENESS)
    end = len(given_.raws)
    edges = sorted({0, end, *(c % (end + 1) for c in cuts), *(s.place for s in given_.switches)})
    for number, (first, last) in enumerate(pairwise([*edges, end])):
        for switch in given_.switches:
            if switch.place == first:
                world.switch(BOOKS[switch.book], switch.minute)
                if restart:
                    world.restart()
        if first < last:
            world.feed(given_.raws[first:last], judge=bool(judge >> number % 60 & 1))
            if restart:
                world.restart()
    world.close(MINUTES + 60)
    return world


cases = st.integers(0, 2**32).map(case)
cuts_ = st.lists(st.integers(0, 200), max_size=12)
SLOW = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # A seed that fails is as good as a smaller one: it only says which stream it was.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def same(left: World, right: World) -> None:
    assert sorted(left.alerts) == sorted(right.alerts)
    assert left.totals == right.totals
    assert left.state() == right.state()


@SLOW
@given(cases, cuts_)
def test_chunk_boundaries_do_not_matter(case_: Case, cuts: list[int]) -> None:
    same(run(case_), run(case_, cuts))


@SLOW
@given(cases, cuts_)
def test_restarts_do_not_matter_between_announcement_and_switch(
    case_: Case, cuts: list[int]
) -> None:
    same(run(case_, cuts), run(case_, cuts, restart=True))


@SLOW
@given(cases, cuts_, st.integers(0, 2**60))
def test_when_ticks_are_judged_does_not_matter(case_: Case, cuts: list[int], judge: int) -> None:
    same(run(case_), run(case_, cuts, restart=True, judge=judge))


@SLOW
@given(cases, st.data())
def test_records_written_again_after_a_switch_change_nothing(
    case_: Case, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(case_.raws)))
    straight = run(case_)
    # A crash of the intake after everything: it writes what followed its stored progress again.
    world = World(BOOKS[0], lateness_min=LATENESS)
    stored = world.intake.progress(FILE)
    edges = [0, *(s.place for s in case_.switches), len(case_.raws)]
    for number, (first, last) in enumerate(pairwise(edges)):
        if number:
            switch = case_.switches[number - 1]
            world.switch(BOOKS[switch.book], switch.minute)
        if first <= place < last or (first == last == place):
            world.feed(case_.raws[first:place])
            stored = world.intake.progress(FILE)
            world.feed(case_.raws[place:last])
        else:
            world.feed(case_.raws[first:last])
    if place == len(case_.raws):
        stored = world.intake.progress(FILE)
    world.intake.resume(FILE, stored)
    world.again(case_.raws[place:], place)
    world.close(MINUTES + 60)
    assert sorted(world.alerts) == sorted(straight.alerts)
    assert world.totals == straight.totals


@SLOW
@given(cases, st.data())
def test_order_inside_the_lateness_does_not_matter(case_: Case, data: st.DataObject) -> None:
    first_events = [r for r in case_.raws if msgspec.json.decode(r).get("rev", 0) == 0]
    timed = sorted(first_events, key=_reported)
    early = [Switch(0, s.book, s.minute) for s in case_.switches]
    jitter = [data.draw(st.floats(0, LATENESS * 0.98)) for _ in timed]
    order = sorted(range(len(timed)), key=lambda i: _minute(timed[i]) + jitter[i])
    straight = run(Case(timed, early))
    other = run(Case([timed[i] for i in order], early))
    assert straight.totals.late == other.totals.late == 0
    assert sorted(straight.alerts) == sorted(other.alerts)


@SLOW
@given(cases, st.integers(2, 4))
def test_the_number_of_log_partitions_changes_no_alert(case_: Case, partitions: int) -> None:
    early = Case(case_.raws, [Switch(0, s.book, s.minute) for s in case_.switches])
    world = World(BOOKS[0], partitions=partitions, lateness_min=LATENESS)
    for switch in early.switches:
        world.switch(BOOKS[switch.book], switch.minute)
    world.feed(early.raws)
    world.close(MINUTES + 60)
    assert sorted(world.alerts) == sorted(run(early).alerts)


@SLOW
@given(cases, st.integers(0, len(TEXTS) - 1))
def test_an_equal_book_changes_no_alert(case_: Case, number: int) -> None:
    held = BOOKS[number]
    again = RuleBook(held.keyword, held.heat, "sha256:other", held.parts, held.tree, held.calendar)
    plain, switched = World(held, lateness_min=LATENESS), World(held, lateness_min=LATENESS)
    place = case_.switches[0].place
    for world in (plain, switched):
        world.feed(case_.raws[:place])
        if world is switched:
            world.switch(again, case_.switches[0].minute)
        world.feed(case_.raws[place:])
        world.close(MINUTES + 60)
    renamed = [line.replace(b"sha256:other", held.bundle.encode()) for line in switched.alerts]
    assert renamed == plain.alerts


@SLOW
@given(cases)
def test_every_alert_begins_grows_and_ends_before_the_next_of_its_kind(case_: Case) -> None:
    alerts = [msgspec.json.decode(line, type=Alert) for line in run(case_).alerts]
    revisions: dict[str, int] = {}
    open_: dict[tuple[str, str], str] = {}
    for alert in alerts:
        assert alert.revision == revisions.get(alert.id, 0) + 1
        revisions[alert.id] = alert.revision
        if alert.kind != "heat":
            continue
        key = alert.dedup_key, alert.state
        if alert.status == "firing":
            assert open_.setdefault(key, alert.id) == alert.id, "the one before did not end"
        else:
            assert open_.pop(key) == alert.id, "only what was told can end"
    assert not open_


def _minute(raw: bytes) -> float:
    hours, minutes, seconds = _reported(raw)[11:].partition("+")[0].split(":")
    return int(hours) * 60 + int(minutes) + float(seconds) / 60


def _reported(raw: bytes) -> str:
    reported: str = msgspec.json.decode(raw)["reported_at"]
    return reported
