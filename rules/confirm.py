"""How many reports tell of the same thing: by rule, category and area, within some time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import Any

__all__ = ["Confirmations", "Key"]

Key = tuple[str, str, str]
"""Rule id, critical category (empty for a rule's own words), area id."""

_KEYS_AT_MOST = 1_024
_REPORTS_AT_MOST = 40
"""Kept per key: twice what a rule can ask for. Of more, the oldest are forgotten first (law 6)."""


class Confirmations:
    """The reports that count towards each other, whatever the order in which they came."""

    def __init__(self) -> None:
        self._reports: dict[Key, list[tuple[int, str]]] = {}

    def add(self, key: Key, time_ms: int, incident_id: str) -> None:
        """One incident; a second report of the same incident changes nothing."""
        reports = self._reports.pop(key, [])
        self._reports[key] = reports
        if all(known != incident_id for _, known in reports):
            insort(reports, (time_ms, incident_id))
        del reports[: max(0, len(reports) - _REPORTS_AT_MOST)]
        while len(self._reports) > _KEYS_AT_MOST:
            del self._reports[next(iter(self._reports))]

    def drop(self, key: Key, incident_id: str) -> None:
        """An incident that was recalled counts no longer."""
        reports = [report for report in self._reports.get(key, ()) if report[1] != incident_id]
        if reports:
            self._reports[key] = reports
        else:
            self._reports.pop(key, None)

    def incidents(self, key: Key) -> list[str]:
        """The incidents that count, by time."""
        return [incident_id for _, incident_id in self._reports.get(key, ())]

    def most(self, key: Key, time_ms: int, within_ms: int) -> int:
        """Most reports in any span of this length (ms) that holds a moment."""
        times = [time for time, _ in self._reports.get(key, ())]
        first, last = bisect_left(times, time_ms - within_ms), bisect_right(times, time_ms)
        return max(
            (bisect_right(times, times[i] + within_ms) - i for i in range(first, last)), default=0
        )

    def snapshot(self) -> list[Any]:
        """Plain values; the key touched last comes last."""
        return [[*key, reports] for key, reports in self._reports.items()]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        self._reports = {
            (rule, category, area): [(time, incident_id) for time, incident_id in reports]
            for rule, category, area, reports in state
        }
