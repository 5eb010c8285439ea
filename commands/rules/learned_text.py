"""What `watchfloor rules learn` tells, as one JSON object or as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec import json as msgjson

from rules.critical.learning.layer import Change, Drift, Share, Step, Weight
from streams.records import Instant

__all__ = ["Report", "Shown", "lines", "shown", "to_json"]

_SOME = 6


class Shown(Struct, frozen=True, kw_only=True):
    """A step as it is told: of its marks the ids alone."""

    number: int
    as_of: Instant
    lexicon: str
    review_from: float
    weights: list[Weight]
    changes: list[Change]
    frozen: list[str]
    shares: list[Share]
    drift: Drift | None
    marks: list[str]


class Report(Struct, frozen=True, kw_only=True):
    """What was done, or is there. used: whether the rule directory says that the layer counts.

    new, repeated: marks read. unknown: reasons that name entries which the lexicon does not have.
    findings: what somebody should look at.
    """

    schema: Literal["learning/1"] = "learning/1"
    file: str
    used: bool
    dry: bool = False
    new: int = 0
    repeated: int = 0
    unknown: list[str] = []
    reverted: list[int] = []
    steps: list[Shown] = []
    findings: list[str] = []


def to_json(report: Report) -> str:
    """The report as one JSON object."""
    return msgjson.encode(report).decode()


def shown(step: Step) -> Shown:
    """A step with the ids of its marks."""
    return Shown(
        number=step.number,
        as_of=step.as_of,
        lexicon=step.lexicon,
        review_from=step.review_from,
        weights=step.weights,
        changes=step.changes,
        frozen=step.frozen,
        shares=step.shares,
        drift=step.drift,
        marks=[marked.id for marked in step.marks],
    )


def lines(report: Report) -> Iterator[str]:
    """The report for people."""
    if report.repeated:
        yield f"{report.repeated} marks came again and count once"
    if report.unknown:
        yield f"entries that this lexicon does not have, left out: {_some(report.unknown)}"
    for step in report.steps:
        yield from _step(step)
    if report.reverted:
        taken = ", ".join(map(str, report.reverted))
        yield f"reverted: step {taken}"
    yield from (f"look: {finding}" for finding in report.findings)
    yield _state(report)


def _step(step: Shown) -> Iterator[str]:
    yield f"step {step.number}, up to {step.as_of.isoformat()}: {len(step.marks)} new marks"
    for change in step.changes:
        sign = "" if change.entry == "review_from" else "+"
        moved = f"{change.before:{sign}.3f} -> {change.after:{sign}.3f}"
        yield f"  {change.entry} {moved}: {change.because}"
    if not step.changes:
        yield "  nothing moves"
    if step.frozen:
        yield f"  held, since officers contradict each other: {_some(step.frozen)}"
    for share in step.shares:
        part = share.false / share.marks
        yield f"  false marks, {share.tier}: {share.false} of {share.marks} ({part:.0%})"
    if step.drift is not None:
        drift = step.drift
        yield (
            f"  the share of false marks went from {drift.before:.0%} to {drift.now:.0%}, "
            f"noticed {drift.noticed.isoformat()}"
        )


def _state(report: Report) -> str:
    if report.dry:
        return f"{report.file}: left as it is (--dry)"
    use = "used" if report.used else "not used; to use it write `learning: {use: true}` beside it"
    return f"{report.file}: {use}"


def _some(names: list[str]) -> str:
    more = len(names) - _SOME
    return ", ".join(names[:_SOME]) + (f" and {more} more" if more > 0 else "")
