"""Storms and merged neighbours on the whole core: who is told, as whom, and when it is over."""

from __future__ import annotations

from pathlib import Path

import msgspec

from streams.records import Alert
from tests.core_cases import World, book, report, small_city

RULES = """format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 10m, every: 1m}
    floor: 2
    levels:
      III: {fire: {count: 3}, clear: {count: 2}}
      I: {fire: {count: 6}, clear: {count: 4}}
    keep_firing: 1m
"""
STORM = RULES + "    storm: {share: 0.5, least: 3}\n"
MERGE = RULES + "    merge: neighbours\n"
CITY = small_city()


def calls(**minutes: list[float]) -> list[bytes]:
    """Three reports in an area at each of its minutes."""
    rows = sorted((m, area) for area, times in minutes.items() for m in times for _ in range(3))
    return [report(number, minute, area) for number, (minute, area) in enumerate(rows)]


def run(tmp_path: Path, rules: str, raws: list[bytes], *, restart: bool = False) -> list[Alert]:
    world = World(book(tmp_path, rules, CITY), areas=CITY)
    for raw in raws:
        world.feed([raw])
        if restart:
            world.restart()
    world.close(120)
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


def told(alerts: list[Alert]) -> list[tuple[int, str, str, str, str]]:
    """(minute, area, status, level, members) of what calls somebody, as a timeline."""
    return [
        (
            a.times.updated.minute + 60 * (a.times.updated.hour - 8),
            a.area.id,
            a.status,
            a.level,
            "".join(named.id for named in a.areas),
        )
        for a in alerts
        if not a.inhibited_by
    ]


def test_a_storm_is_one_alert_and_what_it_held_is_told_after_it(tmp_path: Path) -> None:
    # E alone first; then A, B and C at once; A goes on when the others are over.
    raws = calls(E=[1], A=[5, 11], B=[5], C=[5])
    alerts = run(tmp_path, STORM, raws)
    assert told(alerts) == [
        (2, "E", "firing", "III", ""),
        (6, "990101", "firing", "III", "ABCE"),
        (12, "990101", "firing", "I", "ABC"),
        (12, "A", "firing", "I", ""),  # level I is told whatever the weather
        (12, "E", "resolved", "III", ""),
        (16, "990101", "resolved", "I", "A"),
        (16, "A", "firing", "III", ""),
        (22, "A", "resolved", "III", ""),
    ]
    assert alerts == run(tmp_path, STORM, raws, restart=True)


def test_what_a_storm_held_is_told_once_it_is_over(tmp_path: Path) -> None:
    raws = calls(A=[5, 13], B=[5], C=[5])
    assert told(run(tmp_path, STORM, raws)) == [
        (6, "990101", "firing", "III", "ABC"),
        (14, "990101", "firing", "I", "ABC"),
        (14, "A", "firing", "I", ""),
        (16, "990101", "resolved", "I", "A"),
        (16, "A", "firing", "III", ""),
        (24, "A", "resolved", "III", ""),
    ]
    slowly = calls(A=[5, 12.5], B=[5], C=[5, 12.5])
    later = run(
        tmp_path,
        STORM.replace("count: 6}, clear: {count: 4}", "count: 9}, clear: {count: 4}"),
        slowly,
    )
    assert told(later)[:2] == [
        (6, "990101", "firing", "III", "ABC"),
        (23, "990101", "resolved", "III", ""),
    ]


def test_areas_under_a_storm_are_told_as_inhibited_by_it_until_it_is_over(tmp_path: Path) -> None:
    alerts = run(tmp_path, STORM, calls(A=[5, 11], B=[5], C=[5]), restart=True)
    storm = next(a for a in alerts if a.areas)
    mine = [
        (a.times.updated.minute, a.status, a.level, a.previous_level, a.inhibited_by == [storm.id])
        for a in alerts
        if a.area.id == "A"
    ]
    assert mine == [
        (6, "firing", "III", None, True),
        (12, "firing", "I", None, False),  # level I is told whatever the weather
        (16, "firing", "III", "I", False),
        (22, "resolved", "III", "III", False),
    ]
    others = [(a.area.id, a.status, bool(a.inhibited_by)) for a in alerts if a.area.id in "BC"]
    assert others == [
        ("B", "firing", True),
        ("C", "firing", True),
        ("B", "resolved", True),
        ("C", "resolved", True),
    ], "who was called by nobody need not be told that it is over"
    for id_ in {a.id for a in alerts}:
        revisions = [a.revision for a in alerts if a.id == id_]
        assert revisions == list(range(1, len(revisions) + 1))


def test_what_is_still_up_when_the_storm_is_over_is_told_anew(tmp_path: Path) -> None:
    rules = STORM.replace("count: 6}, clear: {count: 4}", "count: 20}, clear: {count: 4}")
    alerts = run(tmp_path, rules, calls(A=[5, 9, 13], B=[5], C=[5]))
    mine = [(a.status, a.level, a.previous_level, bool(a.inhibited_by)) for a in alerts]
    mine = [row for a, row in zip(alerts, mine, strict=True) if a.area.id == "A"]
    assert mine[0] == ("firing", "III", None, True)
    assert mine[1] == ("firing", "III", None, False), "as one that nobody was told of"


def test_a_storm_lists_its_areas_and_sums_what_was_seen(tmp_path: Path) -> None:
    storm = run(tmp_path, STORM, calls(A=[5], B=[5], C=[5], D=[5]))
    mine = next(a for a in storm if a.areas)
    assert (mine.evidence.observed, mine.incidents.count, len(mine.incidents.ids)) == (9, 9, 9)
    assert mine.evidence.reasons == ["storm"]
    assert mine.evidence.threshold is None
    assert mine.dedup_key == "burst/storm/990101"
    assert mine.message.en == ("Burst (level III) in 990101 (areas: 3, A, B, C): 9 in 10 min")
    # D lies in another command, which has no storm.
    called = [a for a in storm if a.status == "firing" and not a.inhibited_by]
    assert [a.area.id for a in called] == ["990101", "D"]


def test_a_silenced_storm_holds_nothing_back(tmp_path: Path) -> None:
    silence = (
        "suppress:\n  - {id: quiet, when: {area: ['990101']}, do: cap, cap: IV, by: desk,"
        " because: planned, review: 2030-01-01}\n"
    )
    alerts = run(tmp_path, STORM + silence, calls(A=[5], B=[5], C=[5]))
    assert {(a.level, *a.suppressed_by) for a in alerts} == {("IV", "quiet")}
    held = run(
        tmp_path,
        STORM + silence.replace("do: cap, cap: IV", "do: hold"),
        calls(A=[5], B=[5], C=[5]),
    )
    assert held == []


def test_neighbours_join_an_open_alert_and_the_last_one_ends_it(tmp_path: Path) -> None:
    raws = calls(A=[1], B=[5, 14], C=[8], E=[6])
    alerts = run(tmp_path, MERGE, raws)
    assert told(alerts) == [
        (2, "A", "firing", "III", ""),
        (6, "A", "firing", "III", "AB"),
        (7, "E", "firing", "III", ""),  # beside nobody
        (9, "A", "firing", "III", "ABC"),
        (15, "A", "firing", "I", "BC"),
        (16, "A", "firing", "III", "BC"),
        (17, "E", "resolved", "III", ""),
        (25, "A", "resolved", "III", ""),
    ]
    assert alerts == run(tmp_path, MERGE, raws, restart=True)
    mine = [a for a in alerts if a.area.id == "A"]
    assert len({a.id for a in mine}) == 1
    assert [a.revision for a in mine] == [1, 2, 3, 4, 5, 6]
    assert mine[1].evidence.reasons == ["neighbours"]
    assert mine[1].evidence.observed == 6


def test_an_area_between_two_alerts_joins_the_older_one(tmp_path: Path) -> None:
    alerts = run(tmp_path, MERGE, calls(C=[1], A=[3], B=[5]))
    assert told(alerts)[:3] == [
        (2, "C", "firing", "III", ""),
        (4, "A", "firing", "III", ""),
        (6, "C", "firing", "III", "BC"),
    ]


def test_a_silenced_area_neither_hosts_nor_hides_others(tmp_path: Path) -> None:
    silence = (
        "suppress:\n  - {id: quiet, when: {area: [A]}, do: hold, by: desk,"
        " because: planned, review: 2030-01-01}\n"
    )
    alerts = run(tmp_path, MERGE + silence, calls(A=[1], B=[2], C=[3]))
    assert told(alerts)[:2] == [(3, "B", "firing", "III", ""), (4, "B", "firing", "III", "BC")]


def test_a_neighbourhood_that_fires_in_several_centres_is_one_alert(tmp_path: Path) -> None:
    rules = MERGE.replace("window:", "by: neighbourhood\n    window:")
    raws = [report(70, 0, "A"), report(71, 0, "C"), report(72, 0, "E")]
    alerts = run(tmp_path, rules, [*raws, *calls(B=[1])])
    assert told(alerts) == [
        (2, "B", "firing", "III", "ABC"),
        (12, "B", "resolved", "III", ""),
    ]
    assert alerts[0].evidence.observed == 5


def test_a_rule_that_stops_merging_ends_nothing(tmp_path: Path) -> None:
    world = World(book(tmp_path / "one", MERGE, CITY), areas=CITY)
    world.feed(calls(A=[1], B=[2]))
    world.switch(book(tmp_path / "two", RULES, CITY), 6)
    world.restart()
    world.feed([report(90 + n, 8, "C") for n in range(3)])
    world.close(60)
    alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
    assert told(alerts) == [
        (2, "A", "firing", "III", ""),
        (3, "A", "firing", "III", "AB"),
        (9, "C", "firing", "III", ""),
        (13, "A", "resolved", "III", ""),
        (19, "C", "resolved", "III", ""),
    ]


def test_a_rule_that_leaves_ends_its_joint_alerts(tmp_path: Path) -> None:
    for rules in (STORM, MERGE):
        world = World(book(tmp_path / "one", rules, CITY), areas=CITY)
        world.feed(calls(A=[1], B=[1], C=[1]))
        other = rules.replace("id: burst", "id: other").replace("count: 3", "count: 30")
        other = other.replace("count: 6}", "count: 60}")
        world.switch(book(tmp_path / "two", other, CITY), 6)
        world.close(60)
        alerts = [msgspec.json.decode(line, type=Alert) for line in world.alerts]
        assert [(a.status, a.close_reason) for a in alerts if not a.inhibited_by] == [
            ("firing", None),
            ("resolved", "rule_removed"),
        ]
