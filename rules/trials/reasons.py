"""Why overrides and suppressions hold, or do not, for a subject at a moment."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec import Struct

from rules.language.book import RuleBook
from rules.language.calendar import Calendar
from rules.language.parts import RuleEntry
from rules.language.schema.common import Override, SuppressWhen, When, listed
from rules.language.when import Condition, Subject, compile_when
from rules.suppression import word_rule

__all__ = ["HeldOverride", "HeldSilence", "overrides_of", "silences_of"]

_FIELDS = ("area", "tag", "source", "category", "rule", "time", "day")
_HERE = {
    "area": "it is another area",
    "tag": "the area has not the tag",
    "source": "it came by another channel",
    "category": "it is of another category",
    "rule": "it is another rule",
    "time": "it is another time of day",
    "day": "it is another day",
}


class HeldOverride(Struct, frozen=True):
    """An override of a rule: does it hold, and if not, what of it does not.

    set: what it sets, as the file says it.
    """

    number: int
    place: str
    because: str
    set: dict[str, Any]
    holds: bool
    why_not: list[str]


class HeldSilence(Struct, frozen=True):
    """A suppression: does it stand, what does it do, and if not, why not."""

    id: str
    place: str
    because: str
    do: str
    cap: str | None
    stands: bool
    why_not: list[str]


def overrides_of(
    entry: RuleEntry, subject: Subject, time_ms: int, calendar: Calendar
) -> list[HeldOverride]:
    """All overrides of a rule, in their order."""
    return [
        _override(index, override, entry, subject, time_ms, calendar)
        for index, override in enumerate(entry.rule.overrides)
    ]


def silences_of(
    book: RuleBook,
    subject: Subject,
    time_ms: int,
    *,
    lifeline: bool = False,
    words: Collection[str] = (),
) -> list[HeldSilence]:
    """All suppressions of a book that are about a rule. words: `Finding.rules` of a report."""
    found: list[HeldSilence] = []
    for placed in book.parts.suppressions:
        silence = placed.value
        when = silence.when
        if when.rule is not None and subject.rule not in listed(when.rule):
            continue
        since, until = silence.from_, silence.to
        condition = compile_when(_wordless(when), book.calendar, since=since, until=until)
        why_not = (
            []
            if condition.holds(subject, time_ms)
            else _missing(when, subject, time_ms, book.calendar)
        )
        if not condition.holds(subject, time_ms) and not condition.timeless:
            why_not += _span(book.calendar, since, until, time_ms)
        if when.text is not None and word_rule(silence.id) not in words:
            why_not.append("the report has not its words")
        if lifeline and silence.do == "hold":
            why_not.append("nothing may hold back a lifeline rule")
        found.append(
            HeldSilence(
                silence.id,
                str(placed.place("id")),
                silence.because,
                silence.do,
                silence.cap,
                not why_not,
                why_not,
            )
        )
    return found


def _override(
    index: int,
    override: Override,
    entry: RuleEntry,
    subject: Subject,
    time_ms: int,
    calendar: Calendar,
) -> HeldOverride:
    condition: Condition = compile_when(override.when, calendar, until=override.until)
    holds = condition.holds(subject, time_ms)
    why_not: list[str] = []
    if not holds:
        why_not = _missing(override.when, subject, time_ms, calendar)
        why_not += _span(calendar, None, override.until, time_ms)
    return HeldOverride(
        index + 1,
        str(entry.place("overrides", index)),
        override.because,
        dict(override.set),
        holds,
        why_not,
    )


def _missing(when: When, subject: Subject, time_ms: int, calendar: Calendar) -> list[str]:
    """Which of the conditions do not hold, each looked at alone."""
    missing = []
    for name in _FIELDS:
        value = getattr(when, name, None)
        if value is None:
            continue
        alone = compile_when(SuppressWhen(**{name: value}), calendar)
        if not alone.holds(subject, time_ms):
            missing.append(f"{_HERE[name]} ({name}: {', '.join(listed(value))})")
    if not missing and when.time is not None and when.day is not None:
        both = compile_when(When(time=when.time, day=when.day), calendar)
        if not both.holds(subject, time_ms):
            missing.append("its time of day began on another day")
    return missing


def _span(calendar: Calendar, since: str | None, until: str | None, time_ms: int) -> list[str]:
    if since is not None and time_ms < calendar.starts(since):
        return [f"it begins only at {since}"]
    if until is not None and time_ms >= calendar.ends(until):
        return [f"it ended at {until}"]
    return []


def _wordless(when: SuppressWhen) -> SuppressWhen:
    fields = {name: getattr(when, name) for name in when.__struct_fields__ if name != "text"}
    return SuppressWhen(**fields)
