"""Tests of rules through the real engine: what holds, what fails and how, what is not run."""

from __future__ import annotations

import pytest

from rules.critical.matcher import CriticalMatcher
from rules.language.loader import read_rules
from rules.trials.cases import run_tests
from rules.trials.coverage import Watched
from rules.trials.stage import Stage
from rules.trials.timeline import happenings, past, span_ms
from streams.alert_codec import encode_alert
from streams.areas import AreaTree
from tests.core_cases import Robbery

HEAT = """\
format: 1
kind: heat
defaults: {window: {size: 10m}, baseline: {model: fixed}, keep_firing: 5m, floor: 2}
rules:
  - id: heat-a
    title: {zh: 热, en: Heat}
    levels:
      III: {fire: {count: 3}, clear: {count: 2}}
      II: {fire: {count: 6}, clear: {count: 4}}
    overrides:
      - {when: {area: few}, set: {levels.III: {fire: {count: 2}, clear: {count: 1}}}, because: few}
      - {when: {area: never}, set: {floor: 9}, because: nobody knows}
suppress:
  - {id: fair, when: {area: fair}, do: cap, cap: III, by: desk, because: a fair, review: 2027-01-01}
tests:
"""
KEYWORD = """\
format: 1
kind: keyword
routes:
  desk: [{level: [I, II], to: [webhook:hall]}, {to: [webhook:office]}]
rules:
  - {id: kw-robbery, title: {zh: 抢劫, en: Robbery}, match: {category: [robbery]}, route: desk}
tests:
"""
START = "start: 2026-11-20T20:00+08:00"


def run(tmp_path, head, tests, matcher=None, **options):
    (tmp_path / "book.yaml").write_text(head + tests, encoding="utf-8")
    reading = read_rules(tmp_path, shown="")
    assert [str(fault) for fault in reading.errors] == []
    return run_tests(reading.book, AreaTree(), matcher or Robbery(), **options)


def only(report):
    (case,) = report.cases
    return case


KEYWORD_EVENT = """\
format: 1
kind: keyword
rules:
  - id: kw-robbery
    title: {zh: 抢劫, en: Robbery}
    match: {category: [robbery]}
    same_event: {by: [category], within: 10m, radius: 300m}
    repeat_call: {within: 10m}
tests:
"""


def test_a_further_report_of_an_event_tells_nobody(tmp_path):
    tests = f"""\
  - name: one event
    rule: kw-robbery
    {START}
    events:
      - {{at: 0s, id: A1, area: A, caller: she, text: 抢劫}}
      - {{at: 40s, id: A2, area: A, text: 抢劫, near: {{id: A1, by: 120m}}}}
      - {{at: 1m, id: A3, area: A, text: 抢劫, near: {{id: A1, by: 1km}}}}
      - {{at: 2m, id: A4, area: A, text: 抢劫, near: {{id: A1, by: 2km}}, linked_to: A1}}
      - {{at: 3m, id: A5, area: A, text: 抢劫, near: {{id: A1, by: 3km}}, caller: she}}
    expect:
      - {{at: 0s, incidents: [A1], notified: true}}
      - {{at: 40s, incidents: [A1, A2], notified: false}}
      - {{at: 1m, incidents: [A3], notified: true}}
      - {{at: 2m, incidents: [A1, A2, A4], notified: false}}
      - {{at: 3m, incidents: [A1, A2, A4, A5], notified: false}}
      - {{total: 2}}
"""
    case = only(run(tmp_path, KEYWORD_EVENT, tests))
    assert case.failures == []


def test_a_rise_fires_goes_up_and_ends_at_its_minutes(tmp_path):
    case = only(run(tmp_path, HEAT, f"""\
  - name: a rise
    rule: heat-a
    {START}
    events: [{{at: 0s, area: A, repeat: 6, every: 30s}}]
    expect:
      - {{at: 119s, status: none}}
      - {{at: 2m, area: A, level: III, status: firing, notified: true}}
      - {{at: 3m, level: II, notified: true}}
      - {{at: 5m, level: II, notified: false}}
      - {{by: 30m, status: resolved}}
      - {{total: 1}}
"""))  # fmt: skip
    assert case.failures == []
    assert case.status == "passed"
    assert [(a.at_ms // 60_000, a.level, a.status) for a in case.alerts][:2] == [
        (2, "III", "firing"),
        (3, "II", "firing"),
    ]


def test_what_does_not_hold_is_told_with_its_place_and_what_there_was(tmp_path):
    case = only(run(tmp_path, HEAT, f"""\
  - name: too few
    rule: heat-a
    {START}
    events: [{{at: 0s, area: A, repeat: 2, every: 30s}}]
    expect:
      - {{by: 5m, area: A, level: III, status: firing}}
      - {{total: 0}}
      - {{total: 1}}
"""))  # fmt: skip
    assert case.status == "failed"
    first, second = case.failures
    assert (first.file, first.line, first.column) == ("book.yaml", 21, 9)
    assert first.expected == "by 5m: level III, firing in A"
    assert first.got == "no alert at 5m"
    assert first.reason is not None
    assert first.reason.count == 2
    assert first.reason.levels[-1].missing == ["2 is below 3"]
    assert (second.expected, second.got) == ("1 alert in all", "0 in all")


def test_history_gives_the_baseline_something_to_learn(tmp_path):
    head = HEAT.replace(
        "baseline: {model: fixed}", "baseline: {model: rolling-mean, hours: 24, warm_up: 12}"
    ).replace("fire: {count: 3}, clear: {count: 2}", "fire: {ratio: 3}, clear: {ratio: 2}")
    head = head.replace(
        "set: {levels.III: {fire: {count: 2}, clear: {count: 1}}}", "set: {floor: 3}"
    )
    head = head.replace("      II: {fire: {count: 6}, clear: {count: 4}}\n", "")
    test = f"""\
  - name: three times what is usual
    rule: heat-a
    {START}
    HISTORY
    events: [{{at: 1m, area: A, repeat: 7, every: 10s}}]
    expect: [{{at: 4m, level: III, status: firing}}, {{total: 1}}]
"""
    history = "history: [{area: A, mean: 2, per: 10m, weeks: 1, seed: 3}]"
    assert only(run(tmp_path, head, test.replace("HISTORY", history))).status == "passed"
    cold = only(run(tmp_path, head, test.replace("    HISTORY\n", "")))
    assert cold.status == "failed"
    assert cold.failures[0].reason is not None
    assert cold.failures[0].reason.warming


def test_history_is_even_seeded_and_before_the_start(tmp_path):
    (tmp_path / "book.yaml").write_text(HEAT + f"""\
  - name: x
    rule: heat-a
    {START}
    history: [{{area: A, mean: 1.5, per: 30m, weeks: 2, seed: 7}}]
    expect: [{{total: 0}}]
""")  # fmt: skip
    (case,) = (placed.value for placed in read_rules(tmp_path).book.parts.tests)
    start = 1_000_000_000_000
    times = [time_ms for time_ms, _ in past(case.history, start)]
    assert len(times) == 1008
    assert times == sorted(times)
    assert start - 14 * 86_400_000 <= times[0]
    assert times[-1] < start
    counts = [0] * 672
    for time_ms in times:
        counts[(time_ms - start + 14 * 86_400_000) // 1_800_000] += 1
    assert counts == [1, 2] * 336
    assert times == [time_ms for time_ms, _ in past(case.history, start)]


def test_a_report_is_told_at_once_to_whom_the_route_names_and_withdrawn(tmp_path):
    case = only(run(tmp_path, KEYWORD, f"""\
  - name: told and withdrawn
    rule: kw-robbery
    {START}
    events:
      - {{at: 40s, id: A1, area: A, text: 有人抢劫}}
      - {{at: 5m, id: A1, event: cancelled}}
    expect:
      - {{at: 39s, status: none}}
      - {{at: 40s, level: II, status: firing, review: false, incidents: [A1], told: [webhook:hall]}}
      - {{at: 40s, notified: true}}
      - {{at: 2m, notified: false}}
      - {{at: 5m, status: withdrawn}}
      - {{at: 40s, message: 抢劫}}
"""))  # fmt: skip
    assert case.failures == []


def test_events_of_a_source_that_stops_come_no_more(tmp_path):
    case = only(run(tmp_path, HEAT, f"""\
  - name: silence
    rule: heat-a
    {START}
    events:
      - {{at: 0s, area: A, source: app, repeat: 6, every: 30s}}
      - {{at: 1m, source_stops: app}}
    expect: [{{total: 0}}]
"""))  # fmt: skip
    assert case.status == "passed"


def test_a_suppression_caps_what_is_told(tmp_path):
    case = only(run(tmp_path, HEAT, f"""\
  - name: capped
    rule: heat-a
    {START}
    events: [{{at: 0s, area: fair, repeat: 9, every: 10s}}]
    expect: [{{by: 10m, level: III, suppressed_by: [fair]}}, {{at: 4m, level: III}}]
"""))  # fmt: skip
    assert case.failures == []


def test_an_event_that_intake_refuses_fails_its_test_with_the_reason(tmp_path):
    case = only(run(tmp_path, HEAT, f"""\
  - name: refused
    rule: heat-a
    {START}
    events: [{{at: 0s, area: A}}, {{at: 1m, area: A, source: pigeon}}]
    expect: [{{total: 0}}]
"""))  # fmt: skip
    (failure,) = case.failures
    assert failure.line == 19
    assert "bad_enum" in failure.got


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ("given: {firing: [{rule: heat-a, area: A}]}", "coverage rules alone"),
        ("events: [{at: 0s, area: A, unit: C1, status: patrol}]", "coverage rules alone"),
        ("events: [{at: 0s, area: A, category: stabbing}]", "stabbing"),
        ("history: [{area: A, mean: 1000, per: 1s}]", "1,209,600,000 events"),
    ],
)
def test_what_this_version_cannot_run_is_told_not_passed(tmp_path, extra, why):
    case = only(run(tmp_path, HEAT, f"""\
  - name: x
    rule: heat-a
    {START}
    {extra}
    expect: [{{total: 0}}]
"""))  # fmt: skip
    assert case.status == "not_run"
    assert why in case.why


def test_only_tests_of_rules_that_were_named_are_run(tmp_path):
    test = f"""\
  - name: x
    rule: heat-a
    {START}
    expect: [{{total: 0}}]
"""
    assert run(tmp_path, HEAT, test, only=["kw-other"]).cases == []
    assert run(tmp_path, HEAT, test).counts() == {"passed": 1}


def test_coverage_names_what_no_test_exercises(tmp_path):
    test = f"""\
  - name: few
    rule: heat-a
    {START}
    events: [{{at: 0s, area: few, repeat: 2, every: 10s}}]
    expect: [{{by: 5m, level: III}}]
"""
    (tmp_path / "book.yaml").write_text(HEAT + test, encoding="utf-8")
    book = read_rules(tmp_path, shown="").book
    watched = Watched(book)
    run_tests(book, AreaTree(), Robbery(), ran=watched.ran)
    coverage = watched.coverage()
    assert [(item.kind, item.name, item.line) for item in coverage.untested] == [
        ("level", "II", 9),
        ("override", "2", 12),
        ("suppression", "fair", 14),
    ]
    assert coverage.percent == 50.0


class EverySecond(Stage):
    """A stage that writes a mark every second in which nothing came, as a live intake does."""

    def run(self, records, first, end):
        waiting = list(records)
        for now in range(first, end + 1, 1000):
            due = [record for record in waiting if record[0] <= now]
            waiting = waiting[len(due) :]
            if due:
                self.feed(due)
            self.look(now)


def test_a_mark_every_second_gives_the_same_alerts_as_one_at_the_end(root):
    book = read_rules(root / "examples" / "rulebook").book
    matcher = CriticalMatcher.load([], [book])
    compared = 0
    for placed in book.parts.tests:
        case = placed.value
        start = book.calendar.starts(case.start)
        if case.history or span_ms(case) > 3_600_000:
            continue
        events = [(event.time_ms, event.raw) for event in happenings(case, start)]
        once = Stage(book, AreaTree(), matcher)
        once.feed(events)
        once.look(start + span_ms(case))
        often = EverySecond(book, AreaTree(), matcher)
        often.run(events, start, start + span_ms(case))
        assert sorted(map(encode_alert, often.alerts)) == sorted(map(encode_alert, once.alerts))
        compared += len(once.alerts)
    assert compared
