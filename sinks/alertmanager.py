"""Alerts to Prometheus Alertmanager (API v2): routed, grouped and silenced there by their labels.

Alertmanager tells alerts apart by all their labels. An alert that moves along its ladder is there
one alert a level: the level that it left is ended when it is shown at the next.
"""

from __future__ import annotations

import base64
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from sinks.base import Rejected, Retryable
from sinks.console import reason
from sinks.http import HttpOptions, Receiver, open_receiver
from sinks.secrets import Secrets
from streams.records import Alert, Level

__all__ = ["Alertmanager", "AlertmanagerOptions", "labels", "open_alertmanager", "readable"]

_PATH: Final = "/api/v2/alerts"
_REMEMBERED: Final = 10_000
"""Open alerts whose level is known; of one more, the level before is read off its record."""
_encoder = msgspec.json.Encoder()


class AlertmanagerOptions(HttpOptions, frozen=True, kw_only=True):
    """url: its root. password: a reference. hold_s: seconds that it shows an alert at most.

    Nothing new may come of an alert for hours; told no end, Alertmanager would give it one after
    its own `resolve_timeout`.
    """

    user: str | None = None
    password: str | None = None
    hold_s: float = 86_400.0


class Alertmanager:
    """Posts what alerts are now, all of a call in one request. clock: seconds since the epoch."""

    def __init__(self, receiver: Receiver, hold_s: float, clock: Callable[[], float]) -> None:
        self._receiver, self._clock = receiver, clock
        self._hold = timedelta(seconds=hold_s)
        self._levels: OrderedDict[str, Level] = OrderedDict()

    def send(self, alerts: Sequence[Alert]) -> None:
        """Post the newest revision of each alert; pending ones are not shown.

        Raises Retryable or Rejected. A request that is refused is posted again one by one.
        """
        shown = [alert for alert in alerts if alert.status != "pending"]
        if not shown:
            return
        try:
            self._post(shown)
        except Rejected:
            if len({alert.id for alert in shown}) == 1:
                raise
            self._one_by_one(alerts)

    def _one_by_one(self, alerts: Sequence[Alert]) -> None:
        for done, alert in enumerate(alerts):
            if alert.status == "pending":
                continue
            try:
                self._post([alert])
            except Retryable as error:
                raise Retryable(str(error), error.after_s, done=done) from error
            except Rejected as error:
                raise Rejected(str(error), done=done, count=1) from error

    def _post(self, alerts: Sequence[Alert]) -> None:
        now = datetime.fromtimestamp(self._clock(), UTC)
        newest = {alert.id: alert for alert in alerts}
        left = self._left(alerts, newest)
        posted = [one for a in newest.values() for one in self._postable(a, left[a.id], now)]
        body = _encoder.encode(posted)
        self._receiver.post(body, {"Content-Type": "application/json"}, path=_PATH)
        for alert in newest.values():
            self._remember(alert)

    def _left(
        self, alerts: Sequence[Alert], newest: Mapping[str, Alert]
    ) -> dict[str, dict[Level, None]]:
        """Levels that each alert may be shown at and is at no more.

        That is the one it was posted at last; where that is not known, those that its records say
        it has left, also the ones between, which are posted no more.
        """
        left: dict[str, dict[Level, None]] = {id_: {} for id_ in newest}
        for alert in alerts:
            before = self._levels.get(alert.id, alert.previous_level)
            if before is not None and before != newest[alert.id].level:
                left[alert.id][before] = None
        return left

    def _postable(
        self, alert: Alert, left: Iterable[Level], now: datetime
    ) -> Iterator[dict[str, Any]]:
        for level in left:
            yield _posted(alert, level, alert.times.updated)
        over = alert.status in {"resolved", "withdrawn"}
        yield _posted(alert, alert.level, alert.times.updated if over else now + self._hold)

    def _remember(self, alert: Alert) -> None:
        self._levels.pop(alert.id, None)
        if alert.status == "firing":
            self._levels[alert.id] = alert.level
            if len(self._levels) > _REMEMBERED:
                self._levels.popitem(last=False)


def _posted(alert: Alert, level: Level, end: datetime) -> dict[str, Any]:
    start = alert.times.fired or alert.times.breached
    return {
        "labels": labels(alert, level),
        "annotations": readable(alert),
        "startsAt": start,
        "endsAt": max(start, end),
    }


def labels(alert: Alert, level: Level) -> dict[str, str]:
    """What identifies the alert at a level, the same for all its revisions there.

    path: areas from the province down to its own, between slashes, so that a route can match any
    command of the chain: `path =~ ".*/520100/.*"`.
    """
    return {
        "alertname": f"Watchfloor{alert.kind.capitalize()}",
        "alert": alert.id,
        "rule": alert.rule.id,
        "kind": alert.kind,
        "level": level,
        "state": alert.state,
        "area": alert.area.id,
        "path": f"/{'/'.join(alert.area.path or [alert.area.id])}/",
    }


def readable(alert: Alert) -> dict[str, str]:
    """What people read; nothing that is empty."""
    texts = alert.message
    at = alert.ack.at
    told = {
        "summary": " | ".join(filter(None, (texts.zh, texts.en))),
        "summary_zh": texts.zh,
        "summary_en": texts.en,
        "area_zh": alert.area.name.zh,
        "area_en": alert.area.name.en,
        "reason": reason(alert),
        "revision": str(alert.revision),
        "acknowledged_by": alert.ack.by or "",
        "acknowledged_at": "" if at is None else str(msgspec.to_builtins(at)),
        "assignee": alert.assignee or "",
        "joint_mechanism": "" if alert.mechanism is None else alert.mechanism.status,
        "close_reason": alert.close_reason or "",
        "disposition": alert.disposition or "",
    }
    return {name: text for name, text in told.items() if text}


@contextmanager
def open_alertmanager(
    options: AlertmanagerOptions, secrets: Secrets, *, clock: Callable[[], float] = time.time
) -> Iterator[Alertmanager]:
    """A sink on an Alertmanager. Raises ConfigError where its address or a secret is unusable."""
    headers = {}
    if options.user is not None and options.password is not None:
        login = f"{options.user}:{secrets.resolve(options.password)}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
    with open_receiver(options, secrets, headers, clock=clock) as receiver:
        yield Alertmanager(receiver, options.hold_s, clock)
