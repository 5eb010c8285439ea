"""Routes: the first entry that fits, rungs one after the other, contacts resolved, no circles."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert

from rules.language.calendar import Calendar
from rules.language.routing import entry_for, plan_for, unreached
from rules.language.schema.channels import Contact
from rules.language.schema.common import RouteEntry
from rules.language.schema.names import LEVELS

CALENDAR = Calendar()
COMMAND = [
    {
        "level": ["I"],
        "to": ["kafka:alerts.critical", "webhook:hall"],
        "ack_within": "60s",
        "otherwise": ["city-chief", "province-desk"],
    },
    {"level": ["II"], "to": ["kafka:alerts.critical"], "ack_within": "3m", "otherwise": ["desk"]},
    {"level": ["III"], "when": {"time": "night"}, "to": ["night-desk"]},
    {
        "to": ["kafka:alerts.normal"],
        "group": {"by": ["area.county"], "wait": "30s"},
        "repeat": "1h",
    },
]


def route(entries):
    return convert(entries, list[RouteEntry], strict=False)


def contacts(**fields):
    title = {"zh": "值班", "en": "Duty"}
    return {
        name: convert({"id": name, "title": title, **values}, Contact, strict=False)
        for name, values in fields.items()
    }


def at(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


NOON, NIGHT = at("2026-11-20T12:00+08:00"), at("2026-11-20T23:00+08:00")


@pytest.mark.parametrize(
    ("level", "when", "entry"),
    [("I", NOON, 0), ("II", NIGHT, 1), ("III", NIGHT, 2), ("III", NOON, 3), ("IV", NIGHT, 3)],
)
def test_the_first_entry_that_fits_level_and_moment_is_taken(level, when, entry):
    assert entry_for(route(COMMAND), level, when, CALENDAR) == entry


def test_no_entry_no_plan():
    only = route([{"level": ["I"], "to": ["desk"]}])
    assert plan_for(only, "II", NOON, CALENDAR) is None


def test_who_is_next_has_the_same_time_each():
    plan = plan_for(route(COMMAND), "I", NOON, CALENDAR)
    assert plan is not None
    assert plan.ack_ms == 60_000
    assert [(rung.after_ms, rung.to) for rung in plan.rungs] == [
        (0, ("kafka:alerts.critical", "webhook:hall")),
        (60_000, ("city-chief",)),
        (120_000, ("province-desk",)),
    ]


def test_contacts_are_told_by_their_channels_and_hand_over_in_their_own_time():
    known = contacts(
        **{
            "city-chief": {"to": ["webhook:city"]},
            "province-desk": {"ack_within": "5m", "otherwise": ["minister", "city-chief"]},
            "minister": {"to": ["webhook:m", "kafka:m"], "otherwise": ["province-desk"]},
        }
    )
    plan = plan_for(route(COMMAND), "I", NOON, CALENDAR, contacts=known)
    assert plan is not None
    assert [(rung.after_ms, rung.channels) for rung in plan.rungs[1:]] == [
        (60_000, ("webhook:city",)),
        (120_000, ("province-desk",)),
        (420_000, ("webhook:m", "kafka:m")),
    ]


def test_without_a_time_to_acknowledge_the_next_rung_is_never_reached_by_itself():
    plan = plan_for(route([{"to": ["desk"], "otherwise": ["chief"]}]), "I", NOON, CALENDAR)
    assert plan is not None
    assert [rung.after_ms for rung in plan.rungs] == [0, None]


def test_nothing_gathers_a_lifeline_alert():
    grouped = plan_for(route(COMMAND), "IV", NOON, CALENDAR)
    at_once = plan_for(route(COMMAND), "IV", NOON, CALENDAR, lifeline=True)
    assert grouped is not None
    assert at_once is not None
    assert grouped.group is not None
    assert grouped.group.wait == "30s"
    assert at_once.group is None
    assert at_once.repeat_ms == 3_600_000


def test_entries_that_are_never_taken():
    assert unreached(route(COMMAND)) == []
    assert unreached(route([{"to": ["a"]}, {"level": ["I"], "to": ["b"]}])) == [1]
    assert unreached(
        route(
            [{"when": {"day": "fri"}, "to": ["a"]}, {"to": ["b"]}, {"level": ["II"], "to": ["c"]}]
        )
    ) == [2]
    assert unreached(
        route([{"level": ["I", "II"], "to": ["a"]}, {"level": ["II"], "to": ["b"]}])
    ) == [1]


names = st.sampled_from(["a", "b", "c", "d"])
entries = st.fixed_dictionaries(
    {"to": st.lists(names, min_size=1, max_size=2)},
    optional={
        "level": st.lists(st.sampled_from(LEVELS), max_size=3),
        "ack_within": st.sampled_from(["30s", "5m"]),
        "otherwise": st.lists(names, max_size=3),
    },
)
people = st.dictionaries(
    names,
    st.fixed_dictionaries(
        {},
        optional={"ack_within": st.just("2m"), "otherwise": st.lists(names, max_size=3)},
    ),
)


@given(st.lists(entries, max_size=4), people, st.sampled_from(LEVELS))
def test_a_plan_always_ends_and_its_rungs_follow_each_other(found, known, level):
    table = route(found)
    plan = plan_for(table, level, NOON, CALENDAR, contacts=contacts(**known))
    fitting = [i for i, entry in enumerate(table) if not entry.level or level in entry.level]
    assert (plan is None) is (not fitting)
    if plan is None:
        return
    assert plan.entry == fitting[0]
    assert plan.entry not in unreached(table)
    times = [rung.after_ms for rung in plan.rungs]
    known_times = [time for time in times if time is not None]
    assert known_times == sorted(known_times)
    assert times[: len(known_times)] == known_times
    assert len(times) <= 20
