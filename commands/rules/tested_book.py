"""The tests of a rule directory, run: what `rules test` shows and `rules publish` asks for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from commands.rules.directory import asked
from commands.rules.tested import Failed
from rules.critical.loader import layers_of
from rules.critical.matcher import CriticalMatcher
from rules.language.book import RuleBook
from rules.language.leaves import close
from rules.language.loader import Reading
from rules.trials.cases import run_tests
from rules.trials.coverage import Coverage, Watched
from rules.trials.report import CaseResult, TrialReport
from streams.areas import AreaTree
from streams.errors import ConfigError, RuleError
from streams.intake import Matcher
from streams.settings import load_settings

__all__ = ["AllTested", "AskedBook", "TestedBook", "asked_book", "matcher_of"]


class AllTested(Struct, frozen=True, kw_only=True):
    """All of it for programs. examples, failures: of the lexicon; tests: of the rules."""

    examples: int
    failures: list[Failed]
    tests: list[CaseResult]
    coverage: Coverage | None


class AskedBook(Struct, frozen=True):
    """A rule directory as it was named. reading: None where it holds words alone."""

    reading: Reading | None
    areas: AreaTree
    layers: list[Path]


class TestedBook(Struct, frozen=True):
    """What came of the tests of a book, and what of the book they exercised."""

    report: TrialReport
    coverage: Coverage

    @classmethod
    def run(cls, book: AskedBook, rules: Sequence[str] = ()) -> TestedBook:
        """Run the tests of a book, or those of some of its rules."""
        if book.reading is None:
            return cls(TrialReport([]), Coverage([], 100.0))
        rule_book = book.reading.book
        watched = Watched(rule_book, rules)
        if not rule_book.parts.tests:
            return cls(TrialReport([]), watched.coverage())
        matcher = matcher_of(rule_book, book.layers)
        report = run_tests(rule_book, book.areas, matcher, only=rules, ran=watched.ran)
        return cls(report, watched.coverage())

    def counted(self) -> str:
        """`12 tests, 1 failed, 2 not run`."""
        counts = self.report.counts()
        more = f", {counts['not_run']} not run" if counts["not_run"] else ""
        return f"{len(self.report.cases)} tests, {counts['failed']} failed{more}"


def asked_book(
    directory: str | None, areas: str | None = None, rules: Sequence[str] = ()
) -> AskedBook:
    """What was named, else the settings' directory, else the shipped rules.

    Raises RuleError with all errors of the rule files, and ConfigError for a directory that is
    none or holds nothing, and for a rule that the book does not have.
    """
    named = asked(directory, areas)
    own = directory or load_settings(os.environ).rules
    layers = layers_of(Path(own)) if own else []
    if layers and not any(named.directory.glob("*.y*ml")):
        return AskedBook(None, named.areas, layers)
    if not layers and not any(named.directory.glob("*.y*ml")):
        raise ConfigError(
            f"{named.shown}: neither rule files (*.yaml) nor a folder `lexicon` here; name a rule "
            "directory, or none for what is shipped"
        )
    reading = named.read()
    if reading.errors:
        raise RuleError("\n".join(str(fault) for fault in reading.errors))
    _known(reading.book, rules)
    return AskedBook(reading, reading.book.tree.areas(), layers)


def matcher_of(book: RuleBook, layers: Sequence[Path]) -> Matcher:
    """The matcher of a rule book: the lexicon with the layers over it, and the rules' own words."""
    return CriticalMatcher.load(layers, [book])


def _known(book: RuleBook, rules: Sequence[str]) -> None:
    ids = [entry.rule.id for entry in book.parts.rules]
    for rule in rules:
        if rule not in ids:
            meant = close(rule, ids)
            hint = f"; did you mean {meant}?" if meant else f" (rules: {', '.join(ids)})"
            raise ConfigError(f"no rule {rule} here{hint}")
