"""What one channel sends, and when: news, groups, lists, reminders, storms. Pure: time is given.

One outbox has one partition of `alerts.log` on behalf of one channel. It is fed every record in
order (`take`) and asked what is due (`due`); what was sent is reported back (`done`), and
`position` tells up to where all is settled. A record waits for its settlement however long it is
gathered, so a restart from `position` loses nothing and may tell some of it twice.
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import Literal

from msgspec import Struct, structs

from rules.notify.groups import Groups
from rules.notify.news import Memory, News
from rules.notify.router import Targets
from rules.notify.storm import Storm
from streams.areas import AreaTree
from streams.records import Alert, Text2

__all__ = ["Outbox", "Parcel"]

Why = Literal["alert", "group", "digest", "repeat", "summary"]


class Parcel(Struct, frozen=True):
    """Alerts that go in one message, and the offsets that are settled with it.

    Those of a summary stand for others; offsets of a reminder are none.
    """

    why: Why
    alerts: tuple[Alert, ...]
    offsets: tuple[int, ...]


class _Repeat(Struct, order=True, frozen=True):
    due_ms: int
    alert_id: str
    every_ms: int
    languages: tuple[str, ...]


class Outbox:
    """The decisions of one channel for one partition of the log. Times are ms since the epoch."""

    def __init__(
        self,
        channel: str,
        position: int,
        areas: AreaTree,
        *,
        keeps: bool = False,
        most: int | None = None,
        languages: tuple[str, ...] = (),
    ) -> None:
        """keeps: a record is kept of every revision: no groups, no limit, no silence, whole texts.

        most: messages a minute, None for no limit. languages: of the texts; empty: the rule's.
        """
        self._memory = Memory(channel, keeps=keeps)
        self._storm = Storm(channel, most, areas)
        self._groups = Groups()
        self._keeps = keeps
        self._languages = languages
        self._ready: deque[Parcel] = deque()
        self._repeats: list[_Repeat] = []
        self._reminded: set[str] = set()
        self._surplus: list[int] = []
        self._unsettled: set[int] = set()
        self._lowest: list[int] = []
        self._next = position

    @property
    def position(self) -> int:
        """The first offset that is not settled: where a restart has to begin."""
        while self._lowest and self._lowest[0] not in self._unsettled:
            heapq.heappop(self._lowest)
        return self._lowest[0] if self._lowest else self._next

    @property
    def waiting(self) -> int:
        """How many records are taken and not settled."""
        return len(self._unsettled)

    @property
    def backlog(self) -> int:
        """How many messages are due and not asked for."""
        return len(self._ready)

    def recall(self, alert: Alert, targets: Targets, at_ms: int) -> None:
        """Take in a record that was settled before a restart, so that its alert is known."""
        if self._memory.hear(alert, targets) and targets.repeat_ms is not None:
            self._remind(alert.id, targets.repeat_ms, targets, at_ms)

    def skip(self, offset: int) -> None:
        """A record that is not ours."""
        self._next = max(self._next, offset + 1)

    def take(self, offset: int, alert: Alert, targets: Targets, now_ms: int) -> None:
        """Take in the next record of the log."""
        self._next = max(self._next, offset + 1)
        news = self._memory.hear(alert, targets)
        if not news:
            return
        told = alert if self._keeps else self._spoken(alert, targets.languages)
        self._unsettled.add(offset)
        heapq.heappush(self._lowest, offset)
        if not self._keeps and targets.repeat_ms is not None:
            self._remind(alert.id, targets.repeat_ms, targets, now_ms)
        if self._keeps or not self._gather(offset, told, targets, news, now_ms):
            self._groups.forget(alert.id)
            self._at_once(offset, told, targets, now_ms)

    def due(self, now_ms: int) -> Parcel | None:
        """The next message that is to go by now, if any; in order."""
        if not self._ready:
            self._ripen(now_ms)
        return self._ready.popleft() if self._ready else None

    def due_ms(self) -> int | None:
        """When there will be something, if nothing else comes; None where it is not known."""
        moments = [self._groups.due_ms(), self._storm.due_ms()]
        moments.append(self._repeats[0].due_ms if self._repeats else None)
        return min((moment for moment in moments if moment is not None), default=None)

    def done(self, parcel: Parcel) -> None:
        """A parcel was taken by its receiver, or refused for good."""
        self._unsettled.difference_update(parcel.offsets)

    # -- inside

    def _gather(self, offset: int, alert: Alert, targets: Targets, news: News, now_ms: int) -> bool:
        """Whether it waits for others."""
        if targets.digest_ms is not None:
            listed = (targets.route or "", "digest", str(targets.digest_ms))
            self._groups.digest(listed, targets.digest_ms, offset, alert, now_ms)
            return True
        if news == "urgent" or targets.key is None:
            return False
        return self._groups.group(targets.key, targets.wait_ms, offset, alert, now_ms)

    def _at_once(self, offset: int, alert: Alert, targets: Targets, now_ms: int) -> None:
        if self._keeps or self._storm.room(now_ms) or targets.lifeline:
            self._ready.append(Parcel("alert", (alert,), (offset,)))
            return
        self._storm.count(alert, now_ms)
        self._memory.untold(alert.id)
        self._surplus.append(offset)

    def _ripen(self, now_ms: int) -> None:
        for window in self._groups.due(now_ms):
            alerts = tuple(window.alerts.values())
            self._ready.append(Parcel(window.why, alerts, tuple(window.offsets)))
        while self._repeats and self._repeats[0].due_ms <= now_ms:
            self._repeat(heapq.heappop(self._repeats), now_ms)
        summary = self._storm.summary(now_ms)
        if summary is not None:
            offsets, self._surplus = tuple(self._surplus), []
            self._ready.append(Parcel("summary", (summary,), offsets))

    def _remind(self, alert_id: str, every_ms: int, targets: Targets, now_ms: int) -> None:
        if alert_id not in self._reminded:
            self._reminded.add(alert_id)
            repeat = _Repeat(now_ms + every_ms, alert_id, every_ms, targets.languages)
            heapq.heappush(self._repeats, repeat)

    def _repeat(self, repeat: _Repeat, now_ms: int) -> None:
        alert = self._memory.open(repeat.alert_id)
        if alert is None or alert.ack.at is not None:
            self._reminded.discard(repeat.alert_id)
            return
        if self._storm.room(now_ms):
            spoken = self._spoken(alert, repeat.languages)
            self._ready.append(Parcel("repeat", (spoken,), ()))
        heapq.heappush(self._repeats, structs.replace(repeat, due_ms=now_ms + repeat.every_ms))

    def _spoken(self, alert: Alert, languages: tuple[str, ...]) -> Alert:
        """The alert in the languages of the channel, or else of its rule."""
        wanted = self._languages or languages
        message = Text2(
            alert.message.zh if "zh" in wanted else "", alert.message.en if "en" in wanted else ""
        )
        return alert if message == alert.message else structs.replace(alert, message=message)
