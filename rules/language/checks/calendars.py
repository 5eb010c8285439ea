"""The calendar file, and every date and time zone that stands elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfoNotFoundError

from rules.language.calendar import problems
from rules.language.checks.subject import Subject, of_problems
from rules.language.faults import Fault
from rules.language.zone import Zone
from streams.yaml_nodes import Place

__all__ = ["check"]

_CODES = {
    "calendar.timezone": "E350",
    "calendar.band": "E351",
    "calendar.name": "E352",
    "calendar.date": "E353",
    "calendar.make-up": "E354",
}


def check(subject: Subject) -> Iterator[Fault]:
    """Calendars, moments and zones."""
    calendars = subject.parts.calendars
    for placed in calendars:
        yield from of_problems(problems(placed.value), _CODES, placed.document, placed.path)
    for placed in calendars[1:]:
        first = calendars[0].place("kind")
        yield Fault(placed.place("kind"), "E355", f"a second calendar; the first is {first}")
    for place, moment in _moments(subject):
        try:
            subject.calendar.ends(moment)
        except (ValueError, OverflowError):
            yield Fault(place, "E308", f'"{moment}": there is no such date or time')
    for entry in subject.parts.rules:
        if entry.rule.timezone is not None:
            try:
                Zone(entry.rule.timezone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                message = f'there is no time zone "{entry.rule.timezone}"'
                yield Fault(
                    entry.place("timezone"), "E350", message, "name one such as Asia/Shanghai"
                )


def _moments(subject: Subject) -> Iterator[tuple[Place, str]]:
    for entry in subject.parts.rules:
        for index, override in enumerate(entry.rule.overrides):
            if override.until is not None:
                yield entry.place("overrides", index, "until"), override.until
    for placed in subject.parts.suppressions:
        held = placed.value
        for name, moment in (("from", held.from_), ("to", held.to), ("review", held.review)):
            if moment is not None:
                yield placed.place(name), moment
    for case in subject.parts.tests:
        yield case.place("start"), case.value.start
