"""What came of the tests of a rule book: passed, failed with place and reason, or not run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from rules.trials.why_heat import HeatReason
from streams.yaml_nodes import Place

__all__ = ["CaseResult", "Failing", "Line", "TrialReport"]

Status = Literal["passed", "failed", "not_run"]


class Failing(Struct, frozen=True):
    """One expectation that does not hold: where it stands, what was to be, and what was.

    reason: of a heat rule, what it saw in the area at that moment.
    """

    file: str
    line: int
    column: int
    expected: str
    got: str
    reason: HeatReason | None = None

    @classmethod
    def at(cls, place: Place, expected: str, got: str, reason: HeatReason | None = None) -> Failing:
        """The same with the place in one piece."""
        return cls(place.file, place.line, place.column, expected, got, reason)


class Line(Struct, frozen=True):
    """One revision of an alert as a test tells it. at_ms: since the start of the test."""

    at_ms: int
    id: str
    revision: int
    rule: str
    area: str
    status: str
    level: str
    state: str
    review: bool
    incidents: int
    suppressed_by: list[str]
    message: str


class CaseResult(Struct, frozen=True, kw_only=True):
    """One test. why: for a test that was not run, the reason. alerts: those of its rule."""

    name: str
    rule: str
    file: str
    line: int
    column: int
    status: Status
    why: str = ""
    failures: list[Failing] = []
    alerts: list[Line] = []


class TrialReport(Struct, frozen=True):
    """All tests of a rule book, in the order of the files."""

    cases: list[CaseResult]

    @property
    def failed(self) -> Sequence[CaseResult]:
        """Tests of which some expectation does not hold."""
        return [case for case in self.cases if case.status == "failed"]

    def counts(self) -> Counter[Status]:
        """How many passed, failed and were not run."""
        return Counter(case.status for case in self.cases)
