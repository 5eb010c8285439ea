"""What a check looks at: the parts of a book, its areas, its calendar, and the moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from rules.language.calendar import Calendar, problems
from rules.language.faults import Fault
from rules.language.leaves import close
from rules.language.parts import Parts, RuleEntry, Tree
from rules.language.problem import Problem
from rules.language.schema.common import When
from streams.yaml_nodes import Document, Path_, Place

__all__ = ["Subject", "calendar_of", "hint", "nearest", "of_problems"]


class Subject(Struct, frozen=True):
    """All that checks need. now_ms: None where no moment is meant, so that nothing has ended.

    partitions: of the log of the installation; lateness_ms: how late its intake lets a record be;
    None where none is meant.
    """

    parts: Parts
    tree: Tree
    calendar: Calendar
    now_ms: int | None
    partitions: int | None = None
    lateness_ms: int | None = None

    def names(self, section: str) -> dict[str, Place]:
        """Names that stand in some file, those of parts with faults too."""
        return self.parts.named.get(section, {})

    @property
    def whole(self) -> bool:
        """Whether every file could be read: else a name may stand in one that could not."""
        return not self.parts.incomplete

    def conditions(self) -> Iterator[tuple[When, Document, Path_, str]]:
        """Every `when`, its file and path, and the words for whose it is."""
        for entry in self.parts.rules:
            yield from _of_overrides(entry)
        for placed in self.parts.suppressions:
            name = f"suppression {placed.value.id}"
            yield placed.value.when, placed.document, (*placed.path, "when"), name
        for name, route in self.parts.routes.items():
            for index, step in enumerate(route.value):
                if step.when is not None:
                    path = (*route.path, index, "when")
                    yield step.when, route.document, path, f"route {name}"


def _of_overrides(entry: RuleEntry) -> Iterator[tuple[When, Document, Path_, str]]:
    for index, override in enumerate(entry.rule.overrides):
        path = (*entry.path, "overrides", index, "when")
        yield override.when, entry.document, path, f"override {index + 1} of {entry.rule.id}"


def calendar_of(parts: Parts) -> Calendar:
    """The book's calendar; the shipped one where it has none, or one with faults."""
    for placed in parts.calendars:
        if not any(True for _ in problems(placed.value)):
            return Calendar(placed.value)
    return Calendar()


def of_problems(
    found: Iterable[Problem], codes: dict[str, str], document: Document, base: Path_
) -> Iterator[Fault]:
    """Problems of a value that stands at a path, as faults."""
    for problem in found:
        place = document.place((*base, *problem.path))
        yield Fault(place, codes[problem.name], problem.message, hint(problem.suggestion))


def hint(meant: str) -> str:
    """The words for what was probably meant."""
    return f'did you mean "{meant}"?' if meant else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint for a name that is not known."""
    return hint(close(name, known))
