"""A plan as text: how many alerts differ, by rule and area, and each of them by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from commands.rules.plan_run import PlanReport
from rules.trials.difference import Change, Side, What

__all__ = ["plan_lines"]

_SHOWN = 100
_AREAS = 10
_WORDS: dict[What, str] = {
    "gained": "gained",
    "lost": "lost",
    "level": "moved in level",
    "time": "moved in time",
    "content": "say something else",
}
_SIGNS = {"gained": "+", "lost": "-", "level": "~", "time": "~", "content": "~"}


def plan_lines(report: PlanReport) -> Iterator[str]:
    """The report for people."""
    total = len(report.changes)
    yield f"{report.history.read:,} records; {report.same} alerts are the same, {total} differ"
    if total:
        yield f"  {_counts(report.counts)}"
    for rule, counts in report.by_rule.items():
        yield f"  rule {rule}: {_counts(counts)}"
    for area, counts in list(report.by_area.items())[:_AREAS]:
        yield f"  area {area}: {_counts(counts)}"
    if len(report.by_area) > _AREAS:
        yield f"  and {len(report.by_area) - _AREAS} more areas (all of them: --json)"
    zone = ZoneInfo(report.timezone)
    for change in report.changes[:_SHOWN]:
        yield _line(change, zone)
    if total > _SHOWN:
        yield f"and {total - _SHOWN} more (all of them: --json)"


def _counts(counts: Mapping[What, int]) -> str:
    return ", ".join(
        f"{counts[what]} {words}" for what, words in _WORDS.items() if counts.get(what)
    )


def _line(change: Change, zone: ZoneInfo) -> str:
    sign = _SIGNS[change.what]
    if change.old is None or change.new is None:
        side = change.new or change.old
        shown = "" if side is None else _side(side, zone)
        return f"{sign} {change.rule} {change.area}: {shown}"
    old, new = _side(change.old, zone), _side(change.new, zone)
    if change.what == "content":
        return f"{sign} {change.rule} {change.area}: {new}; {', '.join(change.fields)} differ"
    return f"{sign} {change.rule} {change.area}: {old} -> {new}"


def _side(side: Side, zone: ZoneInfo) -> str:
    ended = "open" if side.ended is None else _at(side.ended, zone)
    marks = [side.state] if side.state != "live" else []
    marks += ["for review"] if side.review else []
    more = f", {', '.join(marks)}" if marks else ""
    return f"level {side.level}, {_at(side.fired, zone)} to {ended}{more} [{side.id}]"


def _at(time_ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(zone):%F %H:%M}"
