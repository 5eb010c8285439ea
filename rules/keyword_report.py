"""A report as keyword rules read it, and what it means for an alert that stands or has ended."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from rules.keyword_alert import Member, Open
from rules.keyword_rules import Answer, Case, Effective, KeywordRules
from rules.language.schema.names import LEVELS
from rules.same_event import Seen
from streams.categories import CRITICAL_OF_CATEGORY
from streams.observations import Call, Change, Finding
from streams.places import NOWHERE
from streams.records import ChannelSource, Level

__all__ = ["Report", "Said", "about", "runs", "turns_live", "urged"]

_NO_CALL = Call()


class Report(Struct, frozen=True):
    """One row of the log, as keyword rules need it. code: its category code.

    place: key of where it is. late: it came when its time had been closed. unclear: whose it is has
    to be settled.
    """

    incident_id: str
    area_id: str
    time_ms: int
    code: str
    channel: ChannelSource | None
    finding: Finding | None
    change: Change | None
    place: int = NOWHERE
    call: Call = _NO_CALL
    late: bool = False
    unclear: bool = False

    @property
    def over(self) -> bool:
        """Whether it tells the end of its incident."""
        return self.change is not None and self.change.event in {"closed", "cancelled", "diverted"}

    @property
    def urging(self) -> str:
        """By what the caller asks where help remains; empty where nobody does."""
        return (self.finding.urging or "") if self.finding is not None else ""

    def case(self, category: str) -> Case:
        """What overrides are asked about, for an answer to a critical category."""
        return Case(
            self.area_id,
            self.time_ms,
            self.code,
            self.channel,
            category or "none",
            self.unclear,
        )

    def seen(self) -> Seen:
        """What is compared with the reports of other events."""
        return Seen(self.time_ms, self.area_id, self.place, self.call.sketch)

    def member(self, level: Level | None, *, doubt: bool, repeat: bool) -> Member:
        """It as an incident of an alert."""
        return Member(
            self.incident_id,
            self.time_ms,
            self.area_id,
            self.place,
            self.code,
            self.channel,
            self.call.sketch,
            level,
            doubt,
            repeat,
            unclear=self.unclear,
        )

    def ends(self, rules: KeywordRules, held: Open, member: Member) -> str | None:
        """Why it ends an incident of an alert; None where it does not."""
        entry = rules.entry(held.rule_id)
        if self.change is None or entry is None:
            return None
        if self.change.event in {"closed", "diverted"}:
            return str(self.change.event)
        withdrawn_on = rules.effective(held.rule_id, held.case).rule.withdraw_on
        if self.change.event == "cancelled":
            return "cancelled" if "cancelled" in withdrawn_on else None
        if "reclassified" in withdrawn_on and self.code != member.code:
            coded = CRITICAL_OF_CATEGORY.get(self.code)
            return None if coded in entry.rule.match.category else "reclassified"
        return None


class Said(Struct, frozen=True):
    """What a report says to a rule: the answer, its level, and the rule as it holds for it."""

    report: Report
    finding: Finding
    answer: Answer
    effective: Effective
    level: Level

    @property
    def case(self) -> Case:
        """What overrides are asked about."""
        return self.report.case(self.answer.category)

    def member(self, *, repeat: bool = False) -> Member:
        """The report as an incident of an alert."""
        return self.report.member(self.level, doubt=self.answer.review, repeat=repeat)

    def begins_anew(self, last: Member | None) -> bool:
        """Whether an incident that ended begins anew: it is graver now, or another thing."""
        if last is None or last.level is None:
            return True
        graver = LEVELS.index(self.level) < LEVELS.index(last.level)
        return graver or last.code != self.report.code


def about(rules: KeywordRules, alerts: Mapping[str, Open], answer: Answer) -> Open | None:
    """Which of some open alerts, by rule, an answer is about: its rule's, or one by category."""
    held = alerts.get(answer.entry.rule.id)
    if held is not None or not answer.category or answer.entry.rule.state != "live":
        return held
    for other in alerts.values():
        if other.category and other.state != "shadow" and rules.entry(other.rule_id):
            return other
    return None


def runs(rules: KeywordRules, held: Open) -> bool:
    """Whether the rule of an open alert runs on, and not only in shadow where it was told."""
    entry = rules.entry(held.rule_id)
    return entry is not None and (entry.rule.state == "live" or held.state == "shadow")


def turns_live(rules: KeywordRules, said: Said, held: Open) -> bool:
    """Whether it is a trial or an exercise no longer: then whoever is told must be told now."""
    if held.state == "shadow":
        return said.answer.entry.rule.state == "live"
    case = said.case
    return held.state == "test" and not (
        rules.standing(held.rule_id, case, said.finding.rules, case.time_ms).exercise
    )


def urged(effective: Effective, report: Report, held: Open, calls: int) -> str:
    """Why a further call raises the level: how many there were, or what was said in it."""
    repeat = effective.rule.repeat_call
    if repeat is None:
        return ""
    if calls >= repeat.urgent_at:
        return f"calls:{calls}"
    again = calls > 1 or held.member(report.call.linked) is not None
    return report.urging if again else ""
