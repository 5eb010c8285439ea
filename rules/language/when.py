"""Does a `when` hold? Compiled once: a part about the place and report, a part about the moment."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from difflib import get_close_matches

from msgspec import Struct

from rules.language.calendar import Calendar, Span, span_of
from rules.language.problem import Problem
from rules.language.schema.calendar import BAND, WEEKDAYS
from rules.language.schema.common import SuppressWhen, When, listed
from rules.language.zone import DAY_MS

__all__ = ["Condition", "Subject", "compile_when", "problems"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Subject(Struct, frozen=True, kw_only=True):
    """What a condition is asked about. What is not known stays empty, and no condition on it holds.

    path: area ids from the root down to the area itself. categories: the category code and, of a
    critical report, the critical category.
    """

    path: Sequence[str] = ()
    tags: Sequence[str] = ()
    source: str | None = None
    categories: Sequence[str] = ()
    rule: str | None = None
    text: str = ""


class Condition:
    """A compiled `when`, perhaps with a first and a last moment. Holds no clock and no state."""

    def __init__(
        self,
        tests: Sequence[Callable[[Subject], bool]],
        moment: _Moment | None,
        since: int | None,
        until: int | None,
    ) -> None:
        self._tests = tests
        self._moment = moment
        self._since = since
        self._until = until

    @property
    def timeless(self) -> bool:
        """Whether the moment does not matter: `dynamic` is true at all times."""
        return self._moment is None and self._since is None and self._until is None

    def static(self, subject: Subject) -> bool:
        """Whether the part about area, tag, source, category, rule and text holds."""
        return all(test(subject) for test in self._tests)

    def dynamic(self, instant_ms: int) -> bool:
        """Whether the part about time, day, first and last moment holds."""
        if self._since is not None and instant_ms < self._since:
            return False
        if self._until is not None and instant_ms >= self._until:
            return False
        return self._moment is None or self._moment.holds(instant_ms)

    def holds(self, subject: Subject, instant_ms: int) -> bool:
        """Whether all of it holds for a subject at an instant of event time (ms)."""
        return self.dynamic(instant_ms) and self.static(subject)

    def next_change(self, instant_ms: int) -> int | None:
        """First later instant at which `dynamic` may change; None where it never does again.

        Up to it the answer is that of `instant_ms`, so nobody has to ask in between.
        """
        if self._until is not None and instant_ms >= self._until:
            return None
        if self._since is not None and instant_ms < self._since:
            return self._since
        if self._moment is None:
            return self._until
        next_ = self._moment.next_change(instant_ms)
        return next_ if self._until is None else min(next_, self._until)


class _Moment:
    """Spans of the day and names of days on a calendar's clock.

    With both, the day is the one on which the span began: Friday night ends on Saturday morning.
    """

    def __init__(self, spans: Sequence[Span], days: frozenset[str], calendar: Calendar) -> None:
        self._spans = spans
        self._days = days
        self._calendar = calendar
        edges = {edge % DAY_MS for span in spans for edge in (span.start, span.end)}
        self._edges = sorted(edges if spans else {0})

    def holds(self, instant_ms: int) -> bool:
        day, clock = self._calendar.zone.local(instant_ms)
        if not self._spans:
            return self._on(day)
        return any(
            begun is not None and self._on(day - begun)
            for begun in (span.begun(clock) for span in self._spans)
        )

    def next_change(self, instant_ms: int) -> int:
        """The next edge on the local clock, or the moment at which that clock is moved."""
        at = instant_ms
        offset, until = self._calendar.zone.offset(at)
        while True:
            midnight, clock = divmod(at + offset, DAY_MS)
            after = bisect_right(self._edges, clock)
            ahead = DAY_MS + self._edges[0] if after == len(self._edges) else self._edges[after]
            edge = midnight * DAY_MS + ahead - offset
            if edge <= until:
                return edge
            next_offset, next_until = self._calendar.zone.offset(until)
            if next_offset != offset:
                return until
            at, until = until - 1, next_until

    def _on(self, day: int) -> bool:
        return not self._days or not self._days.isdisjoint(self._calendar.kinds(day))


def compile_when(
    when: When, calendar: Calendar, *, since: str | None = None, until: str | None = None
) -> Condition:
    """A condition ready to be asked. since, until: moments as rule files write them.

    Raises ValueError where `problems` finds some, or a moment is none.
    """
    for problem in problems(when, calendar):
        raise ValueError(problem.message)
    spans = [span for name in listed(when.time) for span in _spans(name, calendar)]
    days = frozenset(listed(when.day))
    return Condition(
        list(_tests(when)),
        _Moment(spans, days, calendar) if spans or days else None,
        None if since is None else calendar.starts(since),
        None if until is None else calendar.ends(until),
    )


def problems(when: When, calendar: Calendar) -> Iterator[Problem]:
    """Times and days that the calendar does not know, each with what was probably meant."""
    for path, name in _named("time", when.time):
        if re.match(BAND, name):
            if span_of(name).start == span_of(name).end:
                message = f'"{name}" is no time at all; leave `time` out for the whole day'
                yield Problem(path, "when.time", message)
        elif name not in calendar.bands:
            known = ", ".join(sorted(calendar.bands)) or "none"
            message = (
                f'the calendar has no time band "{name}" (bands: {known}; or a span: 22:00-06:00)'
            )
            yield Problem(path, "when.time", message, _close(name, calendar.bands))
    for path, name in _named("day", when.day):
        if _DATE.fullmatch(name):
            if not _is_date(name):
                yield Problem(path, "when.day", f'"{name}": there is no such date')
        elif name not in (names := [*WEEKDAYS, *calendar.day_names]):
            message = f'the calendar has no kind of day "{name}" (known: {", ".join(names)})'
            yield Problem(path, "when.day", message, _close(name, names))


def _tests(when: When) -> Iterator[Callable[[Subject], bool]]:
    """One test for each condition that is there."""
    if areas := frozenset(listed(when.area)):
        yield lambda subject: not areas.isdisjoint(subject.path)
    if tags := frozenset(listed(when.tag)):
        yield lambda subject: not tags.isdisjoint(subject.tags)
    if sources := frozenset(listed(when.source)):
        yield lambda subject: subject.source in sources
    if categories := tuple(listed(when.category)):
        yield lambda subject: any(_is_of(name, categories) for name in subject.categories)
    if isinstance(when, SuppressWhen):
        if rules := frozenset(listed(when.rule)):
            yield lambda subject: subject.rule in rules
        if texts := [text.casefold() for text in listed(when.text)]:
            yield lambda subject: any(text in subject.text.casefold() for text in texts)


def _is_of(category: str, wanted: Sequence[str]) -> bool:
    """A code is matched by its beginning (`10` covers `1002`), a name as a whole."""
    return any(category == w or (w.isdigit() and category.startswith(w)) for w in wanted)


def _named(
    field: str, value: str | list[str] | None
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield (field,), value
    else:
        yield from (((field, index), name) for index, name in enumerate(value or ()))


def _spans(name: str, calendar: Calendar) -> Sequence[Span]:
    return calendar.bands[name] if name in calendar.bands else (span_of(name),)


def _close(name: str, known: Iterable[str]) -> str:
    return next(iter(get_close_matches(name, list(known), 1)), "")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
