"""Is a revision news to a channel? What it was told of every open alert, and nothing else.

A channel that keeps a record gets every revision. People are told what changes what they do: that
it is there, graver or less grave, confirmed, larger, that a rung is theirs, that it is over. Who
acknowledged it, until when the next has time, one more caller: that is on the alert for whoever
looks, and nobody's telephone rings for it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, Literal

from msgspec import Struct

from rules.language.schema.names import LEVELS
from rules.notify.router import Targets
from streams.records import Alert, Level

__all__ = ["MOST", "Memory", "News"]

MOST: Final = 100_000
"""Open alerts that are remembered a channel and partition; beyond it the oldest are forgotten."""
_OVER = ("resolved", "withdrawn")

News = Literal["", "tell", "urgent"]
"""Nothing to tell; to be told; to be told without waiting for others."""


class _Known(Struct):
    """What a channel knows of an alert: the last revision it was told, and its rung then.

    told: it was told of it by itself, or in a group; False while that was quiet or in a summary.
    """

    alert: Alert
    level: Level
    rung: int
    told: bool


class Memory:
    """What one channel was told, by alert."""

    def __init__(self, channel: str, *, keeps: bool, most: int = MOST) -> None:
        """keeps: it keeps a record of all revisions, and nobody is disturbed by one."""
        self._channel, self._keeps, self._most = channel, keeps, most
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def hear(self, alert: Alert, targets: Targets) -> News:
        """Take in a revision, in the order of the log; whether it is to be told here.

        Revisions that are not newer than the last one heard are nothing to tell.
        """
        known = self._known.get(alert.id)
        if known is not None and alert.revision <= known.alert.revision:
            return ""
        ours = self._channel in targets.channels
        if known is None and not ours:
            return ""
        news = self._every(alert) if self._keeps else self._news(alert, targets, known, ours=ours)
        self._keep(alert, targets, known, told=bool(news))
        return news

    def untold(self, alert_id: str) -> None:
        """It was not told by itself after all, but counted in a summary: nor is its end."""
        if alert_id in self._known:
            self._known[alert_id].told = False

    def open(self, alert_id: str) -> Alert | None:
        """The last revision heard of an alert that is open and was told; None of any other."""
        known = self._known.get(alert_id)
        return known.alert if known is not None and known.told else None

    def _every(self, alert: Alert) -> News:
        return "urgent" if alert.status == "firing" else "tell"

    def _news(self, alert: Alert, targets: Targets, known: _Known | None, *, ours: bool) -> News:
        over = alert.status in _OVER
        if targets.quiet:
            return ""
        if known is None or not known.told:
            return "" if over or not ours else "tell"
        if over:
            return "tell"
        before, rose = known.alert, LEVELS.index(alert.level) < LEVELS.index(known.level)
        if rose or self._channel in targets.newly(known.rung):
            return "urgent"
        return "tell" if _what(alert) != _what(before) else ""

    def _keep(self, alert: Alert, targets: Targets, known: _Known | None, *, told: bool) -> None:
        over = alert.status in _OVER
        if over:
            self._known.pop(alert.id, None)
            return
        if known is None:
            known = _Known(alert, alert.level, targets.reached, told)
            self._known[alert.id] = known
            if len(self._known) > self._most:
                self._known.popitem(last=False)
            return
        if told:
            known.level, known.rung = alert.level, targets.reached
        # A channel that a silence kept from it has to hear of it when that is over.
        known.told = told or (known.told and not targets.quiet)
        known.alert = alert


def _what(alert: Alert) -> tuple[object, ...]:
    """What people act on."""
    mechanism = alert.mechanism
    return (
        alert.level,
        alert.review,
        frozenset(area.id for area in alert.areas),
        None if mechanism is None else mechanism.status,
    )
