"""Critical reports: an alert on arrival, one for all reports of an event, closing or recall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rules.confirm import Confirmations
from rules.divert import fuller, sums
from rules.keyword_alert import Member, Open
from rules.keyword_groups import Groups
from rules.keyword_joining import Joining
from rules.keyword_report import Report, Said, about, runs, turns_live, urged
from rules.keyword_rules import Answer, KeywordRules, graver
from rules.keyword_telling import Telling
from streams.areas import AreaTree
from streams.records import Alert, Level

__all__ = ["KeywordChannel", "Report"]


class KeywordChannel:
    """Alerts by incident and rule. Waits for no watermark.

    The rules are named at every call: which book holds is decided by event time.
    """

    def __init__(self, areas: AreaTree) -> None:
        self._areas = areas
        self._groups = Groups(areas.command_of)
        self._telling = Telling(areas, self._groups)
        self._reports = Confirmations()
        self._joining = Joining(self._groups)

    def apply(self, rules: KeywordRules, report: Report) -> list[Alert]:
        """The alerts that a row calls for: ends first, then new ones and changed ones."""
        alerts: list[Alert] = []
        for held in list(self._groups.of(report.incident_id).values()):
            alerts += self._telling.released(rules, held, report.time_ms)
            alerts += self._changed(rules, held, report)
        if report.over:
            return alerts
        answers = [] if report.finding is None else list(rules.answers(report.finding))
        for answer in answers:
            alerts += self._answered(rules, report, answer)
        if not answers:
            alerts += self._called_again(rules, report)
        return alerts

    def release(self, rules: KeywordRules, upto_ms: int) -> list[Alert]:
        """Revisions of alerts that were held back, where that ended up to a moment."""
        alerts: list[Alert] = []
        self._joining.forget(upto_ms)
        for held in self._groups.pending():
            alerts += self._telling.released(rules, held, upto_ms)
        return sorted(alerts, key=lambda alert: (alert.times.updated, alert.id))

    def retire(self, before: KeywordRules, after: KeywordRules, time_ms: int) -> list[Alert]:
        """What it brings that other rules hold from a moment on.

        Holds that ended before it, and the ends of alerts whose rule runs no longer, or only in
        shadow. What is still held back is judged by the silences of `after` from here on.
        """
        alerts: list[Alert] = []
        for held in self._groups.pending():
            alerts += self._telling.released(before, held, time_ms - 1)
        alerts.sort(key=lambda alert: (alert.times.updated, alert.id))
        for held in self._groups.pending():
            held.held_from_ms = max(held.held_from_ms, time_ms)
        for held in self._groups:
            # What began later was begun by the rules that hold since.
            if held.fired_ms < time_ms and not runs(after, held):
                alerts += self._telling.end(before, held, time_ms, "rule_removed")
        return alerts

    def snapshot(self) -> list[Any]:
        """Plain values, in a fixed order."""
        return [self._groups.snapshot(), self._reports.snapshot(), self._joining.snapshot()]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        groups, reports, callers = state
        self._groups = Groups.of_snapshot(self._areas.command_of, groups)
        self._telling = Telling(self._areas, self._groups)
        self._reports.restore(reports)
        self._joining = Joining(self._groups)
        self._joining.restore(callers)

    def _changed(self, rules: KeywordRules, held: Open, report: Report) -> Iterator[Alert]:
        """What a row about an incident of an alert ends: the alert, if no other stands."""
        member = held.member(report.incident_id)
        if member is None or member.over:
            return
        reason = report.ends(rules, held, member)
        if reason is None:
            return
        self._reports.drop(held.key, member.incident)
        member.over, member.code = reason, report.code
        if not held.standing():
            reasons = {m.over for m in held.members}
            reason = next((told for told in _HAPPENED if told in reasons), reason)
            yield from self._telling.end(rules, held, report.time_ms, reason)
        elif not member.counts:
            before = held.level
            held.settle()
            held.hand_over()
            self._groups.keep(held)
            yield from self._telling.revision(rules, held, report.time_ms, previous=before)

    def _answered(self, rules: KeywordRules, report: Report, answer: Answer) -> Iterator[Alert]:
        """A rule's answer to a report: a new alert, a changed one or none, and who it confirms."""
        if report.finding is None:
            return
        own_id = answer.entry.rule.id
        held = about(rules, self._groups.of(report.incident_id), answer)
        ended = self._groups.ended(report.incident_id, own_id) if held is None else None
        if held is None and ended is None:
            held = self._joining.joined(rules, report, answer)
        # An incident has one alert by category, the first one's.
        effective = rules.effective(
            own_id if held is None else held.rule_id, report.case(answer.category)
        )
        level = answer.level(report.finding.level, effective.rule.level)
        said = Said(report, report.finding, answer, effective, level)
        if held is None:
            yield from self._begin(rules, said, ended)
        elif held.member(report.incident_id) is None:
            yield from self._join(rules, said, held)
        else:
            yield from self._update(rules, said, held)

    def _begin(self, rules: KeywordRules, said: Said, ended: Open | None) -> Iterator[Alert]:
        """A new alert; one that ended begins anew only if the report says something graver."""
        report, rule, case = said.report, said.answer.entry.rule, said.case
        others: list[Member] = []
        if ended is not None:
            if not said.begins_anew(ended.member(report.incident_id)):
                return
            others = [m for m in ended.members if m.incident != report.incident_id]
        words = said.finding.rules
        held = Open(
            rule_id=rule.id,
            entity=report.incident_id if ended is None else ended.entity,
            category=said.answer.category,
            level=said.level,
            fired_ms=report.time_ms,
            revision=0 if ended is None else ended.revision,
            lead=report.incident_id,
            case=case,
            doubt=said.answer.review,
            confirm=said.effective.confirm,
            state="shadow" if rule.state == "shadow" else "live",
            members=[*others, said.member()],
            words=words,
            spans=said.answer.spans,
            reasons=said.answer.reasons,
            divert=said.answer.divert,
        )
        told_as_real = ended is not None and ended.told and ended.state == "live"
        if held.state == "live" and not told_as_real:
            exercise = rules.standing(rule.id, case, words, case.time_ms).exercise
            held.state = "test" if exercise else "live"
        self._groups.keep(held)
        self._joining.noted(said.effective, report, held)
        confirmed = self._confirming(rules, held, report)
        yield from self._telling.revision(rules, held, report.time_ms)
        yield from self._confirmed(rules, confirmed, report)

    def _join(self, rules: KeywordRules, said: Said, held: Open) -> Iterator[Alert]:
        """A further report of an event: a revision by which nobody is called, unless it rose."""
        report = said.report
        yield from self._telling.released(rules, held, report.time_ms)
        live = turns_live(rules, said, held)
        before, was_review = held.level, held.review
        held.state = "live" if live else held.state
        again = self._joining.noted(said.effective, report, held)
        held.members.append(said.member(repeat=again > 1))
        # Held back is only what all reports ask to be.
        held.words = tuple(word for word in held.words if word in said.finding.rules)
        held.spans, held.reasons = said.answer.spans, said.answer.reasons
        held.divert = fuller(held.divert, said.answer.divert)
        held.urged = held.urged or urged(said.effective, report, held, again)
        held.settle()
        self._groups.keep(held)
        confirmed = self._confirming(rules, held, report)
        moment = max(held.case.time_ms, report.time_ms)
        # Whoever is told of a trial, or of what was in doubt, must be told now.
        sure = live or (was_review and not held.review)
        yield from self._telling.revision(rules, held, moment, previous=None if sure else before)
        yield from self._confirmed(rules, confirmed, report)

    def _update(self, rules: KeywordRules, said: Said, held: Open) -> Iterator[Alert]:
        """A further report of an incident that an alert is about already."""
        report, answer = said.report, said.answer
        member = held.member(report.incident_id)
        if member is None or (member.over and not said.begins_anew(member)):
            return
        live = turns_live(rules, said, held)
        key, was_review = held.key, held.review
        was = (*_of(held), member.over)
        if member.over or member.level is None:
            member.over, member.level, member.doubt = "", said.level, answer.review
        member.level = graver(member.level, said.level)
        member.doubt = member.doubt and answer.review
        if said.effective.rule.repeat_call is not None:
            held.urged = held.urged or report.urging
        held.settle()
        held.divert = fuller(held.divert, answer.divert)
        if not live and (*_of(held), member.over) == was:
            return
        held.state = "live" if live else held.state
        held.category = held.category or answer.category
        member.code, member.channel = report.code, report.channel
        if held.lead == report.incident_id:
            held.case = said.case
        held.spans, held.reasons, held.words = answer.spans, answer.reasons, said.finding.rules
        self._groups.keep(held)
        confirmed: list[Open] = []
        if held.key != key:
            self._reports.drop(key, report.incident_id)
            confirmed = self._confirming(rules, held, report)
        previous = None if live or (was_review and not held.review) else was[0]
        yield from self._telling.revision(rules, held, report.time_ms, previous=previous)
        yield from self._confirmed(rules, confirmed, report)

    def _called_again(self, rules: KeywordRules, report: Report) -> Iterator[Alert]:
        """A call that says nothing by itself, about an alert that stands."""
        own = self._groups.of(report.incident_id)
        linked = self._groups.of(report.call.linked) if report.call.linked else {}
        found = list(own.values()) or list(linked.values()) or self._joining.called_about(report)
        for held in found:
            entry = rules.entry(held.rule_id)
            if entry is None or (own and (held.urged or not report.urging)):
                continue
            effective, before = rules.effective(held.rule_id, held.case), held.level
            if not effective.rule.links or (own and effective.rule.repeat_call is None):
                continue
            yield from self._telling.released(rules, held, report.time_ms)
            if not own:
                again = self._joining.noted(effective, report, held)
                held.members.append(report.member(None, doubt=False, repeat=again > 1))
                held.urged = held.urged or urged(effective, report, held, again)
            held.urged = held.urged or (report.urging if own else "")
            held.settle()
            self._groups.keep(held)
            moment = max(held.case.time_ms, report.time_ms)
            yield from self._telling.revision(rules, held, moment, previous=before)

    def _confirming(self, rules: KeywordRules, held: Open, report: Report) -> list[Open]:
        """Count a report of an alert; the other alerts that are confirmed by it."""
        if not rules.may_confirm(held.rule_id):
            return []
        key = held.key
        self._reports.add(key, report.time_ms, report.incident_id)
        confirmed: list[Open] = []
        for other in self._reports.incidents(key):
            waiting = self._groups.of(other).get(held.rule_id)
            if waiting is None or waiting.confirm is None or waiting.key != key:
                continue
            reports, within = waiting.confirm
            moments = (waiting.fired_ms, report.time_ms) if waiting is held else (waiting.fired_ms,)
            if max(self._reports.most(key, moment, within) for moment in moments) >= reports:
                waiting.confirm = None
                if waiting is not held and not waiting.doubt:
                    confirmed.append(waiting)
        return confirmed

    def _confirmed(
        self, rules: KeywordRules, others: list[Open], report: Report
    ) -> Iterator[Alert]:
        """The revisions of alerts that a report of another one made sure."""
        for held in others:
            moment = max(held.case.time_ms, report.time_ms)
            yield from self._telling.revision(rules, held, moment)


_HAPPENED = ("closed", "diverted")
"""What ends an alert as something that happened, before what withdraws it."""


def _of(held: Open) -> tuple[Level, bool, str, tuple[float | None, float | None]]:
    """What a revision is told for where a further report changes it."""
    return held.level, held.doubt, held.urged, sums(held.divert)
