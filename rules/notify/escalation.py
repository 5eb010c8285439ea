"""The escalation clock: who has to acknowledge until when, and who is next when nobody does.

It reads the newest revision of every alert and answers with acts (C15): `told`, as soon as an alert
is there that somebody has to acknowledge; `escalate`, when its time is over; `mechanism` with
`overdue`, when nobody has answered whether the joint mechanism starts (C4). What it did is on the
alert itself, so that after a restart it goes on from the alerts alone, and the same step has the
same id. Pure: time is an argument, and the acts are done elsewhere.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from rules.language.schema.names import LEVELS
from rules.notify.router import Targets
from streams.acts import Act
from streams.records import Alert, Level

__all__ = ["BY", "EscalationClock"]

BY: Final = "escalation-clock"
"""Who acts, on the audit log."""
SLACK_MS: Final = 1_000
"""By so much a time on an alert may be later than the ladder gives before it is pulled in."""
AGAIN_MS: Final = 30_000
"""After so long an act is done once more of which nothing came back; it counts once."""
ANSWER_MS: Final = 120_000
"""What a command has to answer where the rules of the moment do not say (C4)."""
HIGHEST: Final = 3
"""Levels of command above the station."""
_OVER = ("resolved", "withdrawn")


class _Open(Struct, frozen=True):
    """An alert that somebody may have to answer for; at_ms: when the revision was published."""

    alert: Alert
    at_ms: int


class EscalationClock:
    """Of one or more partitions of `alerts`. Times are milliseconds since the epoch."""

    def __init__(self, targets: Callable[[Alert], Targets]) -> None:
        """targets: whom an alert is for, by the rules in force."""
        self._targets = targets
        self._open: dict[str, _Open] = {}
        self._wake: list[tuple[int, str]] = []
        self._quiet: set[str] = set()

    def __len__(self) -> int:
        return len(self._open)

    def hear(self, alert: Alert, at_ms: int) -> None:
        """Take in a revision as it was published; an older one changes nothing."""
        known = self._open.get(alert.id)
        if known is not None and alert.revision <= known.alert.revision:
            return
        if alert.status in _OVER:
            self._open.pop(alert.id, None)
            self._quiet.discard(alert.id)
            return
        if self._targets(alert).quiet:
            # What nobody is told of nobody has to acknowledge; afterwards its time begins anew.
            self._open.pop(alert.id, None)
            self._quiet.add(alert.id)
            return
        self._open[alert.id] = _Open(alert, at_ms)
        heapq.heappush(self._wake, (at_ms, alert.id))

    def level(self, alert_id: str) -> Level | None:
        """The level of an alert that is open; None of any other."""
        held = self._open.get(alert_id)
        return None if held is None else held.alert.level

    def due(self, now_ms: int, most: int = 500) -> list[Act]:
        """What is to be done by now, of the gravest alerts first; the rest stays due."""
        ripe: dict[str, _Open] = {}
        while self._wake and self._wake[0][0] <= now_ms:
            _, id_ = heapq.heappop(self._wake)
            if id_ in self._open:
                ripe[id_] = self._open[id_]
        acts: list[Act] = []
        for held in sorted(ripe.values(), key=_gravity):
            if len(acts) >= most:
                heapq.heappush(self._wake, (now_ms, held.alert.id))
                continue
            acts += self._acts(held, now_ms)
        return acts

    # -- one alert

    def _acts(self, held: _Open, now_ms: int) -> list[Act]:
        targets = self._targets(held.alert)
        found, wakes = [], []
        for act, wake_ms in (
            self._ladder(held, targets, now_ms),
            _mechanism(held, targets, now_ms),
        ):
            if act is not None:
                found.append(act)
                wakes.append(now_ms + AGAIN_MS)
            elif wake_ms is not None:
                wakes.append(wake_ms)
        if wakes:
            heapq.heappush(self._wake, (min(wakes), held.alert.id))
        return found

    def _ladder(self, held: _Open, targets: Targets, now_ms: int) -> tuple[Act | None, int | None]:
        """The act that is due now, or when to look again."""
        ack, rungs = held.alert.ack, targets.rungs
        if ack.at is not None or targets.ack_ms is None or not rungs:
            return None, None
        rung, last = min(ack.rung, len(rungs) - 1), len(rungs) - 1
        given = _given(targets, rung)
        latest = held.at_ms + given
        due = _ms(ack.due)
        anew = held.alert.id in self._quiet
        if anew or (due is None and (rung == 0 or rung < last)) or (due or 0) > latest + SLACK_MS:
            self._quiet.discard(held.alert.id)
            return self._told(held, rung, latest, now_ms), None
        if due is None or rung == last:
            return None, None
        if now_ms < due:
            return None, due
        # Late by less than the next has is made up for; by more, the next has its whole time.
        begins = due if now_ms - due < _given(targets, rung + 1) else now_ms
        following = begins + _given(targets, rung + 1) if rung + 1 < last else None
        act = Act(
            kind="escalate",
            id=f"escalate/{held.alert.id}/{rung + 1}/{due}",
            alert=held.alert.id,
            by=BY,
            because=f"nobody acknowledged within {given // 1000} s",
            at_ms=now_ms,
            rung=rung + 1,
            due_ms=following,
        )
        return act, None

    def _told(self, held: _Open, rung: int, due_ms: int, now_ms: int) -> Act:
        return Act(
            kind="told",
            id=f"told/{held.alert.id}/{rung}/{held.at_ms}",
            alert=held.alert.id,
            by=BY,
            at_ms=now_ms,
            rung=rung,
            due_ms=due_ms,
        )


def _mechanism(held: _Open, targets: Targets, now_ms: int) -> tuple[Act | None, int | None]:
    """The next level of command is asked where nobody has answered in time."""
    mechanism = held.alert.mechanism
    if mechanism is None or mechanism.status != "proposed" or mechanism.rung >= HIGHEST:
        return None, None
    due = _ms(mechanism.due)
    if due is None or now_ms < due:
        return None, due
    given = targets.answer_ms or ANSWER_MS
    act = Act(
        kind="mechanism",
        id=f"mechanism/{held.alert.id}/{mechanism.rung + 1}/{due}",
        alert=held.alert.id,
        by=BY,
        because="nobody answered whether the joint mechanism starts",
        at_ms=now_ms,
        to="overdue",
        rung=mechanism.rung + 1,
        due_ms=now_ms + given,
    )
    return act, None


def _given(targets: Targets, rung: int) -> int:
    """How long (ms) a rung has before the next is told; the last one as long as the first."""
    rungs = targets.rungs
    if rung + 1 < len(rungs):
        begins, ends = rungs[rung].after_ms, rungs[rung + 1].after_ms
        if begins is not None and ends is not None:
            return ends - begins
    return targets.ack_ms or 0


def _gravity(held: _Open) -> tuple[int, int, str]:
    return LEVELS.index(held.alert.level), held.at_ms, held.alert.id


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
