"""The grammar of calendar.yaml: time bands, day kinds, holidays and make-up workdays."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from rules.language.schema.names import Name, TimeZone
from streams.records import Text2

__all__ = ["BAND", "DAYS", "WEEKDAYS", "CalendarFile", "Holiday", "Weekday"]

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_HOUR = r"([01]\d|2[0-3]):[0-5]\d"
_DATE = r"\d{4}-\d\d-\d\d"
BAND = rf"^{_HOUR}-({_HOUR}|24:00)$(?!\n)"
DAYS = rf"^(mon|tue|wed|thu|fri|sat|sun|{_DATE}(\.\.{_DATE})?)$(?!\n)"

# No pattern here: msgspec 0.22 frees a pattern twice where text with one may also be a list, and
# takes the process down. The calendar's own check says which spans are none (`BAND`).
BandTime = Annotated[
    str,
    Meta(
        min_length=1,
        title="a span such as 07:00-09:00, or 22:00-06:00 over midnight",
    ),
]
DaysText = Annotated[
    str,
    Meta(
        pattern=DAYS,
        title="mon to sun, a date such as 2026-12-06, or 2026-12-01..2026-12-07",
    ),
]
OwnName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9-]{0,31}$(?!\n)",
        title="a name of small letters a-z, digits and hyphens, such as night",
    ),
]


class Holiday(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days that are a holiday, whatever weekday they are."""

    from_: Annotated[date, Meta(description="its first day, such as 2026-10-01")] = field(
        name="from"
    )
    to: Annotated[date | None, Meta(description="its last day (inclusive); one day without it")] = (
        None
    )
    name: Annotated[Text2, Meta(description="what it is called")] = Text2()

    @property
    def last(self) -> date:
        """The last day of it."""
        return self.to or self.from_


class CalendarFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the rule book calls `night` or `holiday`, and in which time zone.

    Every day is one of `workday`, `rest` and `holiday`: a make-up day (调休) is a workday whatever
    weekday it is, else a holiday is a holiday, else a day of `weekend` is rest. `days` adds kinds
    of its own beside these.
    """

    format: Annotated[Literal["1"], Meta(description="the version of this language")]
    kind: Literal["calendar"]
    owner: Annotated[Name | None, Meta(description="who answers for the file")] = None
    timezone: Annotated[
        TimeZone, Meta(description="time zone of all bands and days, such as Asia/Shanghai")
    ] = "Asia/Shanghai"
    weekend: Annotated[list[Weekday], Meta(description="weekdays that are rest, not workdays")] = (
        field(default_factory=lambda: ["sat", "sun"])
    )
    bands: Annotated[
        dict[OwnName, BandTime | list[BandTime]],
        Meta(description="names of spans of the day, each one span or several"),
    ] = {}
    days: Annotated[
        dict[OwnName, list[DaysText]],
        Meta(description="own kinds of days: weekdays, dates and ranges of dates"),
    ] = {}
    holidays: Annotated[list[Holiday], Meta(description="public holidays")] = []
    make_up: Annotated[
        list[date], Meta(description="rest days on which work is made up (调休)")
    ] = []
