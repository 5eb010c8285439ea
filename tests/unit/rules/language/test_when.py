"""Conditions: the place by its path, the moment against an oracle that asks minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import convert

from rules.language.calendar import Calendar
from rules.language.schema.calendar import WEEKDAYS, CalendarFile
from rules.language.schema.common import SuppressWhen, When
from rules.language.when import Subject, compile_when, problems

MINUTE = 60_000
STATION = Subject(
    path=["32", "3201", "320102"],
    tags=["bar-street"],
    source="phone_110",
    categories=["1002", "robbery"],
    rule="kw-robbery",
    text="城南联合演练，有人持刀",
)
# Weeks with something in them: clocks moved in London and Sydney, year end, leap day, any week.
WEEKS = [
    ("Europe/London", "2026-03-27T00:00Z"),
    ("Europe/London", "2026-10-23T00:00Z"),
    ("Australia/Sydney", "2026-04-03T00:00Z"),
    ("Australia/Sydney", "2026-10-02T00:00Z"),
    ("Asia/Shanghai", "2026-12-29T00:00Z"),
    ("Asia/Shanghai", "2028-02-27T00:00Z"),
    ("America/St_Johns", "2026-10-30T00:00Z"),
]


def calendar(zone="Asia/Shanghai"):
    fields = {
        "format": "1",
        "kind": "calendar",
        "timezone": zone,
        "bands": {"night": "22:00-06:00", "rush": ["07:00-09:00", "17:00-19:00"]},
        "holidays": [{"from": "2027-01-01"}, {"from": "2026-10-04"}],
        "days": {"leap": ["2028-02-29"]},
    }
    return Calendar(convert(fields, CalendarFile, strict=False))


def at(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def condition(since=None, until=None, kind=When, zone="Asia/Shanghai", **fields):
    return compile_when(kind(**fields), calendar(zone), since=since, until=until)


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ({}, True),
        ({"area": "320102"}, True),
        ({"area": ["99", "32"]}, True),
        ({"area": "3201021"}, False),
        ({"tag": ["market", "bar-street"]}, True),
        ({"tag": "market"}, False),
        ({"source": "phone_110"}, True),
        ({"source": ["app", "wechat"]}, False),
        ({"category": "10"}, True),
        ({"category": "1003"}, False),
        ({"category": "robbery"}, True),
        ({"category": "rob"}, False),
        ({"area": "32", "tag": "market"}, False),
    ],
)
def test_all_conditions_must_hold_and_of_each_any_name_will_do(fields, holds):
    compiled = condition(**fields)
    assert compiled.static(STATION) is holds
    assert compiled.timeless
    assert compiled.next_change(0) is None


def test_what_is_not_known_of_a_subject_holds_for_no_condition_on_it():
    for fields in ({"area": "32"}, {"tag": "x"}, {"source": "app"}, {"category": "10"}):
        assert not condition(**fields).static(Subject())


def test_a_suppression_may_ask_for_rules_and_words():
    assert condition(kind=SuppressWhen, rule="kw-robbery", text="联合演练").static(STATION)
    assert not condition(kind=SuppressWhen, text="拍戏").static(STATION)
    assert not condition(kind=SuppressWhen, rule="heat").static(STATION)


def test_friday_night_ends_on_saturday_morning():
    nights = condition(time="night", day="fri")
    assert not nights.dynamic(at("2026-11-20T05:00+08:00"))
    assert nights.dynamic(at("2026-11-20T22:00+08:00"))
    assert nights.dynamic(at("2026-11-21T05:59+08:00"))
    assert not nights.dynamic(at("2026-11-21T22:00+08:00"))


def test_first_and_last_moments():
    drill = condition(since="2026-12-03T09:00", until="2026-12-03")
    begin, end = at("2026-12-03T09:00+08:00"), at("2026-12-04T00:00+08:00")
    assert [drill.dynamic(t) for t in (begin - 1, begin, end - 1, end)] == [
        False,
        True,
        True,
        False,
    ]
    assert drill.next_change(begin - 1) == begin
    assert drill.next_change(begin) == end
    assert drill.next_change(end) is None
    assert drill.holds(STATION, begin)


@pytest.mark.parametrize(
    ("fields", "path", "suggestion"),
    [
        ({"time": "nigth"}, ("time",), "night"),
        ({"time": ["night", "xyz"]}, ("time", 1), ""),
        ({"time": "07:00-07:00"}, ("time",), ""),
        ({"day": ["holliday"]}, ("day", 0), "holiday"),
        ({"day": "2026-02-29"}, ("day",), ""),
    ],
)
def test_times_and_days_that_the_calendar_does_not_know(fields, path, suggestion):
    (problem,) = problems(When(**fields), calendar())
    assert (problem.path, problem.suggestion) == (path, suggestion)
    with pytest.raises(ValueError):
        condition(**fields)


def oracle(instant, spans, days, zone):
    """The same question by the standard library's clock, told in another way."""
    local = datetime.fromtimestamp(instant / 1000, UTC).astimezone(ZoneInfo(zone))
    clock = f"{local:%H:%M}"
    begun = []
    for span in spans:
        start, end = span.split("-")
        if start < end:
            begun += [0] if start <= clock < end else []
        else:
            begun += [0] if clock >= start else [1] if clock < end else []
    for back in begun if spans else [0]:
        day = local.date() - timedelta(days=back)
        kind = "rest" if day.weekday() >= 5 else "workday"
        kind = "holiday" if day.isoformat() in {"2027-01-01", "2026-10-04"} else kind
        names = {WEEKDAYS[day.weekday()], day.isoformat(), kind}
        names |= {"leap"} if day.isoformat() == "2028-02-29" else set()
        if not days or names & set(days):
            return True
    return False


hours = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
own_spans = st.tuples(hours, hours).filter(lambda pair: pair[0] != pair[1]).map("-".join)
names_of_days = st.sampled_from(
    [*WEEKDAYS, "workday", "rest", "holiday", "leap", "2026-03-29", "2026-12-31"]
)


@given(
    week=st.sampled_from(WEEKS),
    spans=st.lists(own_spans, max_size=3),
    days=st.lists(names_of_days, max_size=3),
)
@example(week=WEEKS[0], spans=["01:30-01:45"], days=[])
@example(week=WEEKS[1], spans=["01:30-01:45"], days=["sun"])
@example(week=WEEKS[2], spans=["22:00-02:30"], days=["sat"])
@example(week=WEEKS[4], spans=["22:00-06:00"], days=["holiday", "thu"])
@example(week=WEEKS[5], spans=[], days=["leap"])
def test_every_minute_of_a_hard_week_is_as_the_oracle_says_and_nothing_changes_unannounced(
    week, spans, days
):
    zone, begin = week
    compiled = condition(zone=zone, time=spans or None, day=days or None)
    instant, end = at(begin), at(begin) + 7 * 1440 * MINUTE
    while instant < end:
        answer = compiled.dynamic(instant)
        next_ = compiled.next_change(instant)
        next_ = end if next_ is None else next_
        assert next_ > instant
        for minute in range(instant, min(next_, end), 15 * MINUTE):
            assert compiled.dynamic(minute) is answer is oracle(minute, spans, days, zone)
        last = min(next_, end) - 1
        assert compiled.dynamic(last) is answer is oracle(last, spans, days, zone)
        instant = next_


def test_every_single_minute_of_the_weeks_in_which_clocks_are_moved():
    for zone, begin in WEEKS[:4]:
        compiled = condition(zone=zone, time=["night", "01:15-02:45"], day=["sat", "sun"])
        spans = ["22:00-06:00", "01:15-02:45"]
        announced = at(begin)
        answer = compiled.dynamic(announced)
        for minute in range(at(begin), at(begin) + 7 * 1440 * MINUTE, MINUTE):
            if minute >= announced:
                answer, announced = compiled.dynamic(minute), compiled.next_change(minute)
            assert answer is compiled.dynamic(minute)
            assert answer is oracle(minute, spans, ["sat", "sun"], zone)
