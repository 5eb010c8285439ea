"""Heat alerts: the ladder, hysteresis, waiting, and a record that explains itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.records import Alert
from tests.core_cases import World, book, report

FIXED = """format: 1
kind: heat
rules:
  - id: burst
    title: {zh: 激增, en: Burst}
    window: {size: 10m, every: 1m}
    floor: 2
    levels:
      III: {fire: {count: 3}, clear: {count: 2}}
      I: {fire: {count: 6}, clear: {count: 4}}
    keep_firing: 3m
"""


def run(tmp_path: Path, rules: str, raws: list[bytes], until: float = 120) -> list[Alert]:
    """All alerts of a stream, in order."""
    world = World(book(tmp_path, rules))
    world.feed(raws)
    world.close(until)
    return [msgspec.json.decode(line, type=Alert) for line in world.alerts]


def steps(alerts: list[Alert]) -> list[tuple[int, str, str]]:
    """(minute of the tick's end, status, level), as a timeline."""
    return [
        (a.times.updated.hour * 60 + a.times.updated.minute - 480, a.status, a.level)
        for a in alerts
    ]


def at(*minutes: float, area: str = "A", first: int = 0) -> list[bytes]:
    return [report(first + i, minute, area) for i, minute in enumerate(minutes)]


def test_one_alert_moves_up_and_down_its_ladder(tmp_path: Path) -> None:
    alerts = run(tmp_path, FIXED, at(1, 2, 3, 4, 5, 6, 9, 9.5))
    assert steps(alerts) == [
        (4, "firing", "III"),
        (7, "firing", "I"),
        # Below 4 in the windows that end at 16, 17 and 18: then one rung down.
        (18, "firing", "III"),
        # Below 2 from the window that ends at 20 on.
        (22, "resolved", "III"),
    ]
    assert len({a.id for a in alerts}) == 1
    assert [a.revision for a in alerts] == [1, 2, 3, 4]
    assert [a.previous_level for a in alerts] == [None, "III", "I", "III"]


def test_a_dip_shorter_than_keep_firing_is_not_told(tmp_path: Path) -> None:
    alerts = run(tmp_path, FIXED, at(1, 1, 1, 13, 13, 13, 13))
    # Cleared in the windows that end at 12 and 13 only; for good from the one that ends at 24 on.
    assert steps(alerts) == [(2, "firing", "III"), (26, "resolved", "III")]
    assert alerts[1].times.fired == alerts[0].times.fired


def test_below_the_floor_nothing_fires(tmp_path: Path) -> None:
    rules = FIXED.replace("floor: 2", "floor: 4")
    assert run(tmp_path, rules, at(1, 2, 3)) == []
    assert len(run(tmp_path, rules, at(1, 2, 3, 3.5))) == 2


def test_for_asks_the_condition_to_hold(tmp_path: Path) -> None:
    rules = FIXED + "    for: 5m\n"
    held = run(tmp_path, rules, at(1, 1, 1))
    assert steps(held)[0] == (7, "firing", "III")
    assert held[0].times.breached.minute == 2
    assert run(tmp_path, rules.replace("10m, every", "4m, every"), at(1, 1, 1)) == []


def test_a_second_episode_is_another_alert(tmp_path: Path) -> None:
    alerts = run(tmp_path, FIXED, at(1, 1, 1, 60, 60, 60))
    assert [a.status for a in alerts] == ["firing", "resolved"] * 2
    assert len({a.id for a in alerts}) == 2
    assert {a.dedup_key for a in alerts} == {"burst/A"}


def test_every_judges_only_then(tmp_path: Path) -> None:
    alerts = run(tmp_path, FIXED.replace("every: 1m", "every: 5m"), at(1, 1, 1))
    assert steps(alerts)[0] == (5, "firing", "III")


def test_an_override_holds_in_its_area_and_names_its_place(tmp_path: Path) -> None:
    rules = FIXED + (
        "    overrides:\n"
        "      - {when: {area: [B]}, set: {levels.III.fire.count: 4}, because: market street}\n"
    )
    alerts = run(tmp_path, rules, at(1, 2, 3) + at(1, 2, 3, 3.5, area="B", first=10))
    fired = {a.area.id: a for a in alerts if a.status == "firing"}
    assert fired["A"].evidence.threshold is not None
    assert fired["A"].evidence.threshold.count == 3
    assert (fired["A"].evidence.threshold.from_ or "").endswith("/heat.yaml:9:27")
    assert fired["A"].rule.overrides == []
    assert fired["B"].evidence.threshold is not None
    assert fired["B"].evidence.threshold.count == 4
    assert (fired["B"].evidence.threshold.from_ or "").endswith("/heat.yaml:13:58")
    assert fired["B"].rule.overrides == ["0: market street"]
    assert fired["B"].evidence.observed == 4


def test_the_record_says_what_was_seen(tmp_path: Path) -> None:
    alert = run(tmp_path, FIXED, at(3, 1, 2))[0]
    assert alert.kind == "heat"
    assert alert.window is not None
    assert (alert.window.start.minute, alert.window.end.minute) == (54, 4)
    assert alert.window.watermark == alert.window.end == alert.times.fired
    assert alert.times.first_event is not None
    assert alert.times.first_event.minute == 1
    assert alert.evidence.observed == 3
    assert alert.evidence.expected is None
    assert alert.incidents.count == 3
    assert alert.incidents.ids == ["J00001", "J00002", "J00000"]
    assert not alert.incidents.truncated
    assert alert.message.en == "Burst (level III) in A: 3 in 10 min, threshold 3"
    assert alert.message.zh == "激增（三级）：A近10分钟3起，阈值3起"
    assert alert.trace.traceparent.startswith("00-")


def test_ids_are_cut_off_openly(tmp_path: Path) -> None:
    alert = run(tmp_path, FIXED, at(*[1 + n / 100 for n in range(50)]))[0]
    assert alert.incidents.count == 50
    assert alert.incidents.truncated
    assert alert.incidents.ids == [f"J{n:05d}" for n in range(8)]


def test_updates_drills_and_patrol_finds_do_not_heat(tmp_path: Path) -> None:
    raws = [
        report(1, 1),
        report(1, 2, rev=1, event="updated"),
        report(2, 2, test=True),
        report(3, 3, source="patrol"),
        report(4, 3),
    ]
    assert run(tmp_path, FIXED, raws) == []
    counted = FIXED + "    count: {drop: []}\n"
    assert run(tmp_path, counted, raws)[0].incidents.ids == ["J00001", "J00003", "J00004"]


def test_only_the_named_categories_count(tmp_path: Path) -> None:
    rules = FIXED + '    count: {category: ["10", "2001"]}\n'
    raws = [report(n, 1, category=code) for n, code in enumerate(["2001", "3001", "1012", "1013"])]
    alert = run(tmp_path, rules, raws)[0]
    assert alert.incidents.ids == ["J00000", "J00002", "J00003"]
    assert alert.evidence.observed == 3


ROLLING = """format: 1
kind: heat
rules:
  - id: normal
    title: {zh: 常态, en: Normal}
    window: {size: 60m, every: 1m}
    floor: 4
    baseline: {model: rolling-mean, hours: 4, warm_up: 2}
    levels: {III: {fire: {ratio: 3}, clear: {ratio: 1.5}}}
"""


def test_a_ratio_waits_for_the_warm_up_and_then_explains_itself(tmp_path: Path) -> None:
    hourly = [30 + 60 * hour for hour in range(6)]
    raws = at(*hourly, *hourly, 5, 6, 7, 8, 365, 366, 367, 368, 369, 370)
    alerts = run(tmp_path, ROLLING, sorted(raws, key=_reported), until=500)
    fired = [a for a in alerts if a.status == "firing"]
    assert len(fired) == 1, "the surge of the first hour has no history behind it"
    evidence = fired[0].evidence
    assert evidence.expected == 2.0
    assert evidence.observed == 6.0
    assert evidence.score == 3.0
    assert evidence.threshold is not None
    assert evidence.threshold.ratio == 3
    assert evidence.baseline is not None
    assert (evidence.baseline.model, evidence.baseline.n, evidence.baseline.warming) == (
        "rolling-mean",
        4,
        False,
    )
    assert fired[0].message.zh == "常态（三级）：A近60分钟6起，常态2起，阈值3倍"


def test_a_seasonal_alert_tells_the_usual_range_and_how_rare_it_is(tmp_path: Path) -> None:
    rules = ROLLING.replace(
        "{model: rolling-mean, hours: 4, warm_up: 2}", "{model: seasonal-count}"
    )
    rules = rules.replace("{ratio: 3}, clear: {ratio: 1.5}", "{count: 6}, clear: {count: 4}")
    evidence = run(tmp_path, rules, at(5, 6, 7, 8, 9, 10))[0].evidence
    assert evidence.expected is not None
    assert evidence.interval is not None
    assert evidence.interval[0] <= evidence.expected <= evidence.interval[1] < 6
    assert evidence.p is not None
    assert 0 < evidence.p < 0.05
    alert = run(tmp_path, FIXED, at(1, 2, 3))[0]
    assert (alert.evidence.interval, alert.evidence.p) == (None, None)


def test_a_late_report_raises_no_alert_for_an_hour_ago(tmp_path: Path) -> None:
    world = World(book(tmp_path, FIXED))
    world.feed(at(1, 2, 90))
    world.feed([report(9, 3)])
    world.close(120)
    assert world.alerts == []
    assert world.totals.late == 1


@pytest.mark.parametrize("gap_days", [1, 390])
def test_a_long_silence_is_bridged(tmp_path: Path, gap_days: int) -> None:
    alerts = run(tmp_path, FIXED, at(1, 1, 1, *[gap_days * 1440.0] * 3), gap_days * 1440 + 60)
    assert [a.status for a in alerts] == ["firing", "resolved"] * 2


def _reported(raw: bytes) -> str:
    reported: str = msgspec.json.decode(raw)["reported_at"]
    return reported


LINKED = """format: 1
kind: heat
rules:
  - id: incidents
    title: {zh: 事件, en: Incidents}
    count: {link: {within: 5m}}
    window: {size: 10m, every: 1m}
    levels: {III: {fire: {count: 3}, clear: {count: 2}}}
    keep_firing: 1m
  - id: crowd
    title: {zh: 集中来电, en: Crowd}
    count: {link: {within: 5m}, of: repeats}
    window: {size: 10m, every: 1m}
    levels: {III: {fire: {count: 3}, clear: {count: 2}}}
    keep_firing: 1m
"""
SQUARE: dict[str, Any] = {"lat": 26.6, "lon": 106.6, "coord_sys": "wgs84"}


def test_calls_about_one_place_are_one_incident_and_a_signal_of_their_own(tmp_path: Path) -> None:
    crowd = [report(n, 1 + n / 2, **SQUARE) for n in range(8)]
    elsewhere = [report(10, 2), report(11, 3)]
    told = {a.rule.id: a for a in reversed(run(tmp_path, LINKED, crowd)) if a.status == "firing"}
    assert told.keys() == {"crowd"}
    assert told["crowd"].incidents.count == 3
    assert told["crowd"].incidents.calls == 4
    alerts = run(tmp_path, LINKED, sorted(crowd + elsewhere, key=_time))
    first = next(a for a in alerts if a.rule.id == "incidents")
    assert (first.incidents.count, first.incidents.calls) == (3, 8)
    assert first.evidence.observed == 3
    assert first.incidents.truncated is False
    assert len(first.incidents.ids) == 8
    assert first.message.en == ("Incidents (level III) in A: 3 in 10 min (8 calls), threshold 3")
    assert "近10分钟3起（来电8次）" in first.message.zh


def test_the_same_calls_in_another_group_are_not_linked(tmp_path: Path) -> None:
    calls = [report(n, 1 + n, category=c, **SQUARE) for n, c in enumerate(("2001", "3001", "40"))]
    assert run(tmp_path, LINKED, calls) == []
    grouped = LINKED.replace("{within: 5m}}", "{within: 5m, group: true}}")
    assert next(a.rule.id for a in run(tmp_path, grouped, calls)) == "incidents"


def test_information_is_left_out_where_asked(tmp_path: Path) -> None:
    rules = FIXED.replace("    window:", "    count: {drop: [information]}\n    window:")
    calls = [report(n, 1 + n, category="95") for n in range(3)]
    assert run(tmp_path, rules, calls) == []
    assert run(tmp_path, FIXED, calls)


def _time(raw: bytes) -> str:
    return str(msgspec.json.decode(raw)["reported_at"])


HELD = FIXED + "    no_data: {source_silent: 15m}\n"


def test_while_the_whole_feed_is_silent_what_is_open_stays(tmp_path: Path) -> None:
    calls = at(1, 2, 3) + at(60, area="B", first=10)
    assert steps(run(tmp_path, FIXED, calls)) == [(4, "firing", "III"), (15, "resolved", "III")]
    # The last call came at 3, so that from 18 on nothing is judged; at 60 it goes on.
    held = (
        FIXED.replace("keep_firing: 3m", "keep_firing: 10m") + "    no_data: {source_silent: 15m}\n"
    )
    assert steps(run(tmp_path, held, calls)) == [(4, "firing", "III"), (70, "resolved", "III")]


def test_another_area_that_is_heard_of_is_no_silence(tmp_path: Path) -> None:
    calls = at(1, 2, 3) + at(10, 20, 30, 40, area="B", first=10)
    assert steps(run(tmp_path, HELD, calls)) == steps(run(tmp_path, FIXED, calls))


def test_nothing_opens_in_a_silence(tmp_path: Path) -> None:
    waiting = FIXED + "    for: 5m\n"
    assert steps(run(tmp_path, waiting, at(1, 1, 1)))[0] == (7, "firing", "III")
    assert run(tmp_path, waiting + "    no_data: {source_silent: 3m}\n", at(1, 1, 1)) == []


REVISED = FIXED + "    lateness: {then: revise}\n"


def test_a_late_call_counts_in_the_windows_to_come_where_the_rule_revises(tmp_path: Path) -> None:
    # When the call of minute 3 comes, every minute before 7 is closed.
    calls = at(1, 8) + at(9.5, area="B", first=10) + at(3, first=20)
    assert run(tmp_path, FIXED, calls) == []
    alerts = run(tmp_path, REVISED, calls)
    assert steps(alerts)[0] == (9, "firing", "III")
    assert alerts[0].incidents.count == 3
    assert alerts[0].incidents.ids == ["J00000", "J00001"]
    assert alerts[0].incidents.truncated


def test_a_late_call_changes_no_window_that_was_judged(tmp_path: Path) -> None:
    calls = at(1, 2) + at(5.5, area="B", first=10) + at(2.5, first=20)
    assert steps(run(tmp_path, FIXED, [*calls[:2], report(20, 2.5)]))[0] == (3, "firing", "III")
    # It comes when minute 2 is closed: the first window that knows of it ends at 4.
    assert steps(run(tmp_path, REVISED, calls))[0] == (4, "firing", "III")


def test_what_no_window_reaches_raises_nothing(tmp_path: Path) -> None:
    calls = at(1, 2) + at(20, area="B", first=10) + at(2.5, 2.6, 2.7, first=20)
    assert run(tmp_path, REVISED, calls) == []


def test_a_late_call_about_a_known_place_is_a_repeat(tmp_path: Path) -> None:
    rules = LINKED.replace("keep_firing: 1m", "keep_firing: 1m\n    lateness: {then: revise}")
    known = [report(1, 1), report(2, 5, **SQUARE)]
    late = [report(20, 3, **SQUARE), report(21, 3.5, **SQUARE)]
    other = at(9.5, area="B", first=10)
    assert run(tmp_path, rules, known + other + late) == []
    alone = run(tmp_path, rules, known + other + [report(20, 3, address_hash="5eed" * 4)])
    assert [(a.rule.id, a.incidents.count, a.incidents.calls) for a in alone][:1] == [
        ("incidents", 3, 3)
    ]


def test_a_late_call_of_a_type_that_was_just_told_is_a_repeat(tmp_path: Path) -> None:
    linked = "count: {link: {within: 3m, type: 2m}}"
    rules = FIXED.replace("levels:", f"{linked}\n    levels:", 1)
    revised = rules + "    lateness: {then: revise}\n"
    before = at(1, 3.5) + at(9.5, area="B", first=10)
    assert run(tmp_path, revised, before + at(4, first=20)) == []
    assert steps(run(tmp_path, revised, before + at(6, first=20)))[0] == (8, "firing", "III")
