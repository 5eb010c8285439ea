"""Checks that look at more than one value; each yields faults. A new one is a line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rules.language.checks import (
    areas,
    calendars,
    channels,
    conditions,
    coverage_of_tests,
    diversion,
    events,
    expectations,
    ladder,
    late,
    messages,
    overrides,
    river,
    routes,
    suppressions,
    unused,
    whole,
    words,
)
from rules.language.checks.subject import Subject
from rules.language.faults import Fault

__all__ = ["CHECKS"]

Check = Callable[[Subject], Iterator[Fault]]
CHECKS: tuple[Check, ...] = (
    areas.check,
    calendars.check,
    conditions.check,
    ladder.check,
    late.check,
    river.check,
    overrides.check,
    routes.check,
    channels.check,
    suppressions.check,
    messages.check,
    words.check,
    diversion.check,
    events.check,
    expectations.check,
    coverage_of_tests.check,
    unused.check,
    whole.check,
)
