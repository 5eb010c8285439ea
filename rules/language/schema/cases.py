"""Tests beside the rules: what happens on a virtual clock, and what must come of it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from rules.language.schema.names import (
    AreaName,
    CategoryCode,
    Distance,
    Duration,
    Level,
    Moment,
    Name,
    NonEmpty,
    RuleId,
)

__all__ = ["Expectation", "Given", "GivenUnit", "History", "Near", "TestCase", "TestEvent"]

UnitStatus = Literal["on_duty", "patrol", "en_route", "on_scene", "busy_other", "break", "off"]
UnitKind = Literal[
    "patrol_car", "motorcycle", "foot", "station_desk", "swat", "traffic", "drone", "auxiliary"
]


class Near(Struct, frozen=True, forbid_unknown_fields=True):
    """A place relative to that of another event."""

    id: Annotated[Name, Meta(description="id of the other event")]
    by: Annotated[Distance, Meta(description="how far from it")]


class TestEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that happens: a report, a change of one, a unit's status, a source that stops."""

    __test__ = False

    at: Annotated[Duration, Meta(description="time since the test's start")]
    id: Annotated[Name | None, Meta(description="incident id; numbered without it")] = None
    event: Annotated[
        Literal[
            "created",
            "updated",
            "dispatched",
            "contact",
            "arrived",
            "feedback",
            "closed",
            "cancelled",
            "diverted",
        ],
        Meta(description="what happens to the incident"),
    ] = "created"
    area: Annotated[AreaName | None, Meta(description="area id")] = None
    source: Annotated[Name | None, Meta(description="channel by which it came")] = None
    category: Annotated[Name | None, Meta(description="category code, or a critical category")] = (
        None
    )
    level: Annotated[Level | None, Meta(description="the level that the seat entered")] = None
    text: Annotated[NonEmpty | None, Meta(description="what the caller said")] = None
    answer: Annotated[Duration | None, Meta(description="time until the call was answered")] = None
    caller: Annotated[
        Name | None, Meta(description="who calls; the same name is the same caller")
    ] = None
    address: Annotated[
        Name | None, Meta(description="where it is; the same name is the same address")
    ] = None
    linked_to: Annotated[
        Name | None, Meta(description="id of the event that the seat has linked it to")
    ] = None
    near: Annotated[Near | None, Meta(description="where, from another event")] = None
    repeat: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)], Meta(description="how many such events")
    ] = 1
    every: Annotated[Duration, Meta(description="time between repeated events")] = "1m"
    unit: Annotated[Name | None, Meta(description="a unit whose status changes")] = None
    status: Annotated[UnitStatus | None, Meta(description="the unit's new status")] = None
    source_stops: Annotated[
        Name | None, Meta(description="a channel from which nothing comes any more")
    ] = None


class History(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came before the test: seeded, even counts, so that baselines have something to learn."""

    area: Annotated[AreaName, Meta(description="area id")]
    category: Annotated[CategoryCode, Meta(description="category code of the events")] = "99"
    mean: Annotated[float, Meta(gt=0, le=100_000, description="mean events in `per`")]
    per: Annotated[Duration, Meta(description="the span that `mean` is about")] = "1h"
    weeks: Annotated[int, Meta(ge=1, le=60, description="how many weeks before the start")] = 2
    seed: Annotated[int, Meta(ge=0, description="seed of the events' times")] = 0


class GivenUnit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A unit on duty at the start."""

    id: Annotated[Name, Meta(description="unit id")]
    kind: Annotated[UnitKind, Meta(description="what it is")] = "patrol_car"
    area: Annotated[AreaName, Meta(description="where it is")]
    status: Annotated[UnitStatus, Meta(description="what it does")] = "patrol"


class GivenAlert(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alert that stands at the start."""

    rule: Annotated[RuleId, Meta(description="its rule")]
    area: Annotated[AreaName, Meta(description="its area")]
    level: Annotated[Level, Meta(description="its level")] = "III"


class Given(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the world is at the start."""

    firing: Annotated[list[GivenAlert], Meta(description="open alerts")] = []
    units: Annotated[list[GivenUnit], Meta(description="units on duty")] = []


class Expectation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must be so at a moment, some time up to one (`by`), or over the whole test (`total`)."""

    at: Annotated[Duration | None, Meta(description="at this time since the start")] = None
    by: Annotated[Duration | None, Meta(description="at some time up to this one")] = None
    area: Annotated[AreaName | None, Meta(description="of this area's alert")] = None
    level: Annotated[Level | None, Meta(description="the alert's level")] = None
    status: Annotated[
        Literal["none", "firing", "resolved", "withdrawn"] | None,
        Meta(description="the alert's status; `none`: there is no alert"),
    ] = None
    review: Annotated[bool | None, Meta(description="whether it is for review")] = None
    incidents: Annotated[list[Name] | None, Meta(description="ids of its incidents")] = None
    notified: Annotated[bool | None, Meta(description="whether somebody was told then")] = None
    told: Annotated[list[Name] | None, Meta(description="channels and contacts told")] = None
    suppressed_by: Annotated[list[RuleId] | None, Meta(description="what holds it back")] = None
    held: Annotated[
        Literal["source_silent"] | None, Meta(description="why it neither moves nor ends")
    ] = None
    message: Annotated[NonEmpty | None, Meta(description="words that its text holds")] = None
    donors_at_most: Annotated[
        Annotated[int, Meta(ge=0)] | None, Meta(description="how many areas may lend a unit")
    ] = None
    total: Annotated[
        Annotated[int, Meta(ge=0)] | None, Meta(description="alerts in the whole test, by id")
    ] = None


class TestCase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test of one rule."""

    __test__ = False

    name: Annotated[NonEmpty, Meta(description="what it shows, as a sentence")]
    rule: Annotated[RuleId, Meta(description="id of the rule")]
    start: Annotated[Moment, Meta(description="event time of its beginning")]
    for_: Annotated[
        Duration | None, Meta(description="how long it runs; up to the last event or expectation")
    ] = field(default=None, name="for")
    given: Annotated[Given, Meta(description="how the world is at the start")] = Given()
    history: Annotated[list[History], Meta(description="what came before")] = []
    events: Annotated[list[TestEvent], Meta(description="what happens")] = []
    expect: Annotated[list[Expectation], Meta(min_length=1, description="what must come of it")]
