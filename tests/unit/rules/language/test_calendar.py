"""The calendar: bands over midnight, a kind for each day, holidays, zones with summer time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec import ValidationError, convert

from rules.language.calendar import SHIPPED_CALENDAR, Calendar, problems, span_of
from rules.language.schema.calendar import CalendarFile
from rules.language.zone import MINUTE_MS, Zone
from streams.yaml_nodes import parse_yaml

ROOT = Path(__file__).parents[4]


def file(**fields):
    return convert({"format": "1", "kind": "calendar", **fields}, CalendarFile, strict=False)


def at(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def faults(**fields):
    return [(problem.path, problem.name) for problem in problems(file(**fields))]


AUTUMN = {
    "timezone": "Asia/Shanghai",
    "bands": {"night": "22:00-06:00", "rush": ["07:00-09:00", "17:00-19:00"]},
    "days": {"market": ["sat", "2026-12-08", "2026-12-24..2026-12-26"]},
    "holidays": [
        {"from": "2026-10-01", "to": "2026-10-07", "name": {"zh": "某节", "en": "Some feast"}},
        {"from": "2027-01-01"},
    ],
    "make_up": ["2026-10-10"],
}


@pytest.mark.parametrize(
    ("moment", "bands"),
    [
        ("2026-11-20T21:59:59+08:00", set()),
        ("2026-11-20T22:00:00+08:00", {"night"}),
        ("2026-11-21T00:00:00+08:00", {"night"}),
        ("2026-11-21T05:59:59.999+08:00", {"night"}),
        ("2026-11-21T06:00:00+08:00", set()),
        ("2026-11-21T08:00:00+08:00", {"rush"}),
        ("2026-11-20T23:30:00Z", {"rush"}),
    ],
)
def test_a_band_holds_from_its_first_minute_up_to_its_last_over_midnight_too(moment, bands):
    assert Calendar(file(**AUTUMN)).bands_of(at(moment)) == bands


@pytest.mark.parametrize(
    ("day", "names"),
    [
        ("2026-11-20", {"fri", "workday", "2026-11-20"}),
        ("2026-11-21", {"sat", "rest", "market", "2026-11-21"}),
        ("2026-10-01", {"thu", "holiday", "2026-10-01"}),
        ("2026-10-03", {"sat", "holiday", "market", "2026-10-03"}),
        ("2026-10-10", {"sat", "workday", "market", "2026-10-10"}),
        ("2026-12-08", {"tue", "workday", "market", "2026-12-08"}),
        ("2026-12-25", {"fri", "workday", "market", "2026-12-25"}),
        ("2027-01-01", {"fri", "holiday", "2027-01-01"}),
        ("2028-02-29", {"tue", "workday", "2028-02-29"}),
    ],
)
def test_a_day_has_one_kind_of_three_and_all_its_own_ones(day, names):
    calendar = Calendar(file(**AUTUMN))
    assert calendar.kinds_of(at(f"{day}T00:00:00+08:00")) == names
    assert calendar.kinds_of(at(f"{day}T23:59:59+08:00")) == names


@pytest.mark.parametrize(
    ("day", "weekday"),
    [((2026, 10, 1), 6), ((2026, 10, 7), 6), ((2026, 10, 10), 2), ((2026, 10, 8), None)],
)
def test_holidays_are_like_sundays_and_make_up_days_like_workdays(day, weekday):
    assert Calendar(file(**AUTUMN)).like(date(*day)) == weekday


def test_holidays_have_their_names_and_make_up_days_none():
    calendar = Calendar(file(**AUTUMN))
    (feast, _) = calendar.file.holidays
    assert calendar.holiday(date(2026, 10, 7)) is feast
    assert feast.name.zh == "某节"
    assert calendar.holiday(date(2026, 10, 8)) is None
    assert calendar.holiday(date(2026, 10, 10)) is None


def test_the_shipped_calendar_has_nights_and_weekends_and_no_holiday_at_all():
    calendar = Calendar()
    assert "night" in calendar.bands_of(at("2026-11-20T23:00:00+08:00"))
    assert "rest" in calendar.kinds_of(at("2026-11-22T12:00:00+08:00"))
    assert SHIPPED_CALENDAR.holidays == []
    assert SHIPPED_CALENDAR.make_up == []
    assert list(problems(SHIPPED_CALENDAR)) == []


def test_the_page_about_the_calendar_shows_the_shipped_one_and_a_good_one():
    page = (ROOT / "docs/how-to/set-up-the-calendar.md").read_text(encoding="utf-8")
    shipped, own, _ = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    values = [parse_yaml(text.encode(), "page").value for text in (shipped, own)]
    first, second = (convert(value, CalendarFile, strict=False) for value in values)
    assert first == SHIPPED_CALENDAR
    assert list(problems(second)) == []


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"timezone": "Asia/Shanhai"}, [(("timezone",), "calendar.timezone")]),
        ({"bands": {"night": "22:00-22:00"}}, [(("bands", "night"), "calendar.band")]),
        ({"bands": {"night": "22-06"}}, [(("bands", "night"), "calendar.band")]),
        ({"bands": {"night": ["24:00-06:00"]}}, [(("bands", "night", 0), "calendar.band")]),
        ({"bands": {"x": ["00:00-00:00"]}}, [(("bands", "x", 0), "calendar.band")]),
        (
            {"bands": {"x": ["22:00-06:00", "05:59-07:00"]}},
            [(("bands", "x", 1), "calendar.band")],
        ),
        ({"days": {"rest": ["sat"]}}, [(("days", "rest"), "calendar.name")]),
        ({"days": {"fri": ["sat"]}}, [(("days", "fri"), "calendar.name")]),
        ({"days": {"x": ["2026-02-29"]}}, [(("days", "x", 0), "calendar.date")]),
        ({"days": {"x": ["2026-02-03..2026-02-01"]}}, [(("days", "x", 0), "calendar.date")]),
        (
            {"holidays": [{"from": "2026-02-03", "to": "2026-02-01"}]},
            [(("holidays", 0, "to"), "calendar.date")],
        ),
        (
            {"holidays": [{"from": "2026-02-03"}, {"from": "2026-02-01", "to": "2026-02-05"}]},
            [(("holidays", 1), "calendar.date")],
        ),
        (
            {"holidays": [{"from": "2026-10-03"}], "make_up": ["2026-10-03"]},
            [(("make_up", 0), "calendar.make-up")],
        ),
        ({"make_up": ["2026-10-09"]}, [(("make_up", 0), "calendar.make-up")]),
        ({"bands": {"day": "00:00-24:00", "late": "22:00-00:00"}}, []),
    ],
)
def test_what_cannot_be_meant_is_a_problem_with_its_path(fields, found):
    assert faults(**fields) == found
    if found:
        with pytest.raises(ValueError):
            Calendar(file(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"bands": {"Night": "22:00-06:00"}},
        {"days": {"market": ["saturday"]}},
        {"make_up": ["2026-13-01"]},
        {"nights": {}},
    ],
)
def test_the_grammar_refuses_other_forms(fields):
    with pytest.raises(ValidationError):
        file(**fields)


def test_a_span_that_ends_at_midnight_stays_on_its_day():
    assert span_of("22:00-24:00") == span_of("22:00-00:00")
    assert span_of("22:00-24:00").begun(0) is None
    assert span_of("22:00-06:00").begun(0) == 1


def test_moments_are_local_without_an_offset_and_a_date_is_over_when_its_day_is():
    calendar = Calendar()
    assert calendar.starts("2026-12-03") == at("2026-12-03T00:00+08:00")
    assert calendar.ends("2026-12-03") == at("2026-12-04T00:00+08:00")
    assert calendar.starts("2026-12-03 09:00") == at("2026-12-03T09:00+08:00")
    assert calendar.ends("2026-12-03T09:00:30Z") == at("2026-12-03T09:00:30+00:00")


def test_clocks_that_are_moved():
    london = Zone("Europe/London")
    # 29 March 2026: 01:00 becomes 02:00; 25 October: 02:00 becomes 01:00.
    assert london.instant(datetime(2026, 3, 29, 1, 30)) == at("2026-03-29T01:00Z")  # noqa: DTZ001
    assert london.instant(datetime(2026, 10, 25, 1, 30)) == at("2026-10-25T00:30Z")  # noqa: DTZ001
    assert london.offset(at("2026-03-29T00:59:59.999Z"))[0] == 0
    assert london.offset(at("2026-03-29T01:00Z"))[0] == 60 * MINUTE_MS
    assert london.offset(at("2026-03-29T00:30Z"))[1] == at("2026-03-29T01:00Z")


@pytest.mark.parametrize("name", ["Europe/London", "Australia/Sydney", "Asia/Shanghai"])
def test_local_time_is_that_of_the_standard_library(name):
    zone = Zone(name)
    for instant in range(at("2026-01-01T00:00Z"), at("2027-01-01T00:00Z"), 17 * 60 * MINUTE_MS):
        shown = datetime.fromtimestamp(instant / 1000, UTC).astimezone(zone.info)
        day, clock = zone.local(instant)
        assert day == shown.date().toordinal()
        assert clock == (shown.hour * 60 + shown.minute) * MINUTE_MS
