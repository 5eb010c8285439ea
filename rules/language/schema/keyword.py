"""Files of `kind: keyword`: which critical reports alert, at what level, told to whom."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from rules.language.schema.common import Message, Override, RuleDefaults, RuleFile, Title
from rules.language.schema.names import (
    CategoryCode,
    CriticalName,
    Distance,
    DivertName,
    Duration,
    Level,
    NonEmpty,
    OutcomeName,
    RuleId,
    Share,
)

__all__ = [
    "Confirm",
    "KeywordDefaults",
    "KeywordFile",
    "KeywordMatch",
    "KeywordRule",
    "RepeatAddress",
    "RepeatCall",
    "SameEvent",
    "Words",
]


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """Words by language; any of them will do."""

    zh: Annotated[list[NonEmpty], Meta(description="Chinese words")] = []
    en: Annotated[list[NonEmpty], Meta(description="English words")] = []


class RepeatAddress(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address that reports again and again, whatever it is about: something for a visit."""

    reports: Annotated[
        Annotated[int, Meta(ge=2, le=15)], Meta(description="reports that make a note")
    ] = 3
    within: Annotated[Duration, Meta(description="the time they came in, at most")] = "30d"
    without: Annotated[
        list[CategoryCode], Meta(description="category codes, by prefix, that are left out")
    ] = []


class KeywordMatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which reports a rule answers to: those of a category or an outcome, or with its own words."""

    category: Annotated[
        list[CriticalName], Meta(description="critical categories found by the lexicon")
    ] = []
    any: Annotated[Words, Meta(description="words of its own, beside the lexicon's")] = Words()
    outcome: Annotated[
        list[OutcomeName],
        Meta(
            description="where a report that is not critical belongs, as text model and words say"
        ),
    ] = []
    address: Annotated[
        RepeatAddress | None, Meta(description="reports from one address; stands alone")
    ] = None
    sure: Annotated[
        Share, Meta(description="how sure an outcome must be, from 0.5 on, to answer to it")
    ] = 0.8
    unless: Annotated[
        Words, Meta(description="words that ask for review; they never drop a report")
    ] = Words()


class SameEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When further reports join an open alert instead of raising one."""

    by: Annotated[
        list[Literal["category", "area", "text"]],
        Meta(min_length=1, description="what must be equal, of texts: alike"),
    ]
    within: Annotated[Duration, Meta(description="time between the reports, at most")] = "10m"
    radius: Annotated[
        Distance | None,
        Meta(description="distance between them, at most; without it they lie in one area"),
    ] = None


class RepeatCall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a further call of the same caller is about the alert that stands."""

    within: Annotated[Duration, Meta(description="time since the caller's last call, at most")] = (
        "10m"
    )
    urgent_at: Annotated[
        Annotated[int, Meta(ge=2, le=20)],
        Meta(description="the call that raises the level by one, unless words of urging did so"),
    ] = 3


class Confirm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many reports make an alert; a single one is then for review."""

    reports: Annotated[int, Meta(ge=1, le=20, description="reports of the same event")] = 1
    within: Annotated[Duration, Meta(description="time between them, at most")] = "5m"


class KeywordDefaults(RuleDefaults, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `defaults` of a keyword file may set for all its rules."""

    lifeline: Annotated[
        bool, Meta(description="nothing may hold the alert back, group it or wait with it")
    ] = True
    level: Annotated[
        Level | None, Meta(description="at least this level; the grading may be graver")
    ] = None
    same_event: Annotated[
        SameEvent | None, Meta(description="further reports that join the alert")
    ] = None
    repeat_call: Annotated[
        RepeatCall | None, Meta(description="further calls of one caller that join the alert")
    ] = None
    withdraw_on: Annotated[
        list[Literal["cancelled", "reclassified"]], Meta(description="what withdraws the alert")
    ] = field(default_factory=lambda: ["cancelled"])
    confirm: Annotated[Confirm | None, Meta(description="how many reports it takes")] = None
    divert: Annotated[
        DivertName | None,
        Meta(
            description="the desk that its reports are proposed to: `antifraud`, with the sum "
            "and the minutes since it went; `12345`, never with a critical report"
        ),
    ] = None


class KeywordRule(KeywordDefaults, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A critical report alerts on arrival, at the level that its grading gives it, or a graver."""

    OVERRIDABLE: ClassVar[tuple[str, ...]] = (
        "level",
        "confirm",
        "same_event",
        "repeat_call",
        "route",
        "message",
    )

    id: Annotated[RuleId, Meta(description="unique over all files")]
    title: Annotated[Title, Meta(description="what the alert is called")]
    match: Annotated[KeywordMatch, Meta(description="which reports it answers to")]
    message: Annotated[Message | None, Meta(description="the alert's text")] = None
    overrides: Annotated[list[Override], Meta(description="other values here and there")] = field(
        default_factory=list
    )

    @property
    def links(self) -> bool:
        """Whether a further report may join an alert of it at all, be it that the seat says so."""
        return self.same_event is not None or self.repeat_call is not None


class KeywordFile(RuleFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules about single reports that must be told at once."""

    kind: Annotated[Literal["keyword"], Meta(description="what the rules are about")]
    defaults: Annotated[
        KeywordDefaults, Meta(description="values under every rule of the file")
    ] = KeywordDefaults()
    rules: Annotated[list[KeywordRule], Meta(min_length=1, description="the rules")]
