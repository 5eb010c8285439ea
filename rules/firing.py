"""Alerts that fire now, counted by kind, level and kind of area, for the boards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from streams.areas import AreaTree
from streams.records import Alert

__all__ = ["Firing"]

_AT_MOST: Final = 16_384
"""Alerts counted per partition; of more, those heard of least lately are forgotten (law 6)."""
_Key = tuple[str, str, str]


class Firing:
    """Kept up with what is told, so that asking costs nothing; restored from what is open."""

    def __init__(self, areas: AreaTree) -> None:
        self._areas = areas
        self._keys: dict[str, _Key] = {}
        self._counts: Counter[_Key] = Counter()

    def hear(self, alerts: Iterable[Alert]) -> None:
        """Take in what is told, in order. Trials and exercises do not count."""
        for alert in alerts:
            self._forget(alert.id)
            if alert.status == "firing" and alert.state == "live":
                key = alert.kind, alert.level, self._kind_of(alert.area.id)
                self._keys[alert.id] = key
                self._counts[key] += 1
                if len(self._keys) > _AT_MOST:
                    self._forget(next(iter(self._keys)))

    def begin(self, alerts: Iterable[Alert]) -> None:
        """Start from the alerts that are open."""
        self._keys.clear()
        self._counts.clear()
        self.hear(alerts)

    def counts(self) -> dict[_Key, int]:
        """How many fire, by kind, level and kind of area; `unknown` where the tree has it not."""
        return {key: count for key, count in self._counts.items() if count}

    def _forget(self, alert_id: str) -> None:
        key = self._keys.pop(alert_id, None)
        if key is not None:
            self._counts[key] -= 1

    def _kind_of(self, area_id: str) -> str:
        area = self._areas.get(area_id)
        return "unknown" if area is None else area.kind
