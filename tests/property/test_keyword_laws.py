"""The laws hold for all that keyword rules say: cuts, restarts and redelivery change nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.critical.lexicon import Lexicon
from rules.critical.matcher import CriticalMatcher
from rules.language.book import RuleBook
from rules.language.loader import load_book
from rules.lifecycle import follows
from streams.records import Alert
from tests.core_cases import World, report

MINUTES = 90
RULES = """format: 1
kind: keyword
rules:
  - id: kw-robbery
    title: {zh: 抢劫, en: Robbery}
    lifeline: false
    level: III
    match: {category: [robbery, homicide], any: {zh: [抢劫]}, unless: {zh: [演练]}}
    confirm: {reports: 2, within: 10m}
    withdraw_on: [cancelled, reclassified]
    same_event: {by: [category], within: 8m, radius: 300m}
    repeat_call: {within: 10m}
    overrides:
      - {when: {time: "16:30-17:00", area: B}, set: {level: I, confirm: null}, because: rush}
      - {when: {source: app}, set: {confirm.reports: 3}, because: pranks}
  - id: kw-gas
    title: {zh: 燃气, en: Gas}
    lifeline: false
    match: {any: {zh: [煤气味]}}
    same_event: {by: [area], within: 5m}
  - id: kw-trial
    title: {zh: 试, en: Trial}
    state: shadow
    match: {category: [robbery], any: {zh: [吵架]}}
suppress:
  - {id: hold, do: hold, when: {area: A}, from: "2026-03-02T08:10:00Z",
     to: "2026-03-02T08:40:00Z", by: x, because: x}
  - {id: cap, do: cap, cap: III, when: {area: B, rule: kw-robbery}, from: "2026-03-02T08:20:00Z",
     to: "2026-03-02T09:00:00Z", by: x, because: x}
  - {id: drill, do: exercise, when: {text: 联合}, to: "2026-03-02T08:50:00Z", by: x, because: x}
"""
TEXTS = [
    "怎么还没来",
    "有人吵架",
    "门口抢劫",
    "抢劫演练",
    "煤气味",
    "联合演练，抢劫",
    "抢劫，有煤气味",
    "没有抢劫",
]
PLACES: list[dict[str, object]] = [
    {},
    {"lat": 30.0, "lon": 100.0, "coord_sys": "wgs84"},
    {"lat": 30.002, "lon": 100.0, "coord_sys": "wgs84"},
    {"lat": 30.02, "lon": 100.0, "coord_sys": "wgs84"},
    {"address_hash": "5eed" * 4},
]
CALLERS = [None, "5eed" * 8, "c0de" * 8]
Stream = list[bytes]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "kw.yaml").write_text(RULES, encoding="utf-8")
    return load_book(folder)


@pytest.fixture(scope="module")
def matcher(book: RuleBook) -> CriticalMatcher:
    return CriticalMatcher(Lexicon.load(), books=[book])


def stream(seed: int) -> Stream:
    """Reports of three areas in event order, some of them changed, closed or recalled later."""
    chance = random.Random(seed)
    rows: list[tuple[float, int, dict[str, object]]] = []
    for number in range(chance.randrange(5, 40)):
        minute = chance.uniform(0, MINUTES)
        area = chance.choice("ABC")
        fields: dict[str, object] = chance.choice(PLACES) | {
            "caller_hash": chance.choice(CALLERS),
            "linked_to": chance.choice([None, None, None, f"J{number // 2:05}"]),
            "area": area,
            "text": chance.choice(TEXTS),
            "source": chance.choice(["phone_110", "app"]),
            "category": chance.choice(["2001", "1002"]),
        }
        rows.append((minute, number, fields))
        for rev in range(1, chance.choice([1, 2, 4])):
            minute += chance.uniform(0, 15)
            event = chance.choice(["updated", "updated", "closed", "cancelled"])
            text = chance.choice(TEXTS) if event == "updated" else ""
            code = chance.choice(["2001", "1002", "1001"])
            change = {"area": area, "text": text, "rev": rev, "event": event, "category": code}
            rows.append((minute, number, change))
    rows.sort(key=lambda row: row[0])
    return [report(number, minute, **fields) for minute, number, fields in rows]  # type: ignore[arg-type]


def run(
    book: RuleBook,
    matcher: CriticalMatcher,
    raws: Sequence[bytes],
    cuts: Sequence[int] = (),
    *,
    restart: bool = False,
) -> World:
    world = World(book, matcher=matcher)
    edges = [0, *sorted({cut % (len(raws) + 1) for cut in cuts}), len(raws)]
    for start, end in pairwise(edges):
        world.feed(raws[start:end], judge=end == len(raws) or not restart)
        if restart:
            world.restart()
    world.close(MINUTES + 60)
    return world


fast = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
streams = st.integers(0, 2**32 - 1).map(stream)
cuts_ = st.lists(st.integers(0, 200), max_size=8)


@fast
@given(raws=streams, cuts=cuts_, restart=st.booleans())
def test_cuts_and_restarts_change_nothing(
    book: RuleBook, matcher: CriticalMatcher, raws: Stream, cuts: list[int], *, restart: bool
) -> None:
    whole, parts = run(book, matcher, raws), run(book, matcher, raws, cuts, restart=restart)
    assert sorted(whole.alerts) == sorted(parts.alerts)
    assert whole.state() == parts.state()


@fast
@given(raws=streams, first=st.integers(0, 200))
def test_what_is_sent_again_changes_nothing(
    book: RuleBook, matcher: CriticalMatcher, raws: Stream, first: int
) -> None:
    whole = run(book, matcher, raws)
    before = len(whole.alerts)
    first %= len(raws)
    whole.again(raws[first:], first)
    assert len(whole.alerts) == before


@fast
@given(raws=streams)
def test_revisions_grow_and_what_was_told_is_told_to_its_end(
    book: RuleBook, matcher: CriticalMatcher, raws: Stream
) -> None:
    told: dict[str, Alert] = {}
    for line in run(book, matcher, raws).alerts:
        alert = msgspec.json.decode(line, type=Alert)
        before = told.get(alert.id)
        if before is None:
            assert follows("pending", alert.status), "the first that is told of an alert is no end"
        else:
            assert follows(before.status, alert.status), "no step of the lifecycle is left out"
            assert alert.revision > before.revision
            assert alert.state in {before.state, "live"}, "nobody is left alone with an alert"
        told[alert.id] = alert
