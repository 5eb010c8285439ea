"""Files of `kind: heat`: an area's count in a sliding window against its ladder of levels."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from detectors import DetectorConfig, Fixed
from rules.language.schema.common import Message, Override, RuleDefaults, RuleFile, Title
from rules.language.schema.names import (
    CategoryCode,
    Duration,
    Level,
    RuleId,
    Share,
    duration_ms,
)
from streams.categories import INFORMATION

__all__ = [
    "Budget",
    "By",
    "Count",
    "ErrorRate",
    "HeatDefaults",
    "HeatFile",
    "HeatLevel",
    "HeatRule",
    "Lateness",
    "Link",
    "NoData",
    "Storm",
    "Strength",
    "Threshold",
    "Window",
]

PerTime = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,6}(\.[0-9]+)? per (hour|day|week)$(?!\n)",
        title="a number and a span, such as `6 per day`",
    ),
]

By = Literal["station", "neighbourhood", "cluster", "county", "city", "province"]
"""Whose counts a heat rule judges; `station` is the incident's own area.

`cluster`: of each area and its nearest ones those that together are the least likely by chance.
"""


FalseRate = Annotated[
    str,
    Meta(
        pattern=(
            r"^[0-9]{1,6}(\.[0-9]{1,6})? per "
            r"(area per (day|week|month|year)|shift|day|week)$(?!\n)"
        ),
        title="a number and a span, such as `1 per area per week` or `5 per shift`",
    ),
]


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    """Length of the sliding window, and how often it is judged; both in whole minutes."""

    size: Annotated[Duration, Meta(description="length of the window, whole minutes")] = "60m"
    every: Annotated[Duration, Meta(description="how often it is judged, whole minutes")] = "1m"


class Link(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which calls are about one incident: those at one place (100 m), each soon after the last.

    `type`: also those of one category code in one area, this soon after the first of an incident
    of theirs: what several desks entered at other crossings. Of category 99 nobody knows the type.
    """

    within: Annotated[
        Duration, Meta(description="how soon after the last, one minute to a day")
    ] = "30m"
    group: Annotated[bool, Meta(description="only calls of one category group, by two digits")] = (
        False
    )
    type: Annotated[
        Duration | None,
        Meta(description="how soon after the first of its category code, wherever in the area"),
    ] = None


class Count(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is counted: category codes by prefix (`10` covers `1002`); empty means all.

    `drop: [officer-initiated]` leaves out what patrols found themselves, so that a patrol sent to
    a hot area does not make its own heat; `information` what needs no unit: complaints about
    police (90), questions (95), what is not for the police (96), invalid and nuisance calls (98).
    `link` makes one incident of the calls about one place; without it every call counts.
    """

    category: Annotated[
        list[CategoryCode], Meta(description="category codes, by prefix; empty means all")
    ] = []
    drop: Annotated[
        list[Literal["officer-initiated", "information"]],
        Meta(description="what is left out: what patrols found, what needs no unit"),
    ] = field(default_factory=lambda: ["officer-initiated"])
    link: Annotated[Link | None, Meta(description="which calls are about one incident")] = None
    of: Annotated[
        Literal["incidents", "calls", "repeats"],
        Meta(description="`repeats`: calls beyond the first of their incident"),
    ] = "incidents"

    @property
    def rows(self) -> str:
        """Name of the calls that are counted, and how they are linked: open counts are shared."""
        name = f"{'+'.join(sorted(self.category)) or 'all'} -{'-'.join(sorted(self.drop))}"
        if self.link is None:
            return name
        by_type = "" if self.link.type is None else f" or type ~{self.link_type_ms}"
        return f"{name} ~{self.link_ms}{' in group' if self.link.group else ''}{by_type}"

    @property
    def key(self) -> str:
        """Name of what is counted: rules of one name count the same."""
        return self.rows if self.link is None else f"{self.rows} ={self.of}"

    @property
    def link_ms(self) -> int:
        """How soon after the last call at its place a call is a repeat; 0 without linking."""
        return 0 if self.link is None else duration_ms(self.link.within)

    @property
    def link_type_ms(self) -> int:
        """How soon after the first of its type a call of the area is a repeat; 0: it is not."""
        if self.link is None or self.link.type is None:
            return 0
        return duration_ms(self.link.type)

    @property
    def drops_officer_initiated(self) -> bool:
        """Whether what patrols found themselves is left out."""
        return "officer-initiated" in self.drop

    def takes(self, category: str) -> bool:
        """Whether incidents of this category code are counted."""
        if "information" in self.drop and category.startswith(INFORMATION):
            return False
        return not self.category or category.startswith(tuple(self.category))


class Threshold(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits on the window's count, its ratio to the expectation, its score; all must hold."""

    count: Annotated[
        Annotated[float, Meta(ge=0, le=1e9)] | None, Meta(description="events in the window")
    ] = None
    ratio: Annotated[
        Annotated[float, Meta(ge=0, le=1e9)] | None, Meta(description="events over expected events")
    ] = None
    score: Annotated[
        Annotated[float, Meta(ge=0, le=1e9)] | None,
        Meta(description="tail probability as standard deviations"),
    ] = None

    @property
    def telling(self) -> Literal["score", "ratio", "count"]:
        """The unit whose place is named: what speaks for the area's own normal, where there is."""
        if self.score is not None:
            return "score"
        return "ratio" if self.ratio is not None else "count"


class HeatLevel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rung: it is reached when `fire` holds and left when `clear` is no longer reached."""

    fire: Annotated[Threshold, Meta(description="reached when this holds")]
    clear: Annotated[Threshold, Meta(description="left when this holds no more; below `fire`")]


class Lateness(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of records that come late or from the future."""

    allow: Annotated[
        Duration | None,
        Meta(description="how late a record may come and be in time; at most what intake allows"),
    ] = None
    then: Annotated[
        Literal["ignore", "revise"],
        Meta(description="a later one: not counted, or counted in the windows still to come"),
    ] = "ignore"
    future: Annotated[Duration, Meta(description="how far ahead a clock may be")] = "5m"


class ErrorRate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The share of false alerts among all that would fire, over all areas of a tick."""

    limit: Annotated[Share, Meta(description="the share that is borne")]
    over: Annotated[Literal["tick"], Meta(description="what is judged together")] = "tick"


class NoData(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a feed that says nothing means: no incident of any area; a quiet area is a true zero."""

    source_silent: Annotated[
        Duration, Meta(description="silence of all areas together that counts")
    ]
    do: Annotated[Literal["hold"], Meta(description="`hold`: nothing moves or ends")] = "hold"


class Budget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many alerts there may be: false ones at most, and all that are expected.

    `false` sets the score from which the rule fires, by what the last weeks would have given.
    """

    false: Annotated[
        FalseRate | None,
        Meta(description="false alerts at most: the score to fire at follows from it"),
    ] = None
    expect: Annotated[PerTime | None, Meta(description="alerts expected, such as `6 per day`")] = (
        None
    )
    cap: Annotated[
        PerTime | None, Meta(description="from here on one summary alert, never silence")
    ] = None


class Storm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From how many areas at a time on one alert of their command stands for all of them.

    So many areas have to be up as `share` of those that can be judged, and at least `least`.
    """

    share: Annotated[Share, Meta(description="share of the command's areas")] = 0.1
    least: Annotated[
        Annotated[int, Meta(ge=2, le=100_000)], Meta(description="at least so many areas")
    ] = 5


class Strength(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Load against the strength on duty: the same calls and fewer officers alert earlier.

    Load is that of coverage (units busy on average over the next hour), strength that of the units
    that serve calls, in cars, after the neighbours' help. It fires the least grave level of the
    ladder where the window holds the floor.
    """

    over: Annotated[
        float, Meta(ge=0.5, le=5, description="fires where load exceeds this share of strength")
    ] = 0.85
    clear: Annotated[
        float, Meta(ge=0.3, le=5, description="holds while load exceeds this share; below `over`")
    ] = 0.7


class HeatDefaults(RuleDefaults, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `defaults` of a heat file may set for all its rules."""

    count: Annotated[Count, Meta(description="what is counted")] = Count()
    by: Annotated[
        By,
        Meta(description="whose counts: one area's, with those around it, or of a whole level"),
    ] = "station"
    side: Annotated[
        Literal["high", "low"], Meta(description="`low` judges quiet: limits are upper bounds")
    ] = "high"
    window: Annotated[Window, Meta(description="the sliding window")] = Window()
    floor: Annotated[
        Annotated[int, Meta(ge=1)], Meta(description="below this count nothing fires, however odd")
    ] = 3
    baseline: Annotated[DetectorConfig, Meta(description="what is expected, by `model`")] = Fixed()
    hold: Annotated[Duration, Meta(description="how long `fire` must hold at first")] = field(
        default="0m", name="for"
    )
    keep_firing: Annotated[
        Duration, Meta(description="how long `clear` must hold before it goes down or ends")
    ] = "10m"
    lateness: Annotated[Lateness | None, Meta(description="records out of time")] = None
    error_rate: Annotated[ErrorRate | None, Meta(description="false alerts over all areas")] = None
    storm: Annotated[
        Storm | None, Meta(description="one alert of the command while many areas are up")
    ] = None
    merge: Annotated[
        Literal["neighbours"] | None, Meta(description="areas join an open alert beside them")
    ] = None
    no_data: Annotated[NoData | None, Meta(description="what a silent source means")] = None
    budget: Annotated[Budget | None, Meta(description="how many alerts there may be")] = None
    strength: Annotated[
        Strength | None, Meta(description="load against strength, as a second way to fire")
    ] = None


class HeatRule(HeatDefaults, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An area's count in a sliding event-time window against its threshold."""

    OVERRIDABLE: ClassVar[tuple[str, ...]] = (
        "levels",
        "floor",
        "for",
        "keep_firing",
        "route",
        "message",
    )

    id: Annotated[RuleId, Meta(description="unique over all files")]
    title: Annotated[Title, Meta(description="what the alert is called")]
    levels: Annotated[
        dict[Level, HeatLevel], Meta(min_length=1, description="the ladder, I (gravest) to IV")
    ]
    message: Annotated[Message | None, Meta(description="the alert's text")] = None
    overrides: Annotated[list[Override], Meta(description="other values here and there")] = field(
        default_factory=list
    )


class HeatFile(RuleFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules about areas with more incidents than they should have."""

    kind: Annotated[Literal["heat"], Meta(description="what the rules are about")]
    defaults: Annotated[HeatDefaults, Meta(description="values under every rule of the file")] = (
        HeatDefaults()
    )
    rules: Annotated[list[HeatRule], Meta(min_length=1, description="the rules")]
