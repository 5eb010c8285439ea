"""Does an expectation hold of the alerts that a test gave?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from rules.language.schema.cases import Expectation
from rules.language.schema.names import duration_ms
from rules.trials.told import clock, expected, state_of
from streams.clock import TICK_MS
from streams.records import Alert

__all__ = ["Told", "Unmet", "unmet"]

_SECOND_MS = 1000
Told = Callable[[Alert], Sequence[str]]
"""Channels and contacts that a revision's route tells."""


class Unmet(Struct, frozen=True):
    """An expectation that does not hold: in words, and what was there instead."""

    expected: str
    got: str


def unmet(item: Expectation, alerts: Sequence[Alert], start_ms: int, told: Told) -> Unmet | None:
    """What is wrong with an expectation; None where it holds.

    alerts: every revision of the rule's alerts from the past on, in order; what was over before the
    start does not count. An expectation of a moment is about the alerts as they stand then: one of
    them must meet all of it.
    """
    over = {a.id for a in alerts if _updated(a) < start_ms and a.status != "firing"}
    over -= {a.id for a in alerts if _updated(a) >= start_ms}
    mine = [a for a in alerts if a.id not in over and _in_area(a, item.area)]
    judge = _Judge(item, mine, start_ms, told)
    if item.total is not None:
        return judge.total()
    return judge.at() if item.at is not None else judge.by()


class _Judge:
    def __init__(
        self, item: Expectation, alerts: Sequence[Alert], start_ms: int, told: Told
    ) -> None:
        self._item = item
        self._alerts = alerts
        self._start = start_ms
        self._told = told

    def total(self) -> Unmet | None:
        mine = [a for a in self._alerts if _updated(a) >= self._start and self._meets(a)]
        number = len({alert.id for alert in mine})
        if number == self._item.total:
            return None
        return Unmet(expected(self._item), f"{number} in all")

    def at(self) -> Unmet | None:
        moment = self._start + duration_ms(self._item.at or "0s")
        if self._holds(moment):
            return None
        return Unmet(expected(self._item), self._got(moment))

    def by(self) -> Unmet | None:
        last = self._start + duration_ms(self._item.by or "0s")
        changes = {_updated(a) for a in self._alerts if self._start < _updated(a) < last}
        moments = [self._start, *sorted(changes), last]
        if any(self._holds(moment) for moment in moments):
            return None
        seen = dict.fromkeys(self._got(moment, when=True) for moment in moments[1:])
        return Unmet(expected(self._item), "; ".join(seen))

    def _holds(self, moment: int) -> bool:
        standing = self._standing(moment)
        item = self._item
        if item.status == "none":
            return not standing
        if item.notified is not None:
            heard = [a for a in self._alerts if self._just_told(a, moment)]
            if bool(heard) != item.notified:
                return False
            if not _about_state(item):
                return True
        return any(self._meets(alert) for alert in standing)

    def _standing(self, moment: int) -> list[Alert]:
        """The newest revision by then of every alert that has one."""
        newest: dict[str, Alert] = {}
        for alert in self._alerts:
            if _updated(alert) <= moment:
                newest[alert.id] = alert
        return list(newest.values())

    def _just_told(self, alert: Alert, moment: int) -> bool:
        """Whether a revision was told then: a window's within its minute, a report's at once."""
        if alert.inhibited_by or (alert.kind == "keyword" and _calls_nobody(alert)):
            return False
        grain = _SECOND_MS if alert.kind == "keyword" else TICK_MS
        return moment - grain < _updated(alert) <= moment

    def _meets(self, alert: Alert) -> bool:
        item = self._item
        texts = (alert.message.zh, alert.message.en)
        checks = (
            item.level is None or alert.level == item.level,
            item.status is None or alert.status == item.status,
            item.review is None or alert.review == item.review,
            item.incidents is None or set(alert.incidents.ids) == set(item.incidents),
            item.suppressed_by is None or set(alert.suppressed_by) == set(item.suppressed_by),
            item.message is None or any(item.message in text for text in texts),
            item.donors_at_most is None or len(alert.suggest.donors) <= item.donors_at_most,
            item.told is None or set(self._told(alert)) == set(item.told),
        )
        return all(checks)

    def _got(self, moment: int, *, when: bool = False) -> str:
        standing = self._standing(moment)
        states = list(dict.fromkeys(self._state(alert) for alert in standing)) or ["no alert"]
        at = f" at {clock(moment - self._start)}" if when else ""
        text = "; ".join(states[:3]) + (f"; {len(states) - 3} more" if len(states) > 3 else "")  # noqa: PLR2004 - three are enough to see
        if self._item.notified is not None and not when:
            heard = any(self._just_told(alert, moment) for alert in self._alerts)
            text += ", somebody told then" if heard else ", nobody told then"
        return text + at

    def _state(self, alert: Alert) -> str:
        text = state_of(alert)
        if self._item.told is not None:
            text += f", told: {', '.join(self._told(alert)) or 'nobody'}"
        if self._item.message is not None:
            text += f', text "{alert.message.zh}"'
        return text


def _about_state(item: Expectation) -> bool:
    """Whether anything but `notified` is expected."""
    names = (
        *("level", "status", "review", "incidents", "told", "suppressed_by", "message"),
        "donors_at_most",
    )
    return any(getattr(item, name) is not None for name in names)


def _calls_nobody(alert: Alert) -> bool:
    """Whether a further report joined an alert that was told, without making it graver."""
    return alert.status == "firing" and alert.previous_level == alert.level


def _updated(alert: Alert) -> int:
    return round(alert.times.updated.timestamp() * 1000)


def _in_area(alert: Alert, area: str | None) -> bool:
    """An area holds for all that lie under it."""
    return area is None or area == alert.area.id or area in alert.area.path
