"""The score of a labelled set: every figure with its interval, tables, confusion, goals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from rules.critical.evaluation.intervals import Proportion, f_score, proportion
from rules.critical.evaluation.tally import Cell, OutcomeTally, Tally

__all__ = ["Confident", "Figures", "Goal", "Outcomes", "Row", "Score", "compare", "goals", "score"]

_STEPS = (0.0, 0.5, 0.7, 0.9)


class Figures(Struct, frozen=True):
    """The figures of some lines.

    precision: of the alerts, those on critical lines. recall: of the critical lines, those with an
    alert; recall_with_review: with an alert or shown for review. category: right among the found
    (another that the label accepts is right too). level: right over all lines. level_one_low: lines
    of level I graded III or IV. review_only: critical lines shown for review and no more;
    harmless_in_review: of the lines that are not critical. wrong: lines missed or falsely alerted.
    """

    lines: int
    critical: int
    found: int
    missed: int
    false: int
    precision: Proportion
    recall: Proportion
    f1: Proportion
    recall_with_review: Proportion
    category: Proportion
    level: Proportion
    level_one_low: Proportion
    review_only: Proportion
    harmless_in_review: Proportion
    wrong: Proportion


class Row(Struct, frozen=True):
    """One row of a table: the figures of the lines of that name."""

    name: str
    figures: Figures


class Confident(Struct, frozen=True):
    """Outcomes said with at least this confidence, and how many of them are right."""

    least: float
    right: Proportion


class Outcomes(Struct, frozen=True):
    """Outcomes of lines that are not critical (capabilities C16, C17, C36, C37).

    accuracy: over all lines that have an outcome in their label, `none` too. recall: by outcome.
    said: of outcomes other than none, the right ones, from a confidence on.
    """

    accuracy: Proportion
    recall: dict[str, Proportion]
    said: list[Confident]
    confusion: dict[str, dict[str, int]]


class Score(Struct, frozen=True):
    """The score of one labelled set.

    confusion: expected category to what was said: a category, `review` or `none`; another category
    that the label accepts counts as the expected one. levels: expected level to the level given.
    tables: by dimension, rows with the worst first.
    """

    figures: Figures
    explicit_recall: Proportion
    implied_recall: Proportion
    confusion: dict[str, dict[str, int]]
    levels: dict[str, dict[str, int]]
    tables: dict[str, list[Row]]
    outcomes: Outcomes | None = None


class Goal(Struct, frozen=True):
    """A goal beside what was reached; what could not be measured (value None) is not met."""

    name: str
    value: float | None
    limit: float
    at_least: bool
    met: bool


def score(tally: Tally, by: Iterable[str] = ()) -> Score:
    """The figures of a tally, with a table for every dimension in `by`."""
    wording = tally.cells["wording"]
    explicit, implied = (wording.get(name, Cell()) for name in ("explicit", "implied"))
    return Score(
        figures=_figures(tally.total),
        explicit_recall=proportion(explicit.found, explicit.critical),
        implied_recall=proportion(implied.found, implied.critical),
        confusion=_nested(tally.confusion),
        levels=_nested(tally.levels),
        tables={name: _rows(tally.cells[name]) for name in by},
        outcomes=_outcomes(tally.outcomes) if tally.outcomes.pairs else None,
    )


def goals(scored: Score) -> list[Goal]:
    """What the lexicon has to reach on any labelled set, judged by the plain values."""
    figures = scored.figures
    return [
        _at_least("explicit recall", scored.explicit_recall.value, 0.97),
        _at_least("recall", figures.recall.value, 0.92),
        _at_least("precision", figures.precision.value, 0.90),
        _at_least("category", figures.category.value, 0.90),
        _at_least("level", figures.level.value, 0.80),
        _at_most("level I graded III or IV", figures.level_one_low.value, 0.02),
    ]


def compare(one: Score, other: Score) -> Goal:
    """How far two sets lie apart in F1: far apart, the lexicon was fitted to one of them."""
    left, right = one.figures.f1.value, other.figures.f1.value
    apart = None if left is None or right is None else abs(left - right)
    return _at_most("difference in F1", apart, 0.08)


def _at_least(name: str, value: float | None, limit: float) -> Goal:
    return Goal(name, value, limit, at_least=True, met=value is not None and value >= limit)


def _at_most(name: str, value: float | None, limit: float) -> Goal:
    return Goal(name, value, limit, at_least=False, met=value is not None and value <= limit)


def _figures(cell: Cell) -> Figures:
    seen = cell.found + cell.review_critical
    return Figures(
        lines=cell.lines,
        critical=cell.critical,
        found=cell.found,
        missed=cell.missed,
        false=cell.false,
        precision=proportion(cell.found, cell.found + cell.false),
        recall=proportion(cell.found, cell.critical),
        f1=f_score(cell.found, cell.false, cell.missed),
        recall_with_review=proportion(seen, cell.critical),
        category=proportion(cell.category, cell.found),
        level=proportion(cell.level, cell.lines),
        level_one_low=proportion(cell.too_low, cell.level_one),
        review_only=proportion(cell.review_critical, cell.critical),
        harmless_in_review=proportion(cell.review_harmless, cell.harmless),
        wrong=proportion(cell.missed + cell.false, cell.lines),
    )


def _rows(cells: dict[str, Cell]) -> list[Row]:
    """Worst first: by what is wrong at the least, so that one unlucky line does not lead."""
    rows = [Row(name, _figures(cell)) for name, cell in cells.items()]
    return sorted(rows, key=_rank)


def _rank(row: Row) -> tuple[float, float, int, str]:
    figures = row.figures
    return (-figures.wrong.low, figures.level.value or 0.0, -figures.lines, row.name)


def _nested(pairs: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (expected, got), count in sorted(pairs.items()):
        found.setdefault(expected, {})[got] = count
    return found


def _outcomes(tally: OutcomeTally) -> Outcomes:
    confusion = _nested(tally.pairs)
    right = {name: row.get(name, 0) for name, row in confusion.items()}
    return Outcomes(
        accuracy=proportion(sum(right.values()), tally.pairs.total()),
        recall={
            name: proportion(right[name], sum(row.values())) for name, row in confusion.items()
        },
        said=[_from(tally, least) for least in _STEPS],
        confusion=confusion,
    )


def _from(tally: OutcomeTally, least: float) -> Confident:
    kept = Counter[bool]()
    for (confidence, right), count in tally.said.items():
        if confidence >= least:
            kept[right] += count
    return Confident(least, proportion(kept[True], kept.total()))
