"""The topics of an installation, declared once: names, partitions, cleanup and size limits."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from streams.settings import Settings

__all__ = [
    "ALERTS",
    "ALERTS_LOG",
    "AUDIT",
    "CONTROL",
    "DEAD_LETTERS",
    "DESKS",
    "INPUTS",
    "LOG",
    "STATE",
    "TopicSpec",
    "channel_topic",
    "topic_specs",
]

INPUTS = ("incidents", "positions")
"""Topics that intake reads."""
LOG = "observations"
ALERTS, ALERTS_LOG = "alerts", "alerts.log"
"""The newest revision of every alert, by id; and every one of them, in order."""
DESKS = {kind: f"alerts.{kind}" for kind in ("station", "county", "city", "province")}
"""Topics of the commands of the chain: what each of them has to know, by area and alert."""
AUDIT = "audit"
"""Every act with who and why: one partition, so that all agree on their order."""
CONTROL = "control"
"""What holds of rules, and silences: one partition, read in full by every worker."""
DEAD_LETTERS = "dead-letters"
STATE = "state"

_MIB = 1024 * 1024
_DAY_MS = 24 * 3600 * 1000


class TopicSpec(Struct, frozen=True):
    """One topic as it has to be on the broker. `purpose` is one sentence for people."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]
    purpose: str


def topic_specs(settings: Settings) -> list[TopicSpec]:
    """Every topic, in the order data flows, with the prefix of the settings.

    Inputs and the log share one partition count, and `state` has it too: the state of partition q
    lies on partition q. Input topics take messages of 12 MiB, so that an oversize record arrives
    and becomes a dead letter instead of vanishing at its sender. `state` is cut into small
    segments and cleaned early, since a starting worker reads it from the beginning.
    """
    many, one = settings.partitions, 1
    week = _kept(7)
    return [
        _spec(settings, "incidents", many, week, "Incident reports, as the feeds send them."),
        _spec(settings, "positions", many, _POSITIONS, "Unit positions, kept for hours only."),
        _spec(settings, LOG, many, week, "The ordered log between intake and watch."),
        _spec(settings, ALERTS, many, _COMPACT, "The newest revision of every alert, by id."),
        _spec(settings, ALERTS_LOG, many, _kept(365), "Every revision of every alert."),
        _spec(settings, "alerts.shadow", many, _kept(30), "Alerts of rules on trial."),
        *(_desk(settings, kind, name) for kind, name in DESKS.items()),
        _spec(settings, "situation", many, _COMPACT, "The newest counts by area, for the map."),
        _spec(settings, CONTROL, one, _COMPACT, "Rules that hold, who runs them; silences."),
        _spec(settings, AUDIT, one, _kept(365), "Every act on an alert: who, what and why."),
        _spec(settings, DEAD_LETTERS, many, _kept(30), "Refused records: where and why."),
        _spec(settings, STATE, many, _STATE, "Snapshots of the watch, progress of the intake."),
    ]


def channel_topic(settings: Settings, name: str) -> TopicSpec:
    """The topic of a channel of the rule book, by its full name: made when it is first opened."""
    purpose = "Alerts for whoever reads this channel."
    return TopicSpec(name, settings.partitions, settings.replication, _kept(30), purpose)


def _desk(settings: Settings, kind: str, name: str) -> TopicSpec:
    purpose = f"What each {kind} has to know, by its area and the alert."
    return _spec(settings, name, settings.partitions, _COMPACT, purpose)


_COMPACT = {"cleanup.policy": "compact", "max.message.bytes": str(2 * _MIB)}
_STATE = {
    "cleanup.policy": "compact",
    "max.message.bytes": str(2 * _MIB),
    "min.cleanable.dirty.ratio": "0.1",
    "segment.bytes": str(16 * _MIB),
    "segment.ms": "60000",
    "delete.retention.ms": "60000",
}


def _kept(days: float) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "max.message.bytes": str(12 * _MIB),
        "retention.ms": str(round(days * _DAY_MS)),
    }


_POSITIONS = _kept(0.25) | {"segment.ms": "3600000"}
"""Where units were is nobody's business once it is state; a broker deletes whole segments only."""


def _spec(
    settings: Settings, name: str, partitions: int, config: Mapping[str, str], purpose: str
) -> TopicSpec:
    return TopicSpec(settings.topic(name), partitions, settings.replication, config, purpose)
