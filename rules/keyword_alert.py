"""An alert about a report as it is remembered, and the record of its next revision."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from rules.alerts import alert_area, alert_id, instant, trace
from rules.confirm import Key
from rules.keyword_rules import Case, KeywordRules
from streams.areas import AreaTree
from streams.observations import Span
from streams.records import (
    Alert,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    Evidence,
    Level,
    MatchedTerm,
    Text2,
)

__all__ = ["Open"]

_Status = Literal["firing", "resolved", "withdrawn"]
_ENDS: dict[str, _Status] = {
    "closed": "resolved",
    "cancelled": "withdrawn",
    "reclassified": "withdrawn",
    "rule_removed": "resolved",
}
"""Why an alert ends, and what it is then."""


class Open(Struct, array_like=True):
    """What must be known of an alert to write its next revision.

    case: the report that changed it last. doubt: what the text says asks for review. confirm:
    (reports, within in ms) that are still wanting. state: told as live, in shadow, or as a test.
    told: some revision was told; pending: the newest one was held back, which is to be looked at
    from held_from_ms on. words: `Finding.rules`. spans and reasons are kept only while a revision
    is to come that nobody reports.
    """

    rule_id: str
    category: str
    level: Level
    fired_ms: int
    revision: int
    case: Case
    doubt: bool
    confirm: tuple[int, int] | None
    state: Literal["live", "shadow", "test"]
    told: bool = False
    pending: bool = False
    held_from_ms: int = 0
    words: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def review(self) -> bool:
        """Whether a person has to look first."""
        return self.doubt or self.confirm is not None

    @property
    def key(self) -> Key:
        """Under which reports confirm each other."""
        return self.rule_id, self.category, self.case.area_id

    def alert(
        self,
        areas: AreaTree,
        rules: KeywordRules,
        incident_id: str,
        time_ms: int,
        *,
        previous: Level | None = None,
        reason: str | None = None,
    ) -> Alert:
        """The record without its text."""
        id_ = alert_id(self.rule_id, incident_id, incident_id)
        fired = instant(self.fired_ms)
        entry = rules.entry(self.rule_id)
        return Alert(
            id=id_,
            revision=self.revision,
            dedup_key=f"{self.rule_id}/{incident_id}",
            status=_ENDS.get(reason or "", "firing"),
            level=self.level,
            previous_level=previous,
            kind="keyword",
            state=self.state,
            review=self.review,
            area=alert_area(areas, self.case.area_id),
            times=AlertTimes(
                breached=fired,
                fired=fired,
                updated=instant(time_ms),
                resolved=instant(time_ms) if reason else None,
                first_event=fired,
            ),
            evidence=Evidence(
                category=self.category or None,
                terms=[
                    MatchedTerm(start=s.start, end=s.end, term=s.term, category=s.category)
                    for s in self.spans
                ],
                reasons=list(self.reasons),
            ),
            incidents=AlertIncidents(count=1, ids=[incident_id]),
            rule=AlertRule(
                id=self.rule_id,
                hash="" if entry is None else entry.hash,
                bundle=rules.bundle,
                overrides=rules.effective(self.rule_id, self.case).overrides,
            ),
            close_reason=reason,
            message=Text2(),
            trace=trace(id_),
        )
