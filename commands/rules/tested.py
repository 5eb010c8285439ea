"""The outcome of the lexicon's examples, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from rules.critical.examples import Example, Failure, examples, failure
from rules.critical.explain import Explainer, titled

__all__ = ["Report", "run_examples", "shown"]


class Failed(Struct, frozen=True):
    """One example that does not hold; changed: it is not the entry's fault."""

    file: str
    line: int
    column: int
    entry: str
    text: str
    expected: str
    got: str
    why: str
    changed: bool


class Report(Struct, frozen=True):
    """How many examples were run, and those that do not hold."""

    examples: int
    failures: list[Failed]

    def bad(self, *, strict: bool) -> list[Failed]:
        """The failures that count: without `strict`, only those that are the entry's fault."""
        return [failed for failed in self.failures if strict or not failed.changed]


def run_examples(directories: Sequence[Path]) -> Report:
    """Run the examples of the shipped lexicon and of directories laid over it."""
    explainer = Explainer.load(directories)
    found: list[Example] = list(examples(explainer.layers))
    outcomes = (failure(explainer, example) for example in found)
    return Report(len(found), [_failed(outcome) for outcome in outcomes if outcome])


def shown(failed: Failed, kind: str) -> Iterator[str]:
    """Place, text, expected, got and why, in lines that editors turn into a link."""
    yield f"{failed.file}:{failed.line}:{failed.column}: {kind}: {failed.text}"
    yield f"    expected {failed.expected}; got {failed.got}"
    yield f"    ({failed.entry}) {failed.why}"


def _failed(failure_: Failure) -> Failed:
    example = failure_.example
    return Failed(
        *example.place,
        titled(example.entry),
        example.text,
        failure_.expected,
        failure_.got,
        failure_.why,
        failure_.changed,
    )
