"""What a label of our series may hold: words of a closed list, or few names of the installation.

A value that may not stand there is served as `other`: whatever goes wrong upstream, no id of a
report, no area and no text of a caller reaches a label, and no series grows without bound.
"""

from __future__ import annotations

from typing import Final, get_args, get_type_hints

from msgspec import Struct

from streams.acts import KINDS
from streams.reasons import REASONS
from streams.records import Alert, AreaKind, Level
from streams.unit_rows import STATUSES

__all__ = [
    "ACT",
    "ALERT_STATUS",
    "AREA_KIND",
    "BOUND",
    "CHANNEL",
    "CHANNEL_STATE",
    "COLDNESS",
    "COUNTED",
    "DELIVERY",
    "DISPOSITION",
    "DIVERTED_TO",
    "DROPPED",
    "HASH",
    "KIND",
    "LEVEL",
    "OTHER",
    "PARTITION",
    "REASON",
    "RELOAD",
    "RULE",
    "STAGE",
    "SWITCH",
    "TOPIC",
    "UNIT_STATUS",
    "VERSION",
    "Label",
]

OTHER: Final = "other"
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.+\-]{0,63}"


class Label(Struct, frozen=True):
    """A label and what it may hold: `values`, or up to `most` different ones that look so.

    meaning: for the reference page. limit: the number of different values, `other` too.
    """

    name: str
    meaning: str
    values: frozenset[str] = frozenset()
    pattern: str = ""
    most: int = 0

    @property
    def closed(self) -> bool:
        """Whether every value is known beforehand."""
        return bool(self.values)

    @property
    def limit(self) -> int:
        """How many different values it can take."""
        return 1 + (len(self.values) if self.closed else self.most)


def _words(name: str, meaning: str, *values: str) -> Label:
    return Label(name, meaning, frozenset(values))


def _names(name: str, meaning: str, most: int, pattern: str = _NAME) -> Label:
    return Label(name, meaning, pattern=pattern, most=most)


def _of_alerts(field: str) -> tuple[str, ...]:
    return get_args(get_type_hints(Alert)[field])


PARTITION = _names("partition", "a partition of the log, or of an input topic", 1024, r"[0-9]{1,4}")
TOPIC = _names("topic", "a topic of the installation, without its prefix", 32)
RULE = _names("rule", "a rule of the book, by its name there", 256, r"[a-z0-9\-]{1,64}")
CHANNEL = _names(
    "channel",
    "a channel of the book, by its name there",
    64,
    r"[A-Za-z0-9._-][A-Za-z0-9._:\-]{0,127}",
)
HASH = _names(
    "hash", "the hash of a bundle of rules or of a lexicon", 16, r"(sha256:)?[0-9a-f]{6,64}"
)
VERSION = _names("version", "a version of Watchfloor", 4)

LEVEL = _words("level", "the level of an alert, I the gravest", *get_args(Level))
KIND = _words("kind", "which channel of judgement raised it", *_of_alerts("kind"))
ALERT_STATUS = _words("status", "what the alert has become", *_of_alerts("status"))
AREA_KIND = _words("area_kind", "the level of the area in the tree", *get_args(AreaKind), "unknown")
UNIT_STATUS = _words("status", "what the unit says of itself", *STATUSES, "stale", "lost")
COLDNESS = _words("coldness", "0 enough units, 1 cool, 2 cold, 3 ice", "0", "1", "2", "3")
REASON = _words("reason", "see dead-letters.md", *REASONS)
DISPOSITION = _words("disposition", "what became of the record", "rejected", "repaired")
COUNTED = _words(
    "outcome", "what became of the record", "accepted", "duplicate", "late", "rejected"
)
DROPPED = _words("reason", "why a position changed nothing", "late", "jump", "older", "off")
STAGE = _words("stage", "the part of the worker", "intake", "watch", "dispatch", "escalation")
BOUND = _words("bound", "the estimate, or an end of its interval", "low", "mean", "high")
RELOAD = _words("outcome", "what became of the changed words", "loaded", "refused")
SWITCH = _words("outcome", "what became of the rules", "taken", "refused", "directory_refused")
DELIVERY = _words(
    "outcome",
    "delivered; failed: it is tried again; rejected: for good, a dead letter",
    "delivered",
    "failed",
    "rejected",
)
CHANNEL_STATE = _words("state", "of the circuit breaker", "closed", "half_open", "open")
ACT = _words("kind", "what somebody, or the dispatcher's clock, did", *KINDS)
DIVERTED_TO = _words("to", "who takes the matter over", "antifraud", "12345")
