"""What a measurement ends in: figures with their spread, ratios beside their goal."""

from __future__ import annotations

import json
import platform
import statistics
from collections.abc import Sequence

import click
from msgspec import Struct, to_builtins

__all__ = ["Figure", "Ratio", "Report", "figure", "percentile", "show"]


class Figure(Struct, frozen=True):
    """One measured thing: its unit, the spread of its repeats, and what was done in words."""

    name: str
    unit: str
    low: float
    median: float
    high: float
    repeats: int
    note: str = ""


class Ratio(Struct, frozen=True):
    """A quotient of two medians taken in one run, beside the goal (`>=` or `<=`)."""

    name: str
    value: float
    goal: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal


class Report(Struct, frozen=True):
    """All figures of one run on one machine."""

    title: str
    setting: dict[str, str | int | float]
    figures: list[Figure]
    ratios: list[Ratio] = []
    notes: list[str] = []


def figure(name: str, unit: str, values: Sequence[float], note: str = "") -> Figure:
    """Low, median and high of the repeats (at least one value)."""
    return Figure(
        name=name,
        unit=unit,
        low=min(values),
        median=statistics.median(values),
        high=max(values),
        repeats=len(values),
        note=note,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of a non-empty sample; share 0.99 is p99."""
    ordered = sorted(values)
    rank = max(1, -int(-share * len(ordered) // 1))
    return ordered[rank - 1]


def show(report: Report, *, as_json: bool) -> None:
    """Print a report on stdout."""
    if as_json:
        document = to_builtins(report)
        document["ratios"] = [{**to_builtins(r), "met": r.met} for r in report.ratios]
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    click.echo(f"{report.title}  (Python {platform.python_version()})")
    click.echo("  " + "  ".join(f"{key}={value}" for key, value in report.setting.items()))
    width = max((len(f.name) for f in report.figures), default=0)
    click.echo(f"  {'':{width}}  {'low':>12} {'median':>12} {'high':>12}")
    for f in report.figures:
        numbers = " ".join(f"{_number(v):>12}" for v in (f.low, f.median, f.high))
        click.echo(f"  {f.name:{width}}  {numbers} {f.unit}" + (f"  ({f.note})" if f.note else ""))
    for r in report.ratios:
        sign = ">=" if r.at_least else "<="
        verdict = "met" if r.met else "not met"
        click.echo(f"  {r.name}: {r.value:.2f}   goal {sign} {r.goal:g}   {verdict}")
    for note in report.notes:
        click.echo(f"  {note}")


def _number(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2  # noqa: PLR2004 - print only
    return f"{value:,.{digits}f}"
