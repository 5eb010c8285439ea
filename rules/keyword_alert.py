"""An alert about reports as it is remembered, and the record of its next revision."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from rules.alerts import alert_area, alert_id, instant, trace
from rules.confirm import Key
from rules.evidence import IDS_PER_ALERT
from rules.keyword_rules import Case, KeywordRules
from rules.language.schema.names import LEVELS
from rules.lifecycle import ended
from rules.same_event import Seen
from streams.areas import AreaTree
from streams.decisions import Divert
from streams.observations import Span
from streams.records import (
    Alert,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    ChannelSource,
    Evidence,
    Level,
    MatchedTerm,
    Text2,
)

__all__ = ["Member", "Open"]

_HAPPENED = frozenset({"", "closed", "diverted"})
_COMPARED = 64
"""Incidents of one alert that a further report is compared with: the last ones."""


class Member(Struct, array_like=True):
    """One incident of an alert, as it was reported last.

    level: the gravest that its reports said, None where they said nothing of their own; doubt:
    whether all of them asked for review. repeat: its caller had called before. over: why it ended,
    empty while it has not.
    """

    incident: str
    time_ms: int
    area_id: str
    place: int
    code: str
    channel: ChannelSource | None
    sketch: int
    level: Level | None
    doubt: bool
    repeat: bool = False
    over: str = ""
    unclear: bool = False

    @property
    def counts(self) -> bool:
        """Whether it happened: what was recalled, or turned out to be another thing, did not."""
        return self.over in _HAPPENED

    def seen(self) -> Seen:
        """What a further report is compared with."""
        return Seen(self.time_ms, self.area_id, self.place, self.sketch)


class Open(Struct, array_like=True):
    """What must be known of an alert to write its next revision.

    entity: the incident that it is named after, whatever becomes of that. lead: the one whose case
    it shows. case: the report of it that changed the alert last. doubt: what the texts say asks for
    review. confirm: (reports, within in ms) that are still wanting. state: told as live, in shadow,
    or as a test. urged: by what somebody asked where help remains, which raised the level by one.
    told: some revision was told; pending: the newest one was held back, which is to be looked at
    from held_from_ms on. words: `Finding.rules`. spans and reasons are kept only while a revision
    is to come that nobody reports. divert: the desk that it is proposed to.
    """

    rule_id: str
    entity: str
    category: str
    level: Level
    fired_ms: int
    revision: int
    lead: str
    case: Case
    doubt: bool
    confirm: tuple[int, int] | None
    state: Literal["live", "shadow", "test"]
    members: list[Member]
    urged: str = ""
    told: bool = False
    pending: bool = False
    held_from_ms: int = 0
    words: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    reasons: tuple[str, ...] = ()
    divert: Divert | None = None

    @property
    def place(self) -> tuple[str, str]:
        """By what it is told from all others."""
        return self.rule_id, self.entity

    @property
    def review(self) -> bool:
        """Whether a person has to look first."""
        return self.doubt or self.confirm is not None

    @property
    def key(self) -> Key:
        """Under which reports confirm each other."""
        return self.rule_id, self.category, self.case.area_id

    def member(self, incident_id: str) -> Member | None:
        """An incident of it."""
        return next((m for m in self.members if m.incident == incident_id), None)

    def standing(self) -> list[Member]:
        """Incidents that have not ended."""
        return [member for member in self.members if not member.over]

    def around(self, time_ms: int, within_ms: int) -> list[Seen]:
        """Its last reports that stand, and lie so near (ms) to a moment."""
        return [
            member.seen()
            for member in self.members[-_COMPARED:]
            if abs(member.time_ms - time_ms) <= within_ms and not member.over
        ]

    def settle(self) -> None:
        """Level and doubt, as the reports that count say them together."""
        said = [(m.level, m.doubt) for m in self.members if m.counts and m.level is not None]
        if said:
            rank = min(LEVELS.index(level) for level, _ in said)
            self.level = LEVELS[max(0, rank - bool(self.urged))]
            self.doubt = all(doubt for _, doubt in said)

    def hand_over(self) -> None:
        """Show the case of another incident where the one that was shown counts no longer."""
        lead = self.member(self.lead)
        counted = [member for member in self.members if member.counts]
        if counted and (lead is None or not lead.counts):
            first = min(counted, key=lambda member: (member.time_ms, member.incident))
            self.lead = first.incident
            self.case = Case(
                first.area_id,
                first.time_ms,
                first.code,
                first.channel,
                self.case.category,
                first.unclear,
            )

    def alert(
        self,
        areas: AreaTree,
        rules: KeywordRules,
        time_ms: int,
        *,
        previous: Level | None = None,
        reason: str | None = None,
    ) -> Alert:
        """The record without its text."""
        id_ = alert_id(self.rule_id, self.entity, self.entity)
        fired = instant(self.fired_ms)
        entry = rules.entry(self.rule_id)
        urged = [self.urged] if self.urged else []
        return Alert(
            id=id_,
            revision=self.revision,
            dedup_key=f"{self.rule_id}/{self.entity}",
            status=ended(reason),
            level=self.level,
            previous_level=previous,
            kind="keyword",
            state=self.state,
            review=self.review,
            area=replace(alert_area(areas, self.case.area_id), unclear=self.case.unclear),
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
                reasons=[*self.reasons, *urged],
            ),
            incidents=self._incidents(),
            rule=AlertRule(
                id=self.rule_id,
                hash="" if entry is None else entry.hash,
                bundle=rules.bundle,
                overrides=rules.effective(self.rule_id, self.case).overrides,
            ),
            close_reason=reason,
            divert=self.divert,
            message=Text2(),
            trace=trace(id_),
        )

    def _incidents(self) -> AlertIncidents:
        """Those that count, by time; all of them where none does any more."""
        shown = [member for member in self.members if member.counts] or self.members
        ids = [m.incident for m in sorted(shown, key=lambda m: (m.time_ms, m.incident))]
        channels = Counter(member.channel or "unknown" for member in shown)
        return AlertIncidents(
            count=len(shown),
            ids=ids[:IDS_PER_ALERT],
            truncated=len(ids) > IDS_PER_ALERT,
            repeats=sum(member.repeat for member in shown) or None,
            channels=dict(sorted(channels.items())) if len(shown) > 1 else None,
        )
