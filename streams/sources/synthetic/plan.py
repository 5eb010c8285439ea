"""What is asked of the simulator: one frozen plan, checked, from which everything follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated

import numpy as np
from msgspec import Meta, Struct

from streams.errors import ConfigError

__all__ = ["BLOCK_S", "LOCAL", "Plan", "generator"]

LOCAL = timezone(timedelta(hours=8))
"""The city's offset: one zone without summer time."""
BLOCK_S = 3600
"""Length of a generated block in seconds: bounds memory and lets a feed start at once."""

_OPENING_H = 0.5

Share = Annotated[float, Meta(ge=0, le=1)]


class Plan(Struct, frozen=True, kw_only=True):
    """A simulated city and a stretch of its time. Equal plans give equal bytes.

    `rate` is incidents a day over the whole city; `incidents`, where given, fixes their number
    instead. `disorder` is the median delay (s) from report to arrival, `duplicates` and `bad` are
    shares of extra lines. `bursts`, `shortages`: how many to inject (None: by the duration).
    `opening` puts one burst, critical calls and a shortage into the first half hour, for shows.
    `closings`: units are sent to calls, which are told to be dispatched, arrived at and closed.
    """

    seed: int = 1
    start: datetime = datetime(2026, 3, 2, tzinfo=LOCAL)
    hours: Annotated[float, Meta(gt=0)] = 24.0
    rate: Annotated[float, Meta(gt=0)] = 1200.0
    incidents: Annotated[int, Meta(ge=0)] | None = None
    counties: Annotated[int, Meta(ge=1, le=99)] = 4
    stations: Annotated[int, Meta(ge=1)] = 36
    disorder: Annotated[float, Meta(ge=0)] = 210.0
    duplicates: Share = 0.0
    bad: Share = 0.0
    critical_share: Share = 0.001
    repeats: Share = 0.08
    bursts: Annotated[int, Meta(ge=0)] | None = None
    shortages: Annotated[int, Meta(ge=0)] | None = None
    fix_every: Annotated[int, Meta(ge=1)] = 60
    opening: bool = False
    closings: bool = False

    def __post_init__(self) -> None:
        """Faults that a type cannot tell: each one sentence with its remedy."""
        if self.start.tzinfo is None:
            msg = "the start time has no offset; write it like 2026-03-02T00:00:00+08:00"
            raise ConfigError(msg)
        if self.stations < self.counties:
            msg = (
                f"{self.counties} counties need at least as many stations, not {self.stations}; "
                "raise --stations or lower --counties"
            )
            raise ConfigError(msg)
        if self.opening and self.hours < _OPENING_H:
            msg = (
                f"an opening takes half an hour, but the plan has {self.hours:g} h; make it longer"
            )
            raise ConfigError(msg)
        if self.stations > self.counties * 9999:
            msg = f"{self.stations} stations need more counties: at most 9999 stations in each"
            raise ConfigError(msg)

    @property
    def start_s(self) -> int:
        """Begin in whole seconds since the epoch."""
        return int(self.start.astimezone(UTC).timestamp())

    @property
    def end_s(self) -> int:
        """End (exclusive) in whole seconds since the epoch."""
        return self.start_s + max(1, round(self.hours * 3600))

    def blocks(self) -> list[tuple[int, int]]:
        """The hours of the plan as (begin, end) seconds; the last one may be shorter."""
        begins = range(self.start_s, self.end_s, BLOCK_S)
        return [(begin, min(begin + BLOCK_S, self.end_s)) for begin in begins]


def generator(seed: int, purpose: int, index: int = 0) -> np.random.Generator:
    """A stream of random numbers of its own for each purpose and block.

    One part of the city then does not change when another draws more.
    """
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(purpose, index)))
    )
