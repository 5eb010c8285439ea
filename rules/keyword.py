"""Critical reports: an alert on arrival, a revision on upgrade, closing or recall."""

from __future__ import annotations

from itertools import islice
from typing import Any

from msgspec import Struct

from rules.alerts import LEVEL_NAMES, alert_area, alert_id, both, instant, trace
from rules.critical.model import MODEL
from rules.language.book import KeywordEntry, RuleBook
from rules.language.schema.names import LEVELS
from streams.areas import AreaTree
from streams.observations import Change, Finding
from streams.records import (
    Alert,
    AlertIncidents,
    AlertRule,
    AlertTimes,
    Evidence,
    Level,
    MatchedTerm,
)

__all__ = ["KeywordChannel"]

_OPEN_AT_MOST = 4_096
"""Open critical alerts per partition of the log; the oldest is forgotten first (law 6)."""
_ENDED = {"closed": ("resolved", "closed"), "cancelled": ("withdrawn", "cancelled")}


class _Open(Struct, array_like=True):
    """What must be known of an open alert to write its next revision."""

    rule_id: str
    category: str
    level: Level
    area_id: str
    fired_ms: int
    revision: int
    review: bool


class KeywordChannel:
    """Open critical alerts by incident id. Waits for no watermark."""

    def __init__(self, book: RuleBook, areas: AreaTree) -> None:
        self._book = book
        self._areas = areas
        self._open: dict[str, _Open] = {}

    def report(
        self, incident_id: str, area_id: str, time_ms: int, finding: Finding
    ) -> Alert | None:
        """The alert that a finding calls for: a new one, a changed one, or none."""
        entry = self._book.for_category(finding.category)
        if finding.tier == "none" or entry is None:
            return None
        held = self._open.get(incident_id)
        review = finding.tier == "review"
        if held is None:
            now = _Open(entry.rule.id, finding.category, finding.level, area_id, time_ms, 1, review)
            self._keep(incident_id, now)
            return self._alert(incident_id, now, entry, time_ms, finding=finding)
        raised = LEVELS.index(finding.level) < LEVELS.index(held.level)
        confirmed = held.review and not review
        if not raised and not confirmed:
            return None
        previous = held.level
        held.level = finding.level if raised else held.level
        held.review = held.review and review
        held.revision += 1
        own = self._book.for_category(held.category) or entry
        return self._alert(incident_id, held, own, time_ms, finding=finding, previous=previous)

    def change(self, incident_id: str, time_ms: int, change: Change) -> Alert | None:
        """The last revision of an open alert whose incident was closed or recalled."""
        if change.event not in _ENDED or incident_id not in self._open:
            return None
        held = self._open.pop(incident_id)
        entry = self._book.for_category(held.category)
        if entry is None:
            return None
        held.revision += 1
        return self._alert(incident_id, held, entry, time_ms, ended=change.event)

    def snapshot(self) -> list[Any]:
        """Plain values, oldest first."""
        return [[incident_id, *_values(held)] for incident_id, held in self._open.items()]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        self._open = {row[0]: _Open(*row[1:]) for row in state}

    def _keep(self, incident_id: str, held: _Open) -> None:
        self._open[incident_id] = held
        for oldest in list(islice(self._open, max(0, len(self._open) - _OPEN_AT_MOST))):
            del self._open[oldest]

    def _alert(
        self,
        incident_id: str,
        held: _Open,
        entry: KeywordEntry,
        time_ms: int,
        *,
        finding: Finding | None = None,
        previous: Level | None = None,
        ended: str | None = None,
    ) -> Alert:
        rule = entry.rule
        id_ = alert_id(held.rule_id, incident_id, incident_id)
        status, reason = _ENDED.get(ended or "", ("firing", None))
        area = alert_area(self._areas, held.area_id)
        words = "、".join(dict.fromkeys(_words(finding))) if finding else ""
        zh = f"{rule.title.zh}（{LEVEL_NAMES[held.level]}）：{area.name.zh or area.id}"
        en = f"{rule.title.en} (level {held.level}) in {area.name.en or area.id}"
        if words:
            zh, en = f"{zh}，命中“{words}”", f"{en}, matched {words}"
        elif finding and finding.spans:
            zh, en = f"{zh}，未见关键词，由表述判断", f"{en}, judged by the wording, no keyword"
        if status != "firing":
            zh, en = f"{zh}，警情已{'撤销' if ended == 'cancelled' else '办结'}", f"{en}, {ended}"
        fired = instant(held.fired_ms)
        return Alert(
            id=id_,
            revision=held.revision,
            dedup_key=f"{held.rule_id}/{incident_id}",
            status=status,  # type: ignore[arg-type]  # one of the literals in _ENDED
            level=held.level,
            previous_level=previous,
            kind="keyword",
            review=held.review,
            area=area,
            times=AlertTimes(
                breached=fired,
                fired=fired,
                updated=instant(time_ms),
                resolved=instant(time_ms) if status != "firing" else None,
                first_event=fired,
            ),
            evidence=Evidence(
                category=held.category,
                terms=[
                    MatchedTerm(start=s.start, end=s.end, term=s.term, category=s.category)
                    for s in (finding.spans if finding else ())
                ],
                reasons=list(finding.reasons) if finding else [],
            ),
            incidents=AlertIncidents(count=1, ids=[incident_id]),
            rule=AlertRule(id=rule.id, hash=entry.hash, bundle=self._book.bundle),
            close_reason=reason,
            message=both(zh, en),
            trace=trace(id_),
        )


def _words(finding: Finding) -> list[str]:
    """The lexicon's words; what the text model shows are places in the text, no words."""
    return [span.term for span in finding.spans if span.kind != MODEL]


def _values(held: _Open) -> list[Any]:
    return [getattr(held, name) for name in held.__struct_fields__]
