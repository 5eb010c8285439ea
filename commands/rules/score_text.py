"""The score for people: figures beside their intervals, tables, and what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
from msgspec import UNSET
from msgspec import json as msgjson

from commands.rules.score_report import Mistake, Report, Stream
from rules.critical.evaluation.intervals import Proportion, Range
from rules.critical.evaluation.score import Goal, Outcomes, Row, Score

__all__ = ["show"]

_COUNTS = ("lines", "critical", "missed", "false")
_SMALL = 0.01
_SHARES = ("recall", "precision", "category", "level")


def show(report: Report, *, as_json: bool) -> None:
    """Print a report on stdout."""
    if as_json:
        click.echo(msgjson.encode(report))
        return
    for line in _lines(report):
        click.echo(line)


def _lines(report: Report) -> Iterator[str]:
    figures = report.score.figures
    skipped = f", {report.faults} skipped for faults" if report.faults else ""
    yield f"{report.file}: {figures.lines} lines, {figures.critical} critical{skipped}"
    yield "Shares with 95 % intervals; n counts the lines behind each."
    yield from _figures(report.score)
    yield from _confusion("Category: expected, then what was said", report.score.confusion)
    yield from _confusion("Level: expected, then given", report.score.levels)
    for name, rows in report.score.tables.items():
        yield from _table(name, rows)
    if report.score.outcomes:
        yield from _outcomes(report.score.outcomes)
    if report.stream:
        yield from _stream(report.stream)
    if report.errors is not None:
        yield from _errors(report.errors)
    if report.against:
        yield ""
        yield f"Against {report.against.file}"
        yield _figure("F1", report.against.score.figures.f1)
    if report.goals is not None:
        yield ""
        yield "Goals"
        yield from map(_goal, report.goals)


def _figures(score: Score) -> Iterator[str]:
    figures = score.figures
    yield ""
    yield _figure("precision", figures.precision)
    yield _figure("recall", figures.recall)
    yield _figure("  explicit", score.explicit_recall)
    yield _figure("  implied", score.implied_recall)
    yield _figure("  with review", figures.recall_with_review)
    yield _figure("F1", figures.f1)
    yield _figure("category, of the found", figures.category)
    yield _figure("level, of all", figures.level)
    yield _figure("level I graded III or IV", figures.level_one_low)
    yield _figure("critical, only for review", figures.review_only)
    yield _figure("harmless, in review", figures.harmless_in_review)


def _figure(name: str, figure: Proportion) -> str:
    """`precision   0.900  0.793 to 0.957   n 50`."""
    if figure.value is None:
        return f"  {name:26} nothing to measure"
    value, low, high = map(_share, (figure.value, figure.low, figure.high))
    return f"  {name:26} {value}  {low} to {high}  n {figure.of}"


def _share(share: float) -> str:
    return f"{share:.3f}" if share == 0 or share >= _SMALL else f"{share:.5f}"


def _confusion(title: str, counts: dict[str, dict[str, int]]) -> Iterator[str]:
    yield ""
    yield title
    for expected, row in counts.items():
        hits = row.get(expected, 0)
        others = sorted((-count, got) for got, count in row.items() if got != expected)
        told = "".join(f"  {got} {-count}" for count, got in others)
        yield f"  {expected:18} {hits:>5} right{told}"


def _table(name: str, rows: list[Row]) -> Iterator[str]:
    yield ""
    yield f"By {name}, worst first"
    width = max(len(row.name) for row in rows)
    heads = "".join(f" {head:>8}" for head in _COUNTS)
    yield f"  {'':{width}}{heads}" + "".join(f"  {head:14}" for head in _SHARES).rstrip()
    for row in rows:
        f = row.figures
        counts = "".join(f" {count:>8}" for count in (f.lines, f.critical, f.missed, f.false))
        shares = "".join(f"  {_short(s):14}" for s in (f.recall, f.precision, f.category, f.level))
        yield f"  {row.name:{width}}{counts}{shares}".rstrip()


def _short(share: Proportion) -> str:
    if share.value is None:
        return "-"
    return f"{share.value:.2f} {share.low:.2f}-{share.high:.2f}"


def _outcomes(outcomes: Outcomes) -> Iterator[str]:
    yield ""
    yield "Outcomes of lines that say theirs"
    yield _figure("accuracy", outcomes.accuracy)
    for name, share in outcomes.recall.items():
        yield _figure(f"  {name}", share)
    for step in outcomes.said:
        yield _figure(f"right, confidence >= {step.least:g}", step.right)
    yield from _confusion("Outcome: expected, then what was said", outcomes.confusion)


def _stream(stream: Stream) -> Iterator[str]:
    reckoned, counted = stream.reweighted, stream.measured
    yield ""
    yield (
        f"A stream of {reckoned.calls_a_day:,} calls a day, {reckoned.critical_share:.2%} of them "
        "critical, numbers a day"
    )
    yield (
        f"  Reckoned from the labelled lines, reweighted to a real mix; {reckoned.covered:.0%} of "
        "that mix has lines:"
    )
    for name, value in (
        ("alerts", reckoned.alerts),
        ("  false", reckoned.false_alerts),
        ("missed", reckoned.missed),
        ("for review", reckoned.reviews),
    ):
        yield f"  {name:26} {_range(value)}"
    for kind in reckoned.kinds:
        told = f"{kind.false_alerts:.1f} a day: {kind.false} of {kind.lines} lines"
        yield f"    false, {kind.name:17} {told}, {kind.share:.1%} of the mix"
    share = reckoned.precision
    yield f"  {'precision':26} {share.value:.3f}  {share.low:.3f} to {share.high:.3f}"
    yield f"  The mix: {reckoned.source}"
    yield (
        f"  Counted on {counted.texts:,} simulated calls ({counted.days} days, "
        f"seed {counted.seed}), which led to {counted.alerts} alerts:"
    )
    yield f"  {'false alerts':26} {_range(counted.false_alerts_a_day)}"
    yield f"  {'harmless for review':26} {_range(counted.reviews_a_day)}"
    yield _figure("alert on calls of every day", counted.every_day)
    yield _figure("alert on decoys", counted.decoys)
    for decoy, figure in counted.by_decoy.items():
        if figure.hits:
            yield _figure(f"  {decoy}", figure)
    yield _figure("recall, few templates", counted.recall)


def _range(value: Range) -> str:
    return f"{value.value:.1f}  {value.low:.1f} to {value.high:.1f}"


def _errors(mistakes: Iterable[Mistake]) -> Iterator[str]:
    yield ""
    yield "Judged wrongly: id, what, expected, got, words with their places, reasons"
    for mistake in mistakes:
        told, got = mistake.expected, mistake.got
        words = ", ".join(f"{p.term} [{p.start}:{p.end}]" for p in mistake.spans)
        parts = [
            str(mistake.id),
            "+".join(mistake.wrong),
            " ".join(filter(None, (told.tier, told.category, told.level, told.outcome))),
            " ".join(filter(None, (got.tier, got.category, got.level, got.outcome))),
            words or "-",
            " ".join(mistake.reasons) or "-",
        ]
        if mistake.text is not UNSET:
            parts.append(mistake.text)
        yield "  " + "\t".join(parts)


def _goal(goal: Goal) -> str:
    sign = ">=" if goal.at_least else "<="
    if goal.value is None:
        return f"  {goal.name:26} nothing to measure   goal {sign} {goal.limit:g}   not met"
    verdict = "met" if goal.met else "not met"
    return f"  {goal.name:26} {goal.value:.3f}   goal {sign} {goal.limit:g}   {verdict}"
