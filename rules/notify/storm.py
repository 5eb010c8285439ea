"""A storm on a channel: more alerts a minute than anybody reads become one, and none is dropped.

The summary is an alert of its own: it counts, names the gravest, grows by a revision every minute
and is over with the first minute that has room. Alerts of lifeline rules are always told by
themselves.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from msgspec import structs

from rules.alerts import alert_area, alert_id, instant, trace
from rules.language.schema.names import LEVELS
from streams.areas import AreaTree
from streams.records import (
    Ack,
    Alert,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    AreaName,
    Evidence,
    Suggest,
    Text2,
)

__all__ = ["SUMMARY", "Storm"]

SUMMARY: Final = "channel-summary"
"""Id of the rule that summaries name; no rule of a book has it."""
MINUTE_MS: Final = 60_000
_AREAS: Final = 50


class _Surplus:
    """What of a minute was too much: counted, not kept."""

    def __init__(self) -> None:
        self.gravest: Alert | None = None
        self.areas: dict[str, Text2] = {}
        self.path: list[str] | None = None

    def add(self, alert: Alert) -> None:
        if self.gravest is None or _grave(alert) < _grave(self.gravest):
            self.gravest = alert
        self.areas.setdefault(alert.area.id, alert.area.name)
        path = alert.area.path or [alert.area.id]
        self.path = path if self.path is None else _shared(self.path, path)


class Storm:
    """Counts what one channel is told in each minute, and what of it was too much.

    most: messages a minute; None is no limit. Time is milliseconds, an argument.
    """

    def __init__(self, channel: str, most: int | None, areas: AreaTree) -> None:
        self._channel, self._most, self._areas = channel, most, areas
        self._minute = -1
        self._sent = 0
        self._surplus: _Surplus | None = None
        self._levels: Counter[str] = Counter()
        self._told: Alert | None = None
        self._began = 0
        self._due: int | None = None

    def room(self, now_ms: int) -> bool:
        """Whether one more message may go now; if so, it is counted."""
        if self._most is None:
            return True
        minute = now_ms // MINUTE_MS
        if minute != self._minute:
            self._minute, self._sent = minute, 0
        if self._sent >= self._most:
            return False
        self._sent += 1
        return True

    def count(self, alert: Alert, now_ms: int) -> None:
        """An alert for which there was no room."""
        if self._due is None:
            self._began = now_ms // MINUTE_MS * MINUTE_MS
            self._due = self._began + MINUTE_MS
        if self._surplus is None:
            self._surplus = _Surplus()
        self._surplus.add(alert)
        self._levels[alert.level] += 1

    def due_ms(self) -> int | None:
        """When a summary is to be told; None where there is nothing to sum up."""
        return self._due

    def summary(self, now_ms: int) -> Alert | None:
        """The summary of the minute that is over, once it is."""
        due = self._due
        if due is None or now_ms < due:
            return None
        surplus, self._surplus = self._surplus, None
        if surplus is not None and surplus.gravest is not None:
            self._told = found = self._firing(surplus, surplus.gravest, due)
            self._due = now_ms // MINUTE_MS * MINUTE_MS + MINUTE_MS
            return found
        told, self._told, self._due = self._told, None, None
        self._levels.clear()
        return None if told is None else _over(told, due)

    def _firing(self, surplus: _Surplus, gravest: Alert, at_ms: int) -> Alert:
        before = self._told
        if before is not None and _grave(before) < _grave(gravest):
            gravest = before
        total = sum(self._levels.values())
        id_ = alert_id(SUMMARY, self._channel, str(self._began))
        areas = [AreaName(area_id, name) for area_id, name in surplus.areas.items()]
        common = surplus.path or gravest.area.path or [gravest.area.id]
        at = instant(at_ms)
        return structs.replace(
            gravest,
            id=id_,
            revision=1 if before is None else before.revision + 1,
            dedup_key=f"{SUMMARY}/{self._channel}",
            status="firing",
            previous_level=None,
            review=False,
            area=alert_area(self._areas, common[-1] if surplus.path else common[0]),
            areas=areas[:_AREAS],
            window=None,
            times=AlertTimes(breached=instant(self._began), fired=at, updated=at),
            evidence=Evidence(observed=total),
            incidents=AlertIncidents(total, [], truncated=True),
            rule=AlertRule(SUMMARY, "", gravest.rule.bundle),
            ack=Ack(),
            suggest=Suggest(),
            message=self._said(total, gravest, len(areas)),
            trace=trace(id_),
        )

    def _said(self, total: int, gravest: Alert, places: int) -> Text2:
        levels = ", ".join(f"{level} {n}" for level in LEVELS if (n := self._levels[level]))
        if gravest.rule.id == SUMMARY:
            named = Text2()
        else:
            named = Text2(
                f"；最严重：{gravest.area.name.zh} {gravest.message.zh}".rstrip(),
                f"; gravest: {gravest.area.name.en} {gravest.message.en}".rstrip(),
            )
        return Text2(
            f"告警过多：另有 {total} 条未逐条发送（{levels}），涉及 {places} 个辖区{named.zh}",
            f"Too many alerts: {total} more not told one by one ({levels}), "
            f"{places} areas{named.en}",
        )


def _over(told: Alert, at_ms: int) -> Alert:
    at = instant(at_ms)
    return structs.replace(
        told,
        revision=told.revision + 1,
        status="resolved",
        times=structs.replace(told.times, updated=at, resolved=at),
        message=Text2("告警已恢复逐条发送", "Alerts are told one by one again"),
        close_reason="cleared",
    )


def _grave(alert: Alert) -> int:
    return LEVELS.index(alert.level)


def _shared(one: list[str], other: list[str]) -> list[str]:
    """The areas in which both lie."""
    found = []
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        found.append(left)
    return found
