"""The grammar of rule files, format 1: what an analyst may write, as types.

Kinds in this version: `keyword` (which critical categories alert) and `heat` (an area above its
threshold). Field names follow docs/reference/rules.md; unknown keys are faults.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from detectors import DetectorConfig, Fixed
from streams.records import Level, Text2

__all__ = [
    "LEVELS",
    "Count",
    "HeatLevel",
    "HeatRule",
    "KeywordMatch",
    "KeywordRule",
    "Override",
    "Threshold",
    "When",
    "Window",
    "duration_ms",
]

LEVELS: tuple[Level, ...] = ("I", "II", "III", "IV")
"""Most serious first."""

_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
Duration = Annotated[str, Meta(pattern=r"^\d+[smhdw]$")]
RuleId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
CategoryName = Literal[
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


def duration_ms(text: str) -> int:
    """Milliseconds of a duration such as `30m`, `90s`, `7d`.

    >>> duration_ms("30m")
    1800000
    """
    match = re.fullmatch(r"(\d+)([smhdw])", text)
    if match is None:
        msg = f"not a duration: {text!r}"
        raise ValueError(msg)
    return int(match.group(1)) * _UNITS_MS[match.group(2)]


class KeywordMatch(Struct, frozen=True, forbid_unknown_fields=True):
    """Which findings of the keyword matcher a rule answers to."""

    category: Annotated[list[CategoryName], Meta(min_length=1)]


class KeywordRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A critical report alerts on arrival, at the level that its grading gives it."""

    id: RuleId
    title: Text2
    match: KeywordMatch
    lifeline: bool = True


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    """Length of the sliding window, and how often it is judged; both in whole minutes."""

    size: Duration = "60m"
    every: Duration = "1m"


class Count(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is counted: category codes by prefix (`10` covers `1002`); empty means all.

    `drop: [officer-initiated]` leaves out what patrols found themselves, so that a patrol sent to
    a hot area does not make its own heat.
    """

    category: list[Annotated[str, Meta(pattern=r"^\d{2,4}$")]] = []
    drop: list[Literal["officer-initiated"]] = field(default_factory=lambda: ["officer-initiated"])

    @property
    def key(self) -> str:
        """Name of what is counted: rules that count the same share their open counts."""
        return f"{'+'.join(sorted(self.category)) or 'all'} -{'-'.join(sorted(self.drop))}"

    @property
    def drops_officer_initiated(self) -> bool:
        """Whether what patrols found themselves is left out."""
        return "officer-initiated" in self.drop

    def takes(self, category: str) -> bool:
        """Whether incidents of this category code are counted."""
        return not self.category or category.startswith(tuple(self.category))


class Threshold(Struct, frozen=True, forbid_unknown_fields=True):
    """A limit on the window's count, on its ratio to the expectation, or on both (both hold)."""

    count: Annotated[float, Meta(ge=0)] | None = None
    ratio: Annotated[float, Meta(ge=0)] | None = None


class HeatLevel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rung: it is reached when `fire` holds and left when `clear` is no longer reached."""

    fire: Threshold
    clear: Threshold


class When(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an override holds."""

    area: Annotated[list[str], Meta(min_length=1)]


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Values for some areas; every match is applied in order, the later one wins per field."""

    when: When
    set: Annotated[dict[str, Any], Meta(min_length=1)]
    because: Annotated[str, Meta(min_length=1)]


class HeatRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An area's count in a sliding event-time window against its threshold."""

    id: RuleId
    title: Text2
    count: Count = Count()
    by: Literal["station"] = "station"
    window: Window = Window()
    floor: Annotated[int, Meta(ge=1)] = 3
    baseline: DetectorConfig = Fixed()
    levels: Annotated[dict[Level, HeatLevel], Meta(min_length=1)]
    hold: Duration = field(default="0m", name="for")
    keep_firing: Duration = "10m"
    overrides: list[Override] = []
