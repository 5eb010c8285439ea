"""Counts of right and wrong findings, added up line by line over every way to cut the set."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from rules.critical.evaluation.labels import Label
from streams.observations import Finding
from streams.records import Level

__all__ = ["DIMENSIONS", "Cell", "OutcomeTally", "Tally", "wrongs"]

Dimension = Callable[[Label], Iterable[str]]

DIMENSIONS: Mapping[str, Dimension] = {
    "kind": lambda label: label.kinds,
    "lang": lambda label: (label.lang,),
    "category": lambda label: (label.category,),
    "wording": lambda label: (label.wording,),
}
"""Ways to cut a labelled set. A line of several kinds counts in each of them."""

_LOW: tuple[Level, ...] = ("III", "IV")


class Cell(Struct):
    """What was counted over some lines.

    found: critical lines that got an alert; false: other lines that got one. category, level: how
    many of the found have the right category, and of all lines the right level. too_low: lines of
    level I graded III or IV. review_*: lines that are shown for review only.
    """

    lines: int = 0
    critical: int = 0
    found: int = 0
    false: int = 0
    category: int = 0
    level: int = 0
    level_one: int = 0
    too_low: int = 0
    review_critical: int = 0
    review_harmless: int = 0

    @property
    def harmless(self) -> int:
        """Lines that are not critical."""
        return self.lines - self.critical

    @property
    def missed(self) -> int:
        """Critical lines without an alert, those for review among them."""
        return self.critical - self.found

    def add(self, label: Label, finding: Finding) -> None:
        """Count one line."""
        alert, review = finding.tier == "critical", finding.tier == "review"
        self.lines += 1
        self.level += finding.level == label.level
        if label.critical:
            self.critical += 1
            self.found += alert
            self.category += alert and finding.category in (label.category, *label.alts)
            self.review_critical += review
        else:
            self.false += alert
            self.review_harmless += review
        if label.level == "I":
            self.level_one += 1
            self.too_low += finding.level in _LOW


class OutcomeTally(Struct):
    """Outcomes said beside those expected: counts by pair, and by (confidence, right)."""

    pairs: Counter[tuple[str, str]]
    said: Counter[tuple[float, bool]]

    def add(self, expected: str, finding: Finding) -> None:
        """Count one line that has an outcome in its label."""
        self.pairs[expected, finding.outcome] += 1
        if finding.outcome != "none":
            self.said[round(finding.confidence, 2), finding.outcome == expected] += 1


class Tally:
    """All counts of one labelled set; memory grows with its kinds, not with its lines."""

    def __init__(self, dimensions: Mapping[str, Dimension] = DIMENSIONS) -> None:
        self._dimensions = dimensions
        self.total = Cell()
        self.cells: dict[str, dict[str, Cell]] = {name: defaultdict(Cell) for name in dimensions}
        self.confusion: Counter[tuple[str, str]] = Counter()
        self.levels: Counter[tuple[str, str]] = Counter()
        self.outcomes = OutcomeTally(Counter(), Counter())

    def add(self, label: Label, finding: Finding) -> None:
        """Count one line and what the matcher says of it."""
        self.total.add(label, finding)
        for name, dimension in self._dimensions.items():
            for value in dimension(label):
                self.cells[name][value].add(label, finding)
        self.confusion[label.category, _said(label, finding)] += 1
        self.levels[label.level, finding.level] += 1
        if label.outcome is not None:
            self.outcomes.add(label.outcome, finding)


def _said(label: Label, finding: Finding) -> str:
    """The category of an alert, else the tier; a category that is right too counts as the first."""
    if finding.tier != "critical":
        return finding.tier
    return label.category if finding.category in label.alts else finding.category


def wrongs(label: Label, finding: Finding) -> tuple[str, ...]:
    """What is wrong with a finding: missed, false, category, level, outcome; empty if nothing."""
    alert = finding.tier == "critical"
    both = label.critical and alert
    wrong = {
        "missed": label.critical and not alert,
        "false": alert and not label.critical,
        "category": both and finding.category not in (label.category, *label.alts),
        "level": finding.level != label.level,
        "outcome": label.outcome is not None and finding.outcome != label.outcome,
    }
    return tuple(name for name, is_wrong in wrong.items() if is_wrong)
