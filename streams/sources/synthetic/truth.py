"""What really happened in a simulated city: the records of the truth file, for scoring."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from msgspec import Struct, field

from streams.records import Level
from streams.sources.synthetic.people import People
from streams.sources.synthetic.plan import Plan

__all__ = ["Burst", "Critical", "Decoy", "Personal", "Shortage", "Summary", "Truth"]


class Burst(Struct, tag="burst", tag_field="truth", kw_only=True):
    """An area that got `extra` incidents beyond its own normal between start and end."""

    id: str
    area: str
    start: datetime
    end: datetime
    extra: int
    incidents: list[str] = []


class Critical(Struct, tag="critical", tag_field="truth", frozen=True, kw_only=True):
    """A critical report: its category of the twelve, the grade expected, the noise on it."""

    incident: str
    at: datetime
    area: str
    category: str
    level: Level
    variant: str


class Decoy(Struct, tag="decoy", tag_field="truth", frozen=True, kw_only=True):
    """A report that sounds critical and must raise nothing, and what kind it is."""

    incident: str
    kind: str


class Shortage(Struct, tag="shortage", tag_field="truth", frozen=True, kw_only=True):
    """An area whose named units were away between start and end."""

    id: str
    area: str
    start: datetime
    end: datetime
    units: list[str]


class Personal(Struct, tag="personal", tag_field="truth", frozen=True, kw_only=True):
    """Every personal value that any text may hold: none may show up in any output."""

    values: People


class Summary(Struct, tag="summary", tag_field="truth", kw_only=True):
    """Exact counts of the incident file.

    lines = incidents + changes + duplicates + all of `rejected` and `repaired`, which count the
    injected bad records by the reason expected for each. changes: later events about calls.
    with_contact: reports whose caller added a name, a
    phone or an identity number (number plates stand in others besides).
    """

    seed: int
    start: datetime
    end: datetime
    lines: int = 0
    incidents: int = 0
    changes: int = 0
    duplicates: int = 0
    repeats: int = 0
    with_contact: int = 0
    positions: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)


class Truth:
    """Collects the truth while a city is generated; complete once its lines have all been taken."""

    def __init__(self, plan: Plan, people: People) -> None:
        self.bursts: dict[str, Burst] = {}
        self.criticals: list[Critical] = []
        self.decoys: list[Decoy] = []
        self.shortages: list[Shortage] = []
        self.personal = Personal(values=people)
        self.summary = Summary(
            seed=plan.seed,
            start=plan.start,
            end=datetime.fromtimestamp(plan.end_s, plan.start.tzinfo),
        )

    def records(self) -> list[Struct]:
        """All records in the order of the truth file: events first, the summary last."""
        return [
            *self.bursts.values(),
            *self.criticals,
            *self.decoys,
            *self.shortages,
            self.personal,
            self.summary,
        ]
