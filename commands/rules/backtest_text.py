"""A backtest as text: what was read, the alerts in a table, truth and cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from commands.rules.backtest_run import BacktestReport
from rules.language.schema.names import LEVELS
from rules.trials.moves_followed import Followed
from rules.trials.tally import RuleRow
from rules.trials.truth import Scored, Share, Spread

__all__ = ["backtest_lines", "duration", "share_text"]

_AREAS = 10
_DAYS = 31
_MISSED = 10


def backtest_lines(report: BacktestReport) -> Iterator[str]:
    """The report for people."""
    history, table = report.history, report.tally
    span = "no incidents"
    if report.first is not None and report.last is not None:
        span = f"{report.first:%F %H:%M} to {report.last:%F %H:%M} ({table.days:.2f} days)"
    yield f"{history.read:,} records from {history.files} files, {span}"
    yield f"{table.alerts} alerts, {table.a_day:g} a day"
    width = max([len("rule"), *(len(row.rule) for row in table.rules)])
    yield f"  {'rule':<{width}}  alerts   a day     I    II   III    IV  review  areas  minutes"
    for row in table.rules:
        yield _rule(row, width)
    if table.areas:
        yield "by area"
        for area in table.areas[:_AREAS]:
            levels = ", ".join(
                f"{level} {area.levels[level]}" for level in LEVELS if area.levels[level]
            )
            yield f"  {area.area}  {area.alerts} ({area.a_day:g} a day; {levels})"
        if len(table.areas) > _AREAS:
            yield f"  and {len(table.areas) - _AREAS} more areas (all of them: --json)"
    yield from _days(table.dates)
    for row in table.rules:
        if row.budget is not None and row.a_day > row.budget:
            yield f"over budget: {row.rule} gives {row.a_day:g} a day, {row.budget:g} expected"
    if report.truth is not None:
        yield from _truth(report.truth)
    for followed in report.followed:
        yield from _followed(followed)
    cost = history.cost
    yield (
        f"cost: {cost.seconds:g} s of processor, {cost.records_a_second:,.0f} records a second, "
        f"state {cost.state_bytes / 1024:,.0f} KiB"
    )


def _days(dates: Mapping[str, int]) -> Iterator[str]:
    """The newest days; a day on which nothing came is not there."""
    if len(dates) > 1:
        newest = list(dates.items())[-_DAYS:]
        more = f" (and {len(dates) - _DAYS} days before: --json)" if len(dates) > _DAYS else ""
        yield "by day: " + ", ".join(f"{date} {number}" for date, number in newest) + more


def duration(seconds: float) -> str:
    """`95 s`, `12 min`, `3.5 h`."""
    if abs(seconds) < 120:  # noqa: PLR2004 - two minutes read better in seconds
        return f"{seconds:.0f} s"
    if abs(seconds) < 7200:  # noqa: PLR2004 - two hours read better in minutes
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def share_text(share: Share) -> str:
    """`9 of 10 (90 %)`."""
    percent = "" if share.percent is None else f" ({share.percent:g} %)"
    return f"{share.hit} of {share.of}{percent}"


def _rule(row: RuleRow, width: int) -> str:
    levels = "".join(f"{row.levels[level] or '-':>6}" for level in LEVELS)
    minutes = "-" if row.minutes is None else f"{row.minutes:g}"
    return (
        f"  {row.rule:<{width}}  {row.alerts:>6}  {row.a_day:>6g}{levels}  {row.review:>6}  "
        f"{row.areas:>5}  {minutes:>7}"
    )


def _truth(scored: Scored) -> Iterator[str]:
    yield "against the truth"
    if scored.criticals.of:
        review = f", {scored.review} more for review" if scored.review else ""
        yield f"  critical reports told: {share_text(scored.criticals)}{review}"
        yield f"    with the right category: {share_text(scored.right_category)}"
        if scored.right_level.of:
            yield f"    with the right level: {share_text(scored.right_level)}"
    if scored.bursts.of:
        yield f"  bursts told: {share_text(scored.bursts)}"
    for kind, spread in scored.delay.items():
        yield f"  from the beginning of a {kind} to the alert: {_spread(spread)}"
    if scored.lead is not None:
        yield f"  from the alert to the end of a burst: {_spread(scored.lead)}"
    yield f"  false alarms: {share_text(scored.false_alarms)}"
    yield f"    critical: {share_text(scored.false_keyword)}, heat: {share_text(scored.false_heat)}"
    if scored.missed:
        more = f" and {len(scored.missed) - _MISSED} more" if len(scored.missed) > _MISSED else ""
        yield f"  missed: {', '.join(scored.missed[:_MISSED])}{more}"
    if scored.others:
        yield f"  {scored.others} true events are of a kind that no rule run here is about"


def _followed(followed: Followed) -> Iterator[str]:
    without, moved = followed.without, followed.with_moves
    cut = "" if followed.cut is None else f" ({-100 * followed.cut:+.0f} %)"
    yield f"{followed.rule}: had its {followed.moves} moves been followed (estimated)"
    yield f"  calls expected to find no free unit near: {without.calls:g} -> {moved.calls:g}{cut}"
    yield (
        f"  cold: {without.cold_minutes:,.0f} -> {moved.cold_minutes:,.0f} of "
        f"{followed.station_minutes:,.0f} station-minutes; missing: {without.missing:g} -> "
        f"{moved.missing:g} unit-hours"
    )


def _spread(spread: Spread) -> str:
    if spread.least == spread.most:
        return duration(spread.median)
    return f"{duration(spread.median)} ({duration(spread.least)} to {duration(spread.most)})"
