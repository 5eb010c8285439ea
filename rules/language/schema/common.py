"""Parts that rule files of every kind share: conditions, overrides, suppressions, routes, texts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from rules.language.schema.cases import TestCase
from rules.language.schema.names import (
    Duration,
    Language,
    Level,
    Moment,
    Name,
    Names,
    NonEmpty,
    RuleId,
    State,
    Target,
    TimeZone,
)

__all__ = [
    "CommandLevel",
    "Grouping",
    "JointMechanism",
    "MechanismCells",
    "Message",
    "Override",
    "RouteEntry",
    "RuleDefaults",
    "RuleFile",
    "SuppressWhen",
    "Suppression",
    "Title",
    "When",
    "listed",
]


CommandLevel = Literal["station", "county", "city", "province"]
"""The commands of the chain, from the one on the spot upwards."""


def listed(names: Names | None) -> list[str]:
    """One name or several as a list; nothing as an empty one."""
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)


class Title(Struct, frozen=True, forbid_unknown_fields=True):
    """What an alert is called, in both languages of the duty desk."""

    zh: Annotated[NonEmpty, Meta(description="name in Chinese")]
    en: Annotated[NonEmpty, Meta(description="name in English")]


class Message(Struct, frozen=True, forbid_unknown_fields=True):
    """The text of an alert as a template; names in braces are filled from the alert."""

    zh: Annotated[NonEmpty, Meta(description="template in Chinese")]
    en: Annotated[NonEmpty, Meta(description="template in English")]


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Conditions, all of which must hold; within one of them any of its names will do."""

    area: Annotated[
        Names | None, Meta(description="area ids; an area holds for all that lie under it")
    ] = None
    tag: Annotated[Names | None, Meta(description="tags of the area, from the areas file")] = None
    source: Annotated[Names | None, Meta(description="channels by which the report came")] = None
    category: Annotated[
        Names | None, Meta(description="category codes by prefix, or critical categories")
    ] = None
    time: Annotated[
        Names | None, Meta(description='bands of the calendar, or spans such as "22:00-06:00"')
    ] = None
    day: Annotated[
        Names | None, Meta(description="mon to sun, day kinds of the calendar, or dates")
    ] = None


class SuppressWhen(When, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Conditions of a suppression: those of an override, rules, and words of the report."""

    rule: Annotated[Names | None, Meta(description="ids of rules; without them, all rules")] = None
    text: Annotated[Names | None, Meta(description="words, any of which the report holds")] = None


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other values where `when` holds; every match is applied in order, the later wins by field."""

    when: Annotated[When, Meta(description="where and when it holds")]
    set: Annotated[
        dict[str, Any],
        Meta(min_length=1, description="fields by dotted name and their values; null removes"),
    ]
    because: Annotated[NonEmpty, Meta(description="the reason, for whoever reads it next year")]
    until: Annotated[
        Moment | None, Meta(description="last date (inclusive), or the moment it ends")
    ] = None


class Suppression(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reviewed silence: alerts are held, capped in level, or marked as an exercise."""

    id: Annotated[RuleId, Meta(description="its name in the alert's `suppressed_by`")]
    when: Annotated[SuppressWhen, Meta(description="where and when it holds")]
    from_: Annotated[Moment | None, Meta(description="its first date or moment")] = field(
        default=None, name="from"
    )
    to: Annotated[Moment | None, Meta(description="its last date (inclusive), or its end")] = None
    do: Annotated[
        Literal["hold", "cap", "exercise"],
        Meta(description="keep back, lower to `cap`, or deliver marked as an exercise"),
    ]
    cap: Annotated[Level | None, Meta(description="the gravest level told, for `do: cap`")] = None
    by: Annotated[Name, Meta(description="who answers for it")]
    because: Annotated[NonEmpty, Meta(description="the reason")]
    review: Annotated[
        Moment | None, Meta(description="when to look at it again, if it has no end")
    ] = None


class Grouping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Alerts told together; the first never waits."""

    by: Annotated[
        list[Literal["rule", "area.station", "area.county", "area.city", "level", "category"]],
        Meta(min_length=1, description="what the alerts of a group have in common"),
    ]
    wait: Annotated[Duration, Meta(description="how long further ones are gathered")] = "30s"


class MechanismCells(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the four cells 情指勤舆 are asked to do; shipped texts where nothing is said."""

    intelligence: Annotated[Title | None, Meta(description="情: what is known and related")] = None
    command: Annotated[Title | None, Meta(description="指: who leads")] = None
    duty: Annotated[Title | None, Meta(description="勤: which units")] = None
    opinion: Annotated[Title | None, Meta(description="舆: public attention")] = None


class JointMechanism(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The joint mechanism 情指勤舆, proposed with alerts of level I; a person starts it."""

    answer_within: Annotated[
        Duration, Meta(description="how long until the next level of command is asked")
    ] = "2m"
    start: Annotated[
        Literal["proposed", "automatic"],
        Meta(description="`proposed`: a person starts it; `automatic`: it starts with the alert"),
    ] = "proposed"
    checks: Annotated[
        list[Title], Meta(description="what to look at before it is started; else shipped ones")
    ] = []
    cells: Annotated[
        MechanismCells, Meta(description="texts of the four cells, instead of those shipped")
    ] = MechanismCells()


class RouteEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told. Of a route's entries the first that fits the level and the moment is taken."""

    level: Annotated[list[Level], Meta(description="levels it is for; empty means all")] = []
    when: Annotated[When | None, Meta(description="moments it is for: only `time` and `day`")] = (
        None
    )
    to: Annotated[list[Target], Meta(min_length=1, description="channels and contacts told")]
    ack_within: Annotated[
        Duration | None, Meta(description="how long until somebody has to acknowledge")
    ] = None
    otherwise: Annotated[
        list[Target], Meta(description="told one after the other while nobody acknowledges")
    ] = []
    group: Annotated[Grouping | None, Meta(description="what is told together")] = None
    digest: Annotated[
        Duration | None, Meta(description="told as one list this often, and nothing in between")
    ] = None
    repeat: Annotated[
        Duration | None,
        Meta(description="how often an open alert that nobody acknowledged is told again"),
    ] = None
    commands: Annotated[
        list[CommandLevel],
        Meta(description="commands of the chain that are told; empty: by the level of the alert"),
    ] = []
    mechanism: Annotated[
        JointMechanism | None, Meta(description="the joint mechanism, for alerts of level I")
    ] = None


class RuleDefaults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule of any kind may have, and `defaults` of a file too."""

    state: Annotated[
        State, Meta(description="`live`; `shadow` alerts beside the real ones; `off`")
    ] = "live"
    route: Annotated[Name | None, Meta(description="name of the route of its alerts")] = None
    languages: Annotated[
        list[Language], Meta(min_length=1, description="languages of its texts")
    ] = field(default_factory=lambda: ["zh", "en"])
    timezone: Annotated[
        TimeZone | None, Meta(description="time zone of its texts; the calendar's without it")
    ] = None
    measures: Annotated[
        list[Title], Meta(description="what whoever owns the area is advised to do")
    ] = []


class RuleFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every file with rules has beside them."""

    format: Annotated[Literal["1"], Meta(description="the version of this language")]
    owner: Annotated[Name | None, Meta(description="who answers for the file")] = None
    routes: Annotated[
        dict[Name, list[RouteEntry]], Meta(description="routes by name, for all files")
    ] = {}
    suppress: Annotated[list[Suppression], Meta(description="reviewed silences")] = []
    tests: Annotated[
        list[TestCase], Meta(description="what the rules must do, run by `rules test`")
    ] = []
