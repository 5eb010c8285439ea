"""A time zone by instants: which offset holds when, found once a day and then only looked up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

__all__ = ["DAY_MS", "EPOCH_DAY", "MINUTE_MS", "Zone"]

MINUTE_MS = 60_000
DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_SECOND_MS = 1_000
EPOCH_DAY = date(1970, 1, 1).toordinal()
"""Ordinal of the day that local time 0 falls on."""
_KEPT_DAYS = 512


class Zone:
    """The offsets of one time zone. Raises ZoneInfoNotFoundError or ValueError for no such zone."""

    def __init__(self, name: str) -> None:
        self.info = ZoneInfo(name)
        self._days: dict[int, list[tuple[int, int]]] = {}

    def offset(self, instant_ms: int) -> tuple[int, int]:
        """(offset, until): local time minus UTC in ms, which holds up to `until` at the least."""
        day = instant_ms // DAY_MS
        segments = self._days.get(day)
        if segments is None:
            if len(self._days) >= _KEPT_DAYS:
                self._days.clear()
            segments = self._days[day] = self._segments(day)
        for offset, until in segments:
            if instant_ms < until:
                return offset, until
        return segments[-1]

    def local(self, instant_ms: int) -> tuple[int, int]:
        """(day, ms): ordinal of the local day, and the time on its clock."""
        offset, _ = self.offset(instant_ms)
        day, clock = divmod(instant_ms + offset, DAY_MS)
        return day + EPOCH_DAY, clock

    def instant(self, local: datetime) -> int:
        """Instant (ms) at which clocks here first show a time; one that is skipped: its jump."""
        if local.tzinfo is not None:
            return _ms(local)
        first = _ms(local.replace(tzinfo=self.info, fold=0))
        shown = self._offset_at(first) + first
        wanted = _ms(local.replace(tzinfo=UTC))
        if shown == wanted:
            return first
        return self._jump(first - _HOUR_MS * 24, first)

    def begins(self, day: date) -> int:
        """Instant (ms) at which a local day begins."""
        return self.instant(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - local on purpose

    def _segments(self, day: int) -> list[tuple[int, int]]:
        """The offsets of one UTC day in order, each with its end."""
        start, end = day * DAY_MS, (day + 1) * DAY_MS
        found: list[tuple[int, int]] = []
        offset = self._offset_at(start)
        for hour in range(start + _HOUR_MS, end + 1, _HOUR_MS):
            if (next_ := self._offset_at(hour)) != offset:
                found.append((offset, self._jump(hour - _HOUR_MS, hour)))
                offset = next_
        if not found or found[-1][1] < end:
            found.append((offset, end))
        return found

    def _jump(self, low: int, high: int) -> int:
        """The second between two instants at which the offset becomes that of the later one."""
        after = self._offset_at(high)
        while high - low > _SECOND_MS:
            middle = (low + high) // 2 // _SECOND_MS * _SECOND_MS
            if self._offset_at(middle) == after:
                high = middle
            else:
                low = middle
        return high

    def _offset_at(self, instant_ms: int) -> int:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant_ms)
        offset = moment.astimezone(self.info).utcoffset() or timedelta()
        return round(offset.total_seconds() * 1000)


def _ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
