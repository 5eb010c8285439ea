"""Marks on alerts (`watchfloor alerts mark`) as dispositions that the review tier learns from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, Literal

from rules.critical.learning.marks import Disposition
from streams.acts import Act
from streams.records import Alert

__all__ = ["dispositions"]

_ROLE: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}|[0-9a-f]{8,64}")
_REASONS_AT_MOST: Final = 128
_REASON_LENGTH: Final = 128
_HASH_LENGTH: Final = 16


def dispositions(acts: Iterable[Act], alerts: Iterable[Alert]) -> Iterator[Disposition]:
    """One for each incident of a marked keyword alert that some critical category raised.

    alerts: revisions, oldest first; the last one that tells reasons is what was marked. A role that
    is written otherwise than `by` of disposition/1 allows goes as its hash.
    """
    told = {
        alert.id: alert
        for alert in alerts
        if alert.kind == "keyword" and alert.evidence.category and alert.evidence.reasons
    }
    for act in acts:
        alert = told.get(act.alert)
        if act.kind != "mark" or act.disposition is None or alert is None:
            continue
        for incident_id in alert.incidents.ids:
            yield Disposition(
                incident_id=incident_id,
                at=datetime.fromtimestamp(act.at_ms / 1000, UTC),
                mark=_mark(act.disposition),
                by=_by(act.by),
                tier="review" if alert.review else "critical",
                category=alert.evidence.category or "none",
                reasons=[r for r in alert.evidence.reasons if len(r) <= _REASON_LENGTH][
                    :_REASONS_AT_MOST
                ],
            )


def _mark(disposition: str) -> Literal["real", "false", "unclear"]:
    if disposition == "true_alarm":
        return "real"
    return "false" if disposition == "false_alarm" else "unclear"


def _by(name: str) -> str:
    if _ROLE.fullmatch(name):
        return name
    return hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
