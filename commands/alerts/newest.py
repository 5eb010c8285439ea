"""The newest revision of every alert, from the broker or from files; one by how its id begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from commands.alert_lines import alerts_of, alerts_on
from rules.language.schema.names import LEVELS
from streams.errors import ConfigError
from streams.records import Alert
from streams.topics import ALERTS

__all__ = ["by_gravity", "find", "is_open", "newest", "read"]

_SHOWN = 5


def read(files: Sequence[str]) -> dict[str, Alert]:
    """From files of alert/1 lines, or without any from the broker. By id."""
    return newest(alerts_of(files) if files else alerts_on([ALERTS], None))


def newest(alerts: Iterable[Alert]) -> dict[str, Alert]:
    """The highest revision of each; of two that are equal the later one."""
    found: dict[str, Alert] = {}
    for alert in alerts:
        known = found.get(alert.id)
        if known is None or known.revision <= alert.revision:
            found[alert.id] = alert
    return found


def is_open(alert: Alert) -> bool:
    """Whether it goes on."""
    return alert.status in ("pending", "firing")


def by_gravity(alerts: Iterable[Alert]) -> list[Alert]:
    """The gravest first, and of one level the oldest."""
    return sorted(alerts, key=lambda a: (LEVELS.index(a.level), a.times.breached, a.id))


def find(alerts: dict[str, Alert], prefix: str) -> Alert:
    """The one whose id begins so; an open one goes before those that ended. Raises ConfigError."""
    wanted = prefix.upper()
    if wanted in alerts:
        return alerts[wanted]
    hits = [alert for id_, alert in alerts.items() if wanted and id_.startswith(wanted)]
    still = [alert for alert in hits if is_open(alert)]
    if len(hits) != 1 and len(still) == 1:
        hits = still
    if len(hits) == 1:
        return hits[0]
    if not hits:
        raise ConfigError(
            f"no alert begins with {prefix!r}; `watchfloor alerts list --all` names them"
        )
    some = ", ".join(alert.id for alert in by_gravity(still or hits)[:_SHOWN])
    raise ConfigError(f"{prefix!r} begins {len(hits)} alerts: write more of the id ({some} ...)")
