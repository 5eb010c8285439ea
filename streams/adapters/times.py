"""Times of foreign feeds: written forms to instants, local clock readings by the zone's rules.

A clock reading that occurs twice (autumn) is taken as the first of the two (fold = 0). One that a
spring change left out is taken with the offset before the change, so that it lands after the gap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

__all__ = ["TimeReader", "time_reader"]

TimeReader = Callable[[str], datetime | None]
"""Text to an instant; None where the text has none of the forms, or no offset and no zone helps."""

_LAST_SECOND = timedelta(minutes=59, seconds=59)
_MAX_HOURS = 100_000
"""Bound of the offset cache: eleven years of hours."""


def time_reader(forms: Sequence[str], zone: str | None) -> TimeReader:
    """A reader of the given forms, tried in order; `zone` is that of times without an offset."""
    local = _Local(ZoneInfo(zone)) if zone is not None else None
    readers = [_reader(form) for form in forms]

    def read(text: str) -> datetime | None:
        for reader in readers:
            try:
                moment = reader(text)
                if moment.tzinfo is not None:
                    return moment
                if local is not None:
                    return local.instant(moment)
            except (ValueError, OverflowError, OSError):
                continue
        return None

    return read


def _reader(form: str) -> Callable[[str], datetime]:
    if form == "iso":
        return datetime.fromisoformat
    if form == "epoch_s":
        return lambda text: datetime.fromtimestamp(float(text), UTC)
    if form == "epoch_ms":
        return lambda text: datetime.fromtimestamp(float(text) / 1000, UTC)
    return lambda text: datetime.strptime(text, form)  # noqa: DTZ007  the zone is put on by `read`


class _Local:
    """Puts the offset on local clock readings; offsets are remembered by hour, for speed."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._by_hour: dict[tuple[int, int, int, int], timezone | None] = {}

    def instant(self, reading: datetime) -> datetime:
        hour = (reading.year, reading.month, reading.day, reading.hour)
        try:
            offset = self._by_hour[hour]
        except KeyError:
            offset = self._learn(hour)
        return reading.replace(tzinfo=offset or self._offset(reading))

    def _learn(self, hour: tuple[int, int, int, int]) -> timezone | None:
        """The offset of a whole hour; None for an hour within which it changes."""
        start = datetime(*hour)  # noqa: DTZ001  a clock reading, whose offset is asked for
        first, last = self._offset(start), self._offset(start + _LAST_SECOND)
        offset = first if first == last else None
        if len(self._by_hour) < _MAX_HOURS:
            self._by_hour[hour] = offset
        return offset

    def _offset(self, reading: datetime) -> timezone:
        return timezone(reading.replace(tzinfo=self._zone).utcoffset() or timedelta())
