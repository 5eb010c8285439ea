"""Coverage rules through intake and watch: when a station is cold, how long, why, and who helps."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from rules.language.loader import load_book
from streams.intake import Source
from streams.observations import Finding
from streams.records import Alert
from tests.core_cases import START, Robbery, World, fix, report, small_city

FILE = Source("file", 0, 1, "mixed")
HEAD = "format: 1\nkind: {kind}\nrules:\n  - id: {id}\n    title: {{zh: 名, en: Name}}\n"
HOT = HEAD.format(kind="heat", id="hot") + (
    "    window: {size: 5m, every: 1m}\n    levels: {III: {fire: {count: 3}, clear: {count: 1}}}\n"
)
PLAIN = """
    for: {hold}
    keep_firing: 2m
    suggest: {{donors: 1, donor_keeps: 0}}
    {more}
    levels: {{{levels}}}
"""
FREE = "II: {fire: {free_below: 1}, clear: {free_at_least: 1}}"


@pytest.fixture
def played(tmp_path):
    """Alerts of a rule with these levels over a log; fixes of A, B and C come every minute."""

    def play(raws, levels=FREE, *, hold="0m", more="every: 1m", minutes=20, matcher=None):
        text = HEAD.format(kind="coverage", id="cold") + PLAIN.format(
            hold=hold, more=more, levels=levels
        )
        (tmp_path / "cover.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "heat.yaml").write_text(HOT, encoding="utf-8")
        city, book = small_city(), load_book(tmp_path, small_city())
        world = World(book, areas=city, lateness_min=0, matcher=matcher)
        for raw in sorted(raws, key=_time):
            world.feed([raw], FILE)
        world.close(minutes, [FILE])
        alerts = [msgspec.json.decode(raw, type=Alert) for raw in world.alerts]
        return [alert for alert in alerts if alert.kind == "coverage"]

    return play


def _time(raw):
    fields = msgspec.json.decode(raw)
    return fields.get("ts") or fields.get("closed_at") or fields["reported_at"]


def patrol(unit, lon, *, upto=20, off=None, back=None):
    """A car that reports every minute; off duty from one minute until another."""
    rows = []
    for minute in range(upto):
        away = off is not None and off <= minute < (back or upto)
        rows.append(fix(unit, minute, lon=lon, status="off" if away else "patrol"))
    return rows


A, B = 100.005, 100.015
BEAT = [report(900 + minute, minute, "E", category="95") for minute in range(20)]


def told(alerts):
    """(minute, status, level, area)."""
    return [
        (round((a.times.updated - START) / timedelta(minutes=1)), a.status, a.level, a.area.id)
        for a in alerts
        if a.area.id in {"A", "B"}
    ]


def test_a_station_without_a_free_unit_is_told_of_after_for_and_ends_after_keep_firing(played):
    raws = [*patrol(1, A, off=5, back=12), *patrol(2, B), *BEAT]
    alerts = played(raws, hold="2m")
    assert told(alerts) == [(8, "firing", "II", "A"), (14, "resolved", "II", "A")]
    first, last = (alert for alert in alerts if alert.area.id == "A")
    assert first.id == last.id
    assert (first.revision, last.revision) == (1, 2)
    assert first.evidence.threshold.count == 1.0
    assert "cover.yaml:" in first.evidence.threshold.from_
    assert first.evidence.coverage.free == 0
    assert last.close_reason == "cleared"
    assert "0 unit(s) free" in first.message.en
    assert "空闲警力0" in first.message.zh


def test_a_move_from_next_door_is_suggested_with_the_gaps_before_and_after(played):
    calls = [report(n, n / 2, "A") for n in range(12)]
    raws = [*patrol(1, A, off=5), *patrol(2, B), *patrol(3, B), *calls, *BEAT]
    first = next(a for a in played(raws) if a.area.id == "A")
    move = first.suggest.moves[0]
    assert first.suggest.donors == ["B"]
    assert move.unit in {"U2", "U3"}
    assert move.giver.id == "B"
    assert move.taker_gap[1] < move.taker_gap[0]
    assert {"no_units", "gap"} <= set(first.evidence.reasons)
    assert move.unit in first.message.en


def test_more_calls_make_a_gap_and_a_cold_station_with_the_same_units(played):
    levels = "III: {fire: {gap: 1}, clear: {gap: 0}}, I: {fire: {cold: 3}, clear: {cold: 2}}"
    calls = [report(n, 5 + n / 10, "A") for n in range(30)]
    quiet = played([*patrol(1, A), *patrol(2, B), *BEAT], levels)
    busy = played([*patrol(1, A), *patrol(2, B), *calls, *BEAT], levels)
    assert [t for t in told(quiet) if t[3] == "A"] == []
    minute, *first = told(busy)[0]
    assert 5 < minute <= 10
    assert first[2] == "A"
    assert "saturated" in next(a for a in busy if a.level == "I").evidence.reasons


def test_closed_calls_ask_for_no_units(played):
    calls, over = [], []
    for n in range(8):
        calls.append(report(n, 1 + n / 10, "A"))
        at = (START + timedelta(minutes=3 + n / 10)).isoformat()
        over.append(report(n, 1 + n / 10, "A", rev=1, event="closed", closed_at=at))
    base = [*patrol(1, A, off=10), *patrol(2, B), *calls, *BEAT]
    one, all_ = (
        next(a for a in played([*base, *closings]) if a.area.id == "A")
        for closings in (over[:1], over)
    )
    assert (one.incidents.count, all_.incidents.count) == (7, 0)
    assert all_.evidence.coverage.load < one.evidence.coverage.load


def test_who_calls_again_about_the_same_needs_no_second_unit(played):
    levels = "III: {fire: {gap: 1}, clear: {gap: 0}}"
    cars = [row for n, lon in ((1, A), (2, A), (3, A), (4, B), (5, B)) for row in patrol(n, lon)]
    base = [*cars, report(0, 1, "A"), *BEAT]
    again = [report(n, 1 + n / 10, "A", linked_to="J00000") for n in range(1, 20)]
    others = [report(n, 1 + n / 10, "A") for n in range(1, 20)]
    assert told(played([*base, *again], levels)) == []
    assert told(played([*base, *others], levels)) != []


def test_times_on_task_are_learned_from_calls_that_tell_when_units_were_sent(played):
    """Sixty calls that took five minutes each: what comes after them asks for fewer units."""

    def load(**told):
        calls = []
        for n in range(60):
            calls.append(report(n, 1 + n / 10, "A"))
            at = (START + timedelta(minutes=6 + n / 10)).isoformat()
            calls.append(report(n, 1 + n / 10, "A", rev=1, event="closed", closed_at=at, **told))
        raws = [*patrol(1, A, off=15), *patrol(2, B), *calls, *BEAT]
        return next(a for a in played(raws) if a.area.id == "A").evidence.coverage.load

    sent = (START + timedelta(minutes=3)).isoformat()
    assert load(dispatched_at=sent) < 0.8 * load()
    assert load(dispatched_at=(START + timedelta(hours=2)).isoformat()) == load()


class _Questions(Robbery):
    """A matcher that takes a text with 怎么办 for a question."""

    def match_chunk(self, texts):
        asks = Finding("none", "none", "IV", outcome="consultation", confidence=0.9)
        return [asks if "怎么办" in text else None for text in texts]


def test_what_a_text_turns_out_to_ask_binds_no_unit_whatever_its_category(played):
    levels = "III: {fire: {gap: 1}, clear: {gap: 0}}"
    units = [*patrol(1, A), *patrol(2, B), *BEAT]
    fights, questions = (
        [report(n, 5 + n / 10, "A", text=text) for n in range(30)] for text in ("吵架", "怎么办")
    )
    assert told(played([*units, *fights], levels, matcher=_Questions()))
    assert not told(played([*units, *questions], levels, matcher=_Questions()))


def test_a_cold_spot_on_a_hot_area_is_graver(played):
    levels = FREE + ", I: {fire: {free_below: 1, with: hot}, clear: {free_at_least: 1}}"
    calls = [report(n, 8 + n / 4, "A") for n in range(4)]
    alerts = played([*patrol(1, A, off=5), *patrol(2, B), *calls, *BEAT], levels)
    assert [(s, level) for _, s, level, area in told(alerts) if area == "A"][:2] == [
        ("firing", "II"),
        ("firing", "I"),
    ]
    assert "hot:hot" in next(a for a in alerts if a.level == "I").evidence.reasons


def test_free_units_next_door_count_half_where_the_rule_has_a_reach(played):
    raws = [*patrol(1, A, off=5), *patrol(2, B), *patrol(3, B), *BEAT]
    levels = "II: {fire: {free_below: 0.5}, clear: {free_at_least: 0.5}}"
    alone = played(raws, levels)
    assert told(alone)[0] == (6, "firing", "II", "A")
    assert alone[0].evidence.coverage.near is None
    assert told(played(raws, levels, more="supply: {reach: 10m}")) == []
    three = levels.replace("0.5", "3")
    near = next(a for a in played(raws, three, more="supply: {reach: 10m}") if a.area.id == "A")
    assert (near.evidence.observed, near.evidence.coverage.near) == (2.0, 1.0)
    assert near.evidence.coverage.free == 1


def test_a_county_without_its_reserve_is_told_of_once_and_ends(played):
    raws = [*patrol(1, A, off=5, back=12), *patrol(2, B), *patrol(3, B), *BEAT]
    levels = "IV: {fire: {cold: 3}, clear: {cold: 2}}"
    alerts = played(raws, levels, hold="1m", more="reserve: {units: 2}")
    assert [(a.dedup_key, a.area.id, a.status, a.level) for a in alerts] == [
        ("cold/reserve/990101", "990101", "firing", "III"),
        ("cold/reserve/990101", "990101", "resolved", "III"),
    ]
    first, last = alerts
    assert (first.revision, last.revision) == (1, 2)
    assert first.evidence.reasons == ["reserve"]
    assert (first.evidence.observed, first.evidence.threshold.count) == (2.0, 2.0)
    assert "cover.yaml:" in first.evidence.threshold.from_
    assert "(reserve 2)" in first.message.en
    assert "机动力量预留2" in first.message.zh
    assert played(raws, levels, hold="1m", more="reserve: {units: 1}") == []


def test_at_shift_change_nobody_counts_twice_and_nobody_is_missed(played):
    """The old car reports on after its shift; the new one comes on five minutes before its end."""
    end = (START + timedelta(minutes=10)).isoformat()
    old = [fix(1, minute, lon=A, status="patrol", shift_end=end) for minute in range(20)]
    new = [fix(9, minute, lon=A, status="patrol") for minute in range(5, 20)]
    relieved = played([*old, *new, *patrol(2, B), *BEAT])
    assert [t for t in told(relieved) if t[3] == "A"] == []
    alone = told(played([*old, *patrol(2, B), *BEAT]))
    assert [t for t in alone if t[3] == "A"] == [(10, "firing", "II", "A")]


def test_lost_radios_are_not_missing_officers(played):
    lost = [*patrol(1, A, upto=2), *patrol(2, B), *BEAT]
    quick = "position: {fresh: 2m, unknown_after: 4m}"
    assert [t[1:] for t in told(played(lost, more=quick)) if t[3] == "A"] == [("firing", "II", "A")]
    blind = quick + "\n    blind: {unknown_share: 0.5}"
    assert [t for t in told(played(lost, more=blind)) if t[3] == "A"] == []
    raised = quick + "\n    blind: {unknown_share: 0.5, do: raise_blind}"
    found = [a for a in played(lost, more=raised) if a.area.id == "A"]
    assert ["blind" in a.evidence.reasons for a in found] == [True]


def test_without_any_unit_nothing_is_judged(played):
    assert played([report(n, n / 2, "A") for n in range(30)]) == []
