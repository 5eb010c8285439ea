"""Alerts told together: the first at once, what follows within the wait as one; and lists.

Of an alert that changes while it waits the newest revision alone is told.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from streams.records import Alert

__all__ = ["Gathered", "Groups"]

Key = tuple[str, ...]


class Gathered(Struct):
    """What waits under one key until `due_ms`: by alert its newest revision; offsets of all."""

    due_ms: int
    why: Literal["group", "digest"] = "group"
    alerts: dict[str, Alert] = field(default_factory=dict)
    offsets: list[int] = field(default_factory=list)


class Groups:
    """Open windows by key; an alert waits in one of them at most. Time is ms, an argument."""

    def __init__(self) -> None:
        self._open: dict[Key, Gathered] = {}
        self._where: dict[str, Key] = {}

    def group(self, key: Key, wait_ms: int, offset: int, alert: Alert, now_ms: int) -> bool:
        """Whether the revision waits; else it is to be told at once, as the first of its group.

        The first one opens a window, and what comes until its end waits for that.
        """
        window = self._open.get(key)
        if window is None or (now_ms >= window.due_ms and not window.offsets):
            self._open[key] = Gathered(now_ms + wait_ms)
            return False
        self._add(key, window, offset, alert)
        return True

    def digest(self, key: Key, every_ms: int, offset: int, alert: Alert, now_ms: int) -> None:
        """The revision goes onto the list that is told at the next whole multiple of `every_ms`."""
        window = self._open.get(key)
        if window is None:
            window = self._open[key] = Gathered((now_ms // every_ms + 1) * every_ms, "digest")
        self._add(key, window, offset, alert)

    def forget(self, alert_id: str) -> None:
        """Take an alert out, as it is told at once; its offsets wait with those of the others."""
        key = self._where.pop(alert_id, None)
        if key is not None:
            self._open[key].alerts.pop(alert_id, None)

    def due_ms(self) -> int | None:
        """The first moment at which something is to be told or forgotten."""
        return min((window.due_ms for window in self._open.values()), default=None)

    def due(self, now_ms: int) -> list[Gathered]:
        """The windows in which something waited and that are over by now, as they ended.

        They are gone afterwards: what comes next of their key is a first one again.
        """
        ended = sorted((w.due_ms, key) for key, w in self._open.items() if w.due_ms <= now_ms)
        windows = [self._open.pop(key) for _, key in ended]
        for window in windows:
            for alert_id in window.alerts:
                del self._where[alert_id]
        return [window for window in windows if window.offsets]

    def _add(self, key: Key, window: Gathered, offset: int, alert: Alert) -> None:
        if self._where.get(alert.id) != key:
            self.forget(alert.id)
            self._where[alert.id] = key
        window.alerts[alert.id] = alert
        window.offsets.append(offset)
