"""Files of `kind: coverage`: free units of an area against what it needs (cold spots)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from rules.language.schema.cases import UnitKind, UnitStatus
from rules.language.schema.common import Message, Override, RuleDefaults, RuleFile, Title
from rules.language.schema.names import CategoryCode, Duration, Level, RuleId, Share

__all__ = [
    "Blind",
    "CoverageDefaults",
    "CoverageFile",
    "CoverageLevel",
    "CoverageRule",
    "Demand",
    "Enough",
    "Position",
    "Reserve",
    "Short",
    "SuggestDonors",
    "Supply",
]


class Supply(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which units count as free."""

    units: Annotated[list[UnitKind], Meta(description="kinds of unit; empty means all")] = []
    status: Annotated[
        list[UnitStatus], Meta(min_length=1, description="what a free unit is doing")
    ] = field(default_factory=lambda: ["on_duty", "patrol"])
    reach: Annotated[
        Duration | None,
        Meta(
            description="drive within which units of other areas count, half; at most 30m; "
            "the area's time to arrive where it is not given"
        ),
    ] = None


class Demand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What units are needed for."""

    open: Annotated[
        list[CategoryCode], Meta(description="open incidents that bind units, by code prefix")
    ] = []
    forecast: Annotated[
        Duration | None,
        Meta(description="how far ahead load is expected, by the hour of the week too"),
    ] = None


class Position(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How old a position may be."""

    fresh: Annotated[Duration, Meta(description="up to this age it is taken as it is")] = "5m"
    unknown_after: Annotated[Duration, Meta(description="after this the unit is lost")] = "15m"


class Blind(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lost radios are not missing officers."""

    unknown_share: Annotated[Share, Meta(description="share of units lost from which it holds")]
    do: Annotated[Literal["raise_blind", "hold"], Meta(description="what happens then")] = "hold"


class SuggestDonors(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who could lend a unit without going cold itself."""

    donors: Annotated[int, Meta(ge=0, le=20, description="areas named, at most")] = 3
    donor_keeps: Annotated[int, Meta(ge=0, description="free units that a donor keeps")] = 1


class Reserve(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Free strength of a whole command that is kept back, so that a grave call never waits."""

    units: Annotated[
        float, Meta(gt=0, le=1e6, description="free strength, in cars; so much, or less, warns")
    ]
    level: Annotated[Level, Meta(description="how grave the warning is")] = "III"


class Short(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a rung is reached: all that is given must hold."""

    free_below: Annotated[
        Annotated[float, Meta(ge=0, le=1e6)] | None,
        Meta(description="fewer free units than this"),
    ] = None
    gap: Annotated[
        Annotated[float, Meta(gt=0, le=1e6)] | None,
        Meta(description="units missing for calls, travel and minimum, or more"),
    ] = None
    cold: Annotated[
        Annotated[int, Meta(ge=1, le=3)] | None,
        Meta(description="coldness, or more: 1 a little, 2 cold, 3 ice"),
    ] = None
    with_: Annotated[
        RuleId | None,
        Meta(
            description="and an open alert of this heat rule in the area; its end leaves the rung"
        ),
    ] = field(default=None, name="with")


class Enough(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a rung is left: all that is given must hold."""

    free_at_least: Annotated[
        Annotated[float, Meta(ge=0, le=1e6)] | None,
        Meta(description="so many free units, or more"),
    ] = None
    gap: Annotated[
        Annotated[float, Meta(ge=0, le=1e6)] | None,
        Meta(description="units missing, at most"),
    ] = None
    cold: Annotated[
        Annotated[int, Meta(ge=0, le=2)] | None, Meta(description="coldness, at most")
    ] = None


class CoverageLevel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rung of a coverage rule."""

    fire: Annotated[Short, Meta(description="reached when this holds")]
    clear: Annotated[Enough, Meta(description="left when this holds")]


class CoverageDefaults(RuleDefaults, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `defaults` of a coverage file may set for all its rules."""

    every: Annotated[Duration, Meta(description="how often it is judged")] = "1m"
    hold: Annotated[Duration, Meta(description="how long `fire` must hold at first")] = field(
        default="3m", name="for"
    )
    keep_firing: Annotated[
        Duration, Meta(description="how long `clear` must hold before it goes down or ends")
    ] = "5m"
    by: Annotated[Literal["station"], Meta(description="whose units: the area they stand in")] = (
        "station"
    )
    position: Annotated[Position, Meta(description="how old a position may be")] = Position()
    supply: Annotated[Supply, Meta(description="which units count")] = Supply()
    demand: Annotated[Demand | None, Meta(description="what they are needed for")] = None
    blind: Annotated[Blind | None, Meta(description="when too many units are lost")] = None
    suggest: Annotated[SuggestDonors | None, Meta(description="who could lend a unit")] = None
    reserve: Annotated[
        Reserve | None, Meta(description="a warning of its own for each command")
    ] = None


class CoverageRule(CoverageDefaults, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Free units of an area against its ladder."""

    OVERRIDABLE: ClassVar[tuple[str, ...]] = (
        "levels",
        "for",
        "keep_firing",
        "supply",
        "suggest",
        "route",
        "message",
    )

    id: Annotated[RuleId, Meta(description="unique over all files")]
    title: Annotated[Title, Meta(description="what the alert is called")]
    levels: Annotated[
        dict[Level, CoverageLevel], Meta(min_length=1, description="the ladder, I to IV")
    ]
    message: Annotated[Message | None, Meta(description="the alert's text")] = None
    overrides: Annotated[list[Override], Meta(description="other values here and there")] = field(
        default_factory=list
    )


class CoverageFile(RuleFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules about areas with fewer free units than they need."""

    kind: Annotated[Literal["coverage"], Meta(description="what the rules are about")]
    defaults: Annotated[
        CoverageDefaults, Meta(description="values under every rule of the file")
    ] = CoverageDefaults()
    rules: Annotated[list[CoverageRule], Meta(min_length=1, description="the rules")]
