"""The alerts about reports that stand or have ended, found by rule, by incident and by command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from rules.keyword_alert import Open
from rules.repeat_calls import Place

__all__ = ["Groups"]

_INCIDENTS_AT_MOST = 4_096
"""Incidents with open alerts per partition of the log, and as many with ended ones; the alert that
was touched least recently is forgotten first (law 6)."""
_LOOKED_AT = 64
"""Alerts of one rule and command that a report may join: those touched last."""


class _Shelf:
    """Alerts by their place, touched last at the end, and by incident and rule."""

    def __init__(self) -> None:
        self.alerts: dict[Place, Open] = {}
        self._by_incident: dict[str, dict[str, Open]] = {}
        self._size = 0

    def of(self, incident_id: str) -> dict[str, Open]:
        return self._by_incident.get(incident_id, {})

    def put(self, held: Open) -> list[Open]:
        """As the one touched last; what had to be forgotten for it."""
        self.take(held.place)
        self.alerts[held.place] = held
        for member in held.members:
            self._by_incident.setdefault(member.incident, {})[held.rule_id] = held
        self._size += len(held.members)
        gone = []
        while self._size > _INCIDENTS_AT_MOST and len(self.alerts) > 1:
            gone.append(self.take(next(iter(self.alerts))))
        return [alert for alert in gone if alert is not None]

    def take(self, place: Place) -> Open | None:
        held = self.alerts.pop(place, None)
        if held is None:
            return None
        for incident_id in [m.incident for m in held.members]:
            of_incident = self._by_incident.get(incident_id, {})
            if of_incident.get(held.rule_id) is held:
                del of_incident[held.rule_id]
                self._size -= 1
                if not of_incident:
                    del self._by_incident[incident_id]
        return held


class Groups:
    """Every open alert, and the ended ones that might begin anew. command_of: of an area."""

    def __init__(self, command_of: Callable[[str], str]) -> None:
        self._command_of = command_of
        self._open = _Shelf()
        self._ended = _Shelf()
        self._near: dict[tuple[str, str], dict[Place, Open]] = {}
        self._where: dict[Place, tuple[str, str]] = {}
        self._pending: set[Place] = set()

    def __iter__(self) -> Iterator[Open]:
        """All open alerts, the one touched last at the end."""
        return iter(list(self._open.alerts.values()))

    def get(self, place: Place) -> Open | None:
        """An open alert."""
        return self._open.alerts.get(place)

    def of(self, incident_id: str) -> dict[str, Open]:
        """Open alerts that an incident is or was part of, by rule."""
        return self._open.of(incident_id)

    def ended(self, incident_id: str, rule_id: str) -> Open | None:
        """The alert of a rule that ended, of an incident."""
        return self._ended.of(incident_id).get(rule_id)

    def near(self, rule_id: str, area_id: str) -> Iterable[Open]:
        """Open alerts of a rule in the command of an area, the one touched last first."""
        held = self._near.get((rule_id, self._command_of(area_id)), {})
        return islice(reversed(held.values()), _LOOKED_AT)

    def pending(self) -> list[Open]:
        """Open alerts of which a revision is held back, by incident and rule."""
        return [self._open.alerts[p] for p in sorted(self._pending, key=lambda p: p[::-1])]

    def keep(self, held: Open) -> None:
        """An alert that begins, or was touched: also after it got incidents."""
        self._ended.take(held.place)
        for gone in self._open.put(held):
            self._leave(gone)
            self._pending.discard(gone.place)
        self._leave(held)
        where = self._where[held.place] = held.rule_id, self._command_of(held.case.area_id)
        self._near.setdefault(where, {})[held.place] = held

    def end(self, held: Open) -> None:
        """An alert that is over."""
        self._open.take(held.place)
        self._leave(held)
        self._pending.discard(held.place)
        self._ended.put(held)

    def hold(self, held: Open, *, pending: bool) -> None:
        """Whether a revision of an open alert is held back."""
        held.pending = pending
        (self._pending.add if pending else self._pending.discard)(held.place)

    def snapshot(self) -> list[Any]:
        """Plain values, the alert touched last at the end."""
        return [list(self._open.alerts.values()), list(self._ended.alerts.values())]

    @classmethod
    def of_snapshot(cls, command_of: Callable[[str], str], state: list[Any]) -> Groups:
        """What a snapshot held."""
        groups = cls(command_of)
        opened, ended = (msgspec.convert(alerts, list[Open]) for alerts in state)
        for held in opened:
            groups.keep(held)
            groups.hold(held, pending=held.pending)
        for held in ended:
            groups._ended.put(held)
        return groups

    def _leave(self, held: Open) -> None:
        """Out of the command in which others may join it."""
        where = self._where.pop(held.place, None)
        if where is not None:
            of_command = self._near[where]
            del of_command[held.place]
            if not of_command:
                del self._near[where]
