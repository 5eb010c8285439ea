"""Which areas have an open heat alert at a tick, as the alerts told of it; for `with` of a rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streams.clock import TICK_MS
from streams.records import Alert

__all__ = ["HotAreas"]

_Told = tuple[int, str, str, bool, list[str], bool]


class HotAreas:
    """Open heat alerts by id. What heat told of a later tick waits: coverage may be behind it."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, bool, list[str]]] = {}
        self._waiting: list[_Told] = []

    def __bool__(self) -> bool:
        return bool(self._open or self._waiting)

    def hear(self, alerts: Sequence[Alert]) -> None:
        """Take in what heat told, in order."""
        for alert in alerts:
            tick = round(alert.times.updated.timestamp() * 1000) // TICK_MS - 1
            areas = [alert.area.id, *(named.id for named in alert.areas)]
            shadow, fires = alert.state == "shadow", alert.status == "firing"
            self._waiting.append((tick, alert.id, alert.rule.id, shadow, areas, fires))

    def suppose(self, rule_id: str, area: str) -> None:
        """Let an alert of a rule be open in an area for good: what a test gives at its start."""
        self._open[f"given/{rule_id}/{area}"] = (rule_id, False, [area])

    def move(self, tick: int) -> None:
        """On to a tick."""
        due = [told for told in self._waiting if told[0] <= tick]
        self._waiting = [told for told in self._waiting if told[0] > tick]
        for _, id_, rule, shadow, areas, fires in due:
            if fires:
                self._open[id_] = (rule, shadow, areas)
            else:
                self._open.pop(id_, None)

    def of(self, rule_id: str, *, shadow: bool) -> frozenset[str]:
        """Areas with an open alert of a rule. shadow: those of rules on trial count, too."""
        return frozenset(
            area
            for rule, trial, areas in self._open.values()
            if rule == rule_id and (shadow or not trial)
            for area in areas
        )

    def snapshot(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "open": [[id_, *told] for id_, told in sorted(self._open.items())],
            "waiting": [list(told) for told in self._waiting],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._open = {id_: (rule, shadow, areas) for id_, rule, shadow, areas in state["open"]}
        self._waiting = [tuple(told) for told in state["waiting"]]
