"""Alerts of a run by their id: what became of each from its first revision to its last."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from rules.language.schema.names import LEVELS
from streams.records import Alert, Level

__all__ = ["Episode", "Ledger", "millis"]


class Episode(Struct, kw_only=True):
    """One alert in all its revisions. Moments are event times in ms.

    level: the gravest told. told: the moments at which it was told as firing. ended: None while it
    is open. review: as the newest revision says.
    """

    id: str
    rule: str
    kind: str
    state: str
    area: str
    path: list[str]
    entity: str
    category: str | None
    level: Level
    review: bool
    breached: int
    told: list[int] = field(default_factory=list)
    ended: int | None = None
    reason: str | None = None
    incidents: set[str] = field(default_factory=set)
    suppressed_by: set[str] = field(default_factory=set)
    revisions: int = 0

    @property
    def fired(self) -> int:
        """When it was first told."""
        return self.told[0] if self.told else self.breached

    def overlaps(self, first: int, last: int) -> bool:
        """Whether it stood at some moment of a span."""
        return self.fired <= last and (self.ended is None or self.ended >= first)


class Ledger:
    """Episodes in the order in which their alerts first came."""

    def __init__(self) -> None:
        self._by_id: dict[str, Episode] = {}

    def add(self, alerts: Iterable[Alert]) -> None:
        """Take in revisions, in order. What another alert speaks for is none of its own."""
        for alert in alerts:
            if alert.inhibited_by:
                continue
            held = self._by_id.get(alert.id)
            if held is None:
                held = self._by_id[alert.id] = _begun(alert)
            _revise(held, alert)

    def episodes(self) -> list[Episode]:
        """All of them."""
        return list(self._by_id.values())


def millis(alert: Alert) -> int:
    """The event time (ms) of a revision."""
    return round(alert.times.updated.timestamp() * 1000)


def _begun(alert: Alert) -> Episode:
    return Episode(
        id=alert.id,
        rule=alert.rule.id,
        kind=alert.kind,
        state=alert.state,
        area=alert.area.id,
        path=alert.area.path,
        entity=alert.dedup_key,
        category=alert.evidence.category,
        level=alert.level,
        review=alert.review,
        breached=round(alert.times.breached.timestamp() * 1000),
    )


def _revise(held: Episode, alert: Alert) -> None:
    held.revisions += 1
    held.review = alert.review
    held.state = alert.state
    held.level = min(held.level, alert.level, key=LEVELS.index)
    held.incidents.update(alert.incidents.ids)
    held.suppressed_by.update(alert.suppressed_by)
    if alert.status == "firing":
        held.told.append(millis(alert))
        held.ended, held.reason = None, None
    else:
        held.ended, held.reason = millis(alert), alert.close_reason
