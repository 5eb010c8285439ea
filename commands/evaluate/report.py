"""What `watchfloor evaluate` found, as --json writes it: names stay, fields may be added."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from commands.evaluate.reading import Read
from detectors.evaluation.rates import Rate
from rules.critical.evaluation.intervals import Proportion

__all__ = [
    "Asked",
    "AtRate",
    "ByRate",
    "City",
    "CurvePoint",
    "DetectorReport",
    "FalseByRate",
    "Gap",
    "Goal",
    "Learning",
    "NullRate",
    "NullReport",
    "Options",
    "Power",
    "Report",
    "Start",
    "Stratum",
]


class Options(Struct, frozen=True, kw_only=True):
    """How it was measured. Times are minutes, rates episodes per area and week."""

    window: int
    every: int
    link: int | None
    link_type: int | None
    train_share: float
    time_zone: str
    without: list[str]
    kinds: list[str]
    seeds: list[int]
    rates: list[float]


class Gap(Struct, frozen=True):
    """A silence that is missing data: from, to (RFC 3339, UTC) and its length in days."""

    first: str
    last: str
    days: float


class Stratum(Struct, frozen=True):
    """Areas of a base rate: calls an area-hour in training, and how many areas there are."""

    name: str
    areas: int


class City(Struct, frozen=True, kw_only=True):
    """The data.

    calls: those that count, of which `linked` repeat an earlier one. stray: others whose time is
    months from all the rest, as by a wrong year.
    areas: those with a call in training, which everything is measured on; new_areas: the others.
    rate: calls of an area and hour. first, last: RFC 3339, UTC. weeks are observed time.
    """

    read: Read
    calls: int
    linked: int
    stray: int
    areas: int
    new_areas: int
    new_area_calls: int
    rate: float
    first: str
    holdout_from: str
    last: str
    train_weeks: float
    holdout_weeks: float
    gaps: list[Gap]
    strata: list[Stratum]


class ByRate(Struct, frozen=True):
    """Power in the areas of one stratum; delay: minutes, of those seen."""

    stratum: str
    share: Proportion
    delay: float | None


class FalseByRate(Struct, frozen=True):
    """Episodes per area-week in the areas of one stratum."""

    stratum: str
    measured: Rate


class Power(Struct, frozen=True):
    """Surges of a kind that were seen; delay: minutes from their start, of those seen."""

    kind: str
    share: Proportion
    delay: float | None
    by_rate: list[ByRate]


class AtRate(Struct, frozen=True, kw_only=True):
    """A detector at the threshold that gives `rate` episodes per area-week on the hold-out itself.

    possible is False where its score saturates below such a rate. own_p10, own_p90: areas' own
    rates; worst_days: share of the episodes on the worst 5 % of days; by_rate: of which areas they
    are.
    """

    rate: float
    possible: bool
    threshold: float | None = None
    measured: Rate | None = None
    own_p10: float | None = None
    own_p90: float | None = None
    worst_days: float | None = None
    by_rate: list[FalseByRate] = []
    power: list[Power] = []


class Asked(Struct, frozen=True, kw_only=True):
    """A threshold set beforehand for a rate, and what it gave; ratio: measured over asked.

    way: `nominal` (normal quantile per tick), `training` (that of the training weeks, pooled) or
    `calibrated` (recalibrated through the hold-out, with each area's own correction; then with its
    power by kind, and flat: that of one threshold for all areas with as many episodes).
    """

    rate: float
    way: str
    threshold: float
    measured: Rate
    ratio: float
    ratio_low: float
    ratio_high: float
    own_p10: float
    own_p90: float
    worst_days: float | None
    by_rate: list[FalseByRate] = []
    power: list[Power] = []
    flat: dict[str, float] = {}


class CurvePoint(Struct, frozen=True):
    """Power by kind at a rate, for plots."""

    rate: float
    power: dict[str, float]


class Start(Struct, frozen=True):
    """Episodes over asked at the threshold of one a week, in the first days of the data."""

    first_day: float
    first_week: float
    second_week: float


class Learning(Struct, frozen=True, kw_only=True):
    """What changes do to the expectation.

    inflation: the day after 72 h at x4, 0.03 is 3 % too high. taken_for_level: surges of `surges`
    that were. followed: by stratum, the level expected a week into a lasting x2.
    """

    inflation: float | None
    surges: int
    taken_for_level: int
    followed: dict[str, float]


class DetectorReport(Struct, frozen=True, kw_only=True):
    """One detector. sampled: measured on so many areas only, as it is slow; None for all."""

    name: str
    parameters: dict[str, Any]
    areas: int
    sampled: int | None
    observed_over_expected: float | None
    at: list[AtRate]
    asked: list[Asked]
    curve: list[CurvePoint]
    own_rates: list[float]
    start: Start | None
    learning: Learning | None


class NullRate(Struct, frozen=True, kw_only=True):
    """A rate on simulated counts; upper: one-sided 95 % bound; kept: it does not exceed asked."""

    rate: float
    way: str
    measured: float
    upper: float
    episodes: int
    kept: bool


class NullReport(Struct, frozen=True, kw_only=True):
    """A detector where the model is right: Poisson counts of known means."""

    name: str
    areas: int
    weeks: float
    source: str
    rates: list[NullRate]


class Goal(Struct, frozen=True, kw_only=True):
    """A goal of ours beside what was measured; low and high bound what is good."""

    name: str
    detector: str
    low: float | None
    high: float | None
    value: float | None
    met: bool


class Report(Struct, frozen=True, kw_only=True):
    """All of it. left_out: detectors that cannot run here, and why."""

    schema: str
    options: Options
    city: City | None
    detectors: list[DetectorReport]
    null: list[NullReport]
    goals: list[Goal]
    left_out: dict[str, str]
