"""Files of `kind: process`: time limits between the steps of handling a report."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from rules.language.schema.common import Message, Override, RuleDefaults, RuleFile, Title
from rules.language.schema.names import CategoryCode, Duration, Level, RuleId, Share

__all__ = [
    "STEPS",
    "Late",
    "ProcessDefaults",
    "ProcessFile",
    "ProcessLevel",
    "ProcessRule",
    "Step",
    "TimeLimit",
]

Step = Literal["reported", "answered", "dispatched", "contact", "arrived", "feedback", "closed"]
STEPS: tuple[Step, ...] = (
    "reported",
    "answered",
    "dispatched",
    "contact",
    "arrived",
    "feedback",
    "closed",
)
"""The steps in the order in which they are taken."""


class TimeLimit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From one step to another."""

    from_: Annotated[Step, Meta(description="the step from which time runs")] = field(name="from")
    to: Annotated[Step, Meta(description="the step that ends it")]
    within: Annotated[Duration, Meta(description="the time allowed")]


class Late(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much too late: one report by a time, or a share of an area's reports."""

    after: Annotated[
        Duration | None, Meta(description="a single report waits so long for the step")
    ] = None
    share: Annotated[
        Share | None, Meta(description="share of the window's reports beyond the limit")
    ] = None


class ProcessLevel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rung. A single late report is cleared by its step; a share needs `clear`."""

    fire: Annotated[Late, Meta(description="reached when this holds")]
    clear: Annotated[Late | None, Meta(description="left when this holds no more")] = None


class ProcessDefaults(RuleDefaults, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `defaults` of a process file may set for all its rules."""

    category: Annotated[
        list[CategoryCode], Meta(description="reports it is about, by code prefix; empty: all")
    ] = field(default_factory=list)
    grade: Annotated[list[Level], Meta(description="levels of reports; empty: all")] = field(
        default_factory=list
    )
    window: Annotated[Duration, Meta(description="the window of a share, whole minutes")] = "60m"
    least: Annotated[
        int, Meta(ge=1, description="fewer reports in the window than this say nothing")
    ] = 5
    keep_firing: Annotated[
        Duration, Meta(description="how long `clear` must hold before it goes down or ends")
    ] = "5m"


class ProcessRule(ProcessDefaults, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time limit between two steps, and who is told how late."""

    OVERRIDABLE: ClassVar[tuple[str, ...]] = (
        "limit.within",
        "levels",
        "least",
        "keep_firing",
        "route",
        "message",
    )

    id: Annotated[RuleId, Meta(description="unique over all files")]
    title: Annotated[Title, Meta(description="what the alert is called")]
    limit: Annotated[TimeLimit, Meta(description="the steps and the time between them")]
    levels: Annotated[
        dict[Level, ProcessLevel], Meta(min_length=1, description="the ladder, I to IV")
    ]
    message: Annotated[Message | None, Meta(description="the alert's text")] = None
    overrides: Annotated[list[Override], Meta(description="other values here and there")] = field(
        default_factory=list
    )


class ProcessFile(RuleFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules about reports that wait too long for the next step."""

    kind: Annotated[Literal["process"], Meta(description="what the rules are about")]
    defaults: Annotated[
        ProcessDefaults, Meta(description="values under every rule of the file")
    ] = ProcessDefaults()
    rules: Annotated[list[ProcessRule], Meta(min_length=1, description="the rules")]
