"""Words and numbers of rule files: durations, ids, codes, moments, each with its form in words."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from msgspec import Meta

from streams.records import ChannelSource, Level

__all__ = [
    "LEVELS",
    "SOURCES",
    "AreaCode",
    "AreaName",
    "CategoryCode",
    "CriticalName",
    "Distance",
    "DivertName",
    "Duration",
    "Language",
    "Level",
    "Moment",
    "Name",
    "Names",
    "NonEmpty",
    "OutcomeName",
    "RuleId",
    "Share",
    "State",
    "Target",
    "TimeZone",
    "distance_m",
    "duration_ms",
]

LEVELS: tuple[Level, ...] = ("I", "II", "III", "IV")
"""Most serious first."""
SOURCES: Final[tuple[str, ...]] = ChannelSource.__args__  # type: ignore[attr-defined]
"""Channels by which a report may come in (record catalogue, field `source`)."""
_TWO = "[0-9]{2}"
_CLOCK = f"{_TWO}:{_TWO}"
_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}

Duration = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,6}[smhdw]$(?!\n)",
        title="a whole number with s, m, h, d or w, such as 90s or 30m",
    ),
]
RuleId = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{0,63}$(?!\n)",
        title="small letters a-z, digits and hyphens, at most 64, such as heat-street",
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=100, title="a name of at most 100 characters")]
NonEmpty = Annotated[str, Meta(min_length=1, max_length=2_000, title="a text")]
Names = Name | list[Name]
"""One name, or several of which any will do."""
AreaName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_.\-]{1,64}$(?!\n)",
        title="an area id: at most 64 letters, digits, `-`, `_` or `.`",
    ),
]
AreaCode = Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)", title="six digits of GB/T 2260")]
CategoryCode = Annotated[
    str,
    Meta(pattern=r"^[0-9]{2,4}$(?!\n)", title="a category code of two to four digits"),
]
Moment = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9]{{4}}-{_TWO}-{_TWO}([T ]{_CLOCK}(:{_TWO})?(Z|[+-]{_CLOCK})?)?$(?!\n)",
        title="a date such as 2027-03-01, or a moment such as 2027-03-01T08:00+08:00",
    ),
]
Share = Annotated[float, Meta(ge=0, le=1, title="a share from 0 to 1")]
TimeZone = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*$(?!\n)",
        title="a time zone such as Asia/Shanghai",
    ),
]
Target = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9_-]*(:[A-Za-z0-9._-]+)?$(?!\n)",
        title="a channel such as kafka:alerts.critical or webhook:hall, or a contact's id",
    ),
]
Language = Literal["zh", "en"]
Distance = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,5}(m|km)$(?!\n)", title="a distance such as 300m or 2km"),
]
State = Literal["live", "shadow", "off"]
CriticalName = Literal[
    "homicide",
    "robbery",
    "kidnapping",
    "explosion",
    "firearm",
    "stabbing",
    "arson",
    "poisoning",
    "rape",
    "hostage",
    "mass_disturbance",
    "suicide_jump",
]

OutcomeName = Literal["fraud", "missing_person", "drill", "consultation", "non_police"]
"""Where a report that is not critical belongs (`Finding.outcome`)."""
DivertName = Literal["antifraud", "12345"]
"""Desks outside the command that a report may be proposed to (capabilities C16, C17)."""


def distance_m(text: str) -> float:
    """Metres of a distance such as `300m`, `2km`."""
    number = float(text.rstrip("km"))
    return number * 1000 if text.endswith("km") else number


def duration_ms(text: str) -> int:
    """Milliseconds of a duration such as `30m`, `90s`, `7d`.

    >>> duration_ms("30m")
    1800000
    """
    match = re.fullmatch(r"([0-9]+)([smhdw])", text)
    if match is None:
        msg = f"not a duration: {text!r}"
        raise ValueError(msg)
    return int(match.group(1)) * _UNITS_MS[match.group(2)]
