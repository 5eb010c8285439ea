"""What a moment is called: time bands, day kinds and holidays, from calendar.yaml; no clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from msgspec import Struct

from rules.language.problem import Problem
from rules.language.schema.calendar import BAND, WEEKDAYS, CalendarFile, Holiday
from rules.language.zone import DAY_MS, MINUTE_MS, Zone

__all__ = ["BUILT_IN_DAYS", "SHIPPED_CALENDAR", "Calendar", "Span", "problems", "span_of"]

BUILT_IN_DAYS = ("workday", "rest", "holiday")
"""Day kinds of every calendar: each day is exactly one of them."""

SHIPPED_CALENDAR = CalendarFile(
    format="1",
    kind="calendar",
    timezone="Asia/Shanghai",
    bands={
        "day": "06:00-22:00",
        "night": "22:00-06:00",
        "rush": ["07:00-09:00", "17:00-19:00"],
        "school": ["07:00-08:30", "16:00-18:00"],
    },
)
"""Where a rule book has no calendar.yaml. It knows weekdays and weekends and no public holiday:
those are announced anew every year, and a wrong one would silently move thresholds."""

_KEPT_DAYS = 1024


class Span(Struct, frozen=True, order=True):
    """A part of the day on the local clock, ms from midnight; `end` is not in it.

    Where `end` is not after `start` it goes over midnight, and belongs to the day it began on.
    """

    start: int
    end: int

    def begun(self, clock: int) -> int | None:
        """Days since the span that holds this clock time began (0 or 1); None outside of it."""
        if self.start < self.end:
            return 0 if self.start <= clock < self.end else None
        if clock >= self.start:
            return 0
        return 1 if clock < self.end else None


class Calendar:
    """Names of moments in one time zone. Raises ValueError where `problems` finds some."""

    def __init__(self, file: CalendarFile = SHIPPED_CALENDAR) -> None:
        for problem in problems(file):
            raise ValueError(problem.message)
        self.file = file
        self.zone = Zone(file.timezone)
        self.bands = {name: _spans(value) for name, value in file.bands.items()}
        self._by_minute = [
            frozenset(n for n, s in self.bands.items() if _any_holds(s, minute * MINUTE_MS))
            for minute in range(DAY_MS // MINUTE_MS)
        ]
        self._make_up = frozenset(day.toordinal() for day in file.make_up)
        self._kinds: dict[int, frozenset[str]] = {}

    @property
    def day_names(self) -> list[str]:
        """Day kinds that a condition may name, beside weekdays and dates."""
        return [*BUILT_IN_DAYS, *self.file.days]

    def bands_of(self, instant_ms: int) -> frozenset[str]:
        """Names of the bands that hold at an instant; bands may overlap, and none may hold."""
        _, clock = self.zone.local(instant_ms)
        return self._by_minute[clock // MINUTE_MS]

    def kinds_of(self, instant_ms: int) -> frozenset[str]:
        """Every name that a `day` condition may call this instant's local day by."""
        return self.kinds(self.zone.local(instant_ms)[0])

    def kinds(self, day: int) -> frozenset[str]:
        """The same for an ordinal of a day: weekday, built-in kind, own kinds, and its date."""
        found = self._kinds.get(day)
        if found is None:
            if len(self._kinds) >= _KEPT_DAYS:
                self._kinds.clear()
            found = self._kinds[day] = self._name(date.fromordinal(day))
        return found

    def holiday(self, day: date) -> Holiday | None:
        """The holiday that a day lies in, unless it is a make-up workday."""
        if day.toordinal() in self._make_up:
            return None
        return next((h for h in self.file.holidays if h.from_ <= day <= h.last), None)

    def like(self, day: date) -> int | None:
        """The weekday (0 is Monday) that a day is like, where it is not like its own.

        A holiday is like a Sunday, a make-up workday like one in the middle of the week.
        """
        if day.toordinal() in self._make_up:
            return WEEKDAYS.index("wed")
        return WEEKDAYS.index("sun") if self.holiday(day) is not None else None

    def starts(self, moment: str) -> int:
        """Instant (ms) of a moment as rule files write it; a date begins at its midnight here."""
        return self.zone.instant(_parsed(moment))

    def ends(self, moment: str) -> int:
        """Instant (ms) from which a moment is over; a date is over when its day is."""
        if len(moment) == len("2027-03-01"):
            return self.zone.begins(date.fromisoformat(moment) + timedelta(days=1))
        return self.zone.instant(_parsed(moment))

    def shown(self, instant_ms: int) -> datetime:
        """An instant on the clock of this calendar."""
        utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant_ms)
        return utc.astimezone(self.zone.info)

    def _name(self, day: date) -> frozenset[str]:
        weekday = WEEKDAYS[day.weekday()]
        kind = "rest" if weekday in self.file.weekend else "workday"
        if self.holiday(day) is not None:
            kind = "holiday"
        elif day.toordinal() in self._make_up:
            kind = "workday"
        own = (n for n, days in self.file.days.items() if any(_in(text, day) for text in days))
        return frozenset({weekday, kind, day.isoformat(), *own})


def span_of(text: str) -> Span:
    """`22:00-06:00` as a span. Raises ValueError for anything else."""
    start, _, end = text.partition("-")
    return Span(_clock(start), _clock(end) % DAY_MS or (DAY_MS if start != end else 0))


def problems(file: CalendarFile) -> Iterator[Problem]:
    """What no grammar sees: zones and dates that are none, ranges the wrong way, names taken."""
    try:
        Zone(file.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f'there is no time zone "{file.timezone}"; name one such as Asia/Shanghai'
        yield Problem(("timezone",), "calendar.timezone", message)
    for name, value in file.bands.items():
        yield from _band_problems(name, value)
    for name, days in file.days.items():
        if name in BUILT_IN_DAYS or name in WEEKDAYS:
            message = f'"{name}" has its meaning already; give this kind of day another name'
            yield Problem(("days", name), "calendar.name", message)
        for index, text in enumerate(days):
            yield from _days_problems(("days", name, index), text)
    yield from _holiday_problems(file)


def _band_problems(name: str, value: str | list[str]) -> Iterator[Problem]:
    texts = [value] if isinstance(value, str) else value
    seen: list[Span] = []
    for index, text in enumerate(texts):
        path = ("bands", name) if isinstance(value, str) else ("bands", name, index)
        if not re.match(BAND, text):
            message = f'"{text}" is no span of the day; write one such as 22:00-06:00'
            yield Problem(path, "calendar.band", message)
            continue
        span = span_of(text)
        if span.start == span.end:
            message = f'"{text}" is no time at all; the whole day is 00:00-24:00'
            yield Problem(path, "calendar.band", message)
        elif any(_overlap(span, other) for other in seen):
            message = f'"{text}" overlaps another span of "{name}"'
            yield Problem(path, "calendar.band", message)
        seen.append(span)


def _days_problems(path: tuple[str | int, ...], text: str) -> Iterator[Problem]:
    if text in WEEKDAYS:
        return
    first, _, last = text.partition("..")
    try:
        wrong = last and date.fromisoformat(last) < date.fromisoformat(first)
        date.fromisoformat(first)
    except ValueError:
        yield Problem(path, "calendar.date", f'"{text}": there is no such date')
        return
    if wrong:
        yield Problem(path, "calendar.date", f'"{text}" ends before it begins', f"{last}..{first}")


def _holiday_problems(file: CalendarFile) -> Iterator[Problem]:
    for index, holiday in enumerate(file.holidays):
        if holiday.last < holiday.from_:
            message = f"the holiday ends on {holiday.last}, before it begins on {holiday.from_}"
            yield Problem(("holidays", index, "to"), "calendar.date", message)
        for other, earlier in enumerate(file.holidays[:index]):
            if holiday.from_ <= earlier.last and earlier.from_ <= holiday.last:
                message = f"the holiday overlaps holiday {other + 1} of this file"
                yield Problem(("holidays", index), "calendar.date", message)
    for index, day in enumerate(file.make_up):
        if any(h.from_ <= day <= h.last for h in file.holidays):
            message = f"{day} is a holiday here, and a make-up workday too; take one of them out"
            yield Problem(("make_up", index), "calendar.make-up", message)
        elif WEEKDAYS[day.weekday()] not in file.weekend:
            message = f"{day} is a {WEEKDAYS[day.weekday()]}, a workday anyhow; is the date right?"
            yield Problem(("make_up", index), "calendar.make-up", message)


def _spans(value: str | Sequence[str]) -> tuple[Span, ...]:
    return tuple(span_of(text) for text in ([value] if isinstance(value, str) else value))


def _any_holds(spans: Sequence[Span], clock: int) -> bool:
    return any(span.begun(clock) is not None for span in spans)


def _overlap(one: Span, other: Span) -> bool:
    return one.begun(other.start) is not None or other.begun(one.start) is not None


def _in(text: str, day: date) -> bool:
    if text in WEEKDAYS:
        return WEEKDAYS[day.weekday()] == text
    first, _, last = text.partition("..")
    return date.fromisoformat(first) <= day <= date.fromisoformat(last or first)


def _clock(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return (int(hours) * 60 + int(minutes)) * MINUTE_MS


def _parsed(moment: str) -> datetime:
    return datetime.fromisoformat(moment.replace(" ", "T", 1))
