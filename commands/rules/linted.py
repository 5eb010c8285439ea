"""The remarks of lint as they are shown: counted, and without those that concern nobody here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from rules.critical.lint import lint
from rules.critical.loader import SHIPPED, read_layers

__all__ = ["Report", "report_of"]


class Line(Struct, frozen=True):
    """One remark with its place."""

    file: str
    line: int
    column: int
    severity: str
    code: str
    message: str


class Report(Struct, frozen=True):
    """Counts of what is shown, the warnings that are not (hidden), and the remarks shown."""

    errors: int
    warnings: int
    hidden: int
    remarks: list[Line]


def report_of(own: Sequence[Path], *, everything: bool) -> Report:
    """Lint of the shipped lexicon with own layers over it; their own warnings, or everything."""
    remarks = lint(read_layers([SHIPPED, *own]))
    shown = [r for r in remarks if everything or r.layer > 0 or r.severity == "error"]
    errors = sum(remark.severity == "error" for remark in shown)
    return Report(
        errors,
        len(shown) - errors,
        len(remarks) - len(shown),
        [Line(*r.place, r.severity, r.code, r.message) for r in shown],
    )
