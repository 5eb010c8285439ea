"""Critical reports: an alert on arrival, a revision on upgrade, closing or recall."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rules.confirm import Confirmations
from rules.keyword_alert import Open
from rules.keyword_rules import Answer, Case, Effective, KeywordRules
from rules.language.schema.names import LEVELS
from streams.areas import AreaTree
from streams.categories import CRITICAL_OF_CATEGORY
from streams.observations import Change, Finding
from streams.records import Alert, Level

__all__ = ["KeywordChannel", "Report"]

_INCIDENTS_AT_MOST = 4_096
"""Incidents with open alerts per partition of the log, and as many with ended ones; the oldest is
forgotten first (law 6)."""


class Report(Struct, frozen=True):
    """One row of the log, as keyword rules need it. code: its category code."""

    incident_id: str
    area_id: str
    time_ms: int
    code: str
    channel: str | None
    finding: Finding | None
    change: Change | None

    def case(self, category: str) -> Case:
        """What overrides are asked about, for an answer to a critical category."""
        return Case(self.area_id, self.time_ms, self.code, self.channel, category or "none")


_By_incident = dict[str, dict[str, Open]]


class KeywordChannel:
    """Alerts by incident and rule. Waits for no watermark.

    The rules are named at every call: which book holds is decided by event time.
    """

    def __init__(self, areas: AreaTree) -> None:
        self._areas = areas
        self._open: _By_incident = {}
        self._ended: _By_incident = {}
        self._reports = Confirmations()
        self._pending: set[tuple[str, str]] = set()

    def apply(self, rules: KeywordRules, report: Report) -> list[Alert]:
        """The alerts that a row calls for: ends first, then new ones and changed ones."""
        alerts: list[Alert] = []
        id_ = report.incident_id
        for held in list(self._open.get(id_, {}).values()):
            alerts += self._released(rules, id_, held, report.time_ms)
            reason = _ended(rules, held, report)
            if reason is not None:
                alerts += self._end(rules, id_, held, report.time_ms, reason)
                held.case.code = report.code
        if report.finding is not None and not _over(report.change):
            for answer in rules.answers(report.finding):
                alerts += self._answered(rules, report, answer, report.finding)
        return alerts

    def release(self, rules: KeywordRules, upto_ms: int) -> list[Alert]:
        """Revisions of alerts that were held back, where that ended up to a moment."""
        alerts: list[Alert] = []
        for id_, rule_id in sorted(self._pending):
            alerts += self._released(rules, id_, self._open[id_][rule_id], upto_ms)
        return sorted(alerts, key=lambda alert: (alert.times.updated, alert.id))

    def retire(self, before: KeywordRules, after: KeywordRules, time_ms: int) -> list[Alert]:
        """What it brings that other rules hold from a moment on.

        Holds that ended before it, and the ends of alerts whose rule runs no longer, or only in
        shadow. What is still held back is judged by the silences of `after` from here on.
        """
        alerts = self.release(before, time_ms - 1)
        for id_, rule_id in self._pending:
            held = self._open[id_][rule_id]
            held.held_from_ms = max(held.held_from_ms, time_ms)
        for id_, of_incident in list(self._open.items()):
            for held in list(of_incident.values()):
                # What began later was begun by the rules that hold since.
                if held.fired_ms < time_ms and not _runs(after, held):
                    alerts += self._end(before, id_, held, time_ms, "rule_removed")
        return alerts

    def snapshot(self) -> list[Any]:
        """Plain values, oldest first."""
        return [
            *(_rows(alerts) for alerts in (self._open, self._ended)),
            self._reports.snapshot(),
        ]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        opened, ended, reports = state
        self._open, self._ended = _by_incident(opened), _by_incident(ended)
        self._reports.restore(reports)
        self._pending = {
            (id_, rule_id)
            for id_, of_incident in self._open.items()
            for rule_id, held in of_incident.items()
            if held.pending
        }

    def _answered(
        self, rules: KeywordRules, report: Report, answer: Answer, finding: Finding
    ) -> Iterator[Alert]:
        """A rule's answer to a report: a new alert, a changed one or none, and who it confirms."""
        id_, rule_id = report.incident_id, answer.entry.rule.id
        held = self._held(rules, id_, answer)
        if held is not None:
            rule_id = held.rule_id  # an incident has one alert by category, the first one's
        case = report.case(answer.category)
        effective = rules.effective(rule_id, case)
        level = answer.level(finding.level, effective.rule.level)
        previous, moved = None, True
        if held is None:
            held = self._begun(rules, report, answer, case, level)
            if held is None:
                return
            held.confirm = effective.confirm
        else:
            live = self._turns_live(rules, held, answer, case, finding)
            if not (live or _changed(held, answer, level)):
                return
            previous, key = None if live else held.level, held.key
            held.level = min(held.level, level, key=LEVELS.index)
            held.doubt = held.doubt and answer.review
            held.state = "live" if live else held.state
            held.category = held.category or answer.category
            held.case, held.revision = case, held.revision + 1
            held.spans, held.reasons, held.words = answer.spans, answer.reasons, finding.rules
            moved = held.key != key
            if moved:
                self._reports.drop(key, id_)
        others = self._confirming(rules, id_, held) if moved else []
        yield from self._revision(rules, id_, held, previous=previous)
        for other, other_held in others:
            other_held.revision += 1
            moment = max(other_held.case.time_ms, report.time_ms)
            yield from self._revision(rules, other, other_held, moment=moment)

    def _held(self, rules: KeywordRules, incident_id: str, answer: Answer) -> Open | None:
        """The open alert that an answer is about: the rule's own, else the one by category."""
        of_incident = self._open.get(incident_id, {})
        held = of_incident.get(answer.entry.rule.id)
        if held is not None or not answer.category or answer.entry.rule.state != "live":
            return held
        for other in of_incident.values():
            if other.category and other.state != "shadow" and rules.entry(other.rule_id):
                return other
        return None

    @staticmethod
    def _turns_live(
        rules: KeywordRules, held: Open, answer: Answer, case: Case, finding: Finding
    ) -> bool:
        """Whether it is a trial or an exercise no longer: then whoever is told must be told now."""
        if held.state == "shadow":
            return answer.entry.rule.state == "live"
        return held.state == "test" and not (
            rules.standing(held.rule_id, case, finding.rules, case.time_ms).exercise
        )

    def _begun(
        self, rules: KeywordRules, report: Report, answer: Answer, case: Case, level: Level
    ) -> Open | None:
        """A new alert; one that ended begins anew only if the report says something graver."""
        rule = answer.entry.rule
        ended = self._ended.get(report.incident_id, {}).get(rule.id)
        if ended is not None:
            graver = LEVELS.index(level) < LEVELS.index(ended.level)
            if not graver and ended.case.code == case.code:
                return None
            self._forget(self._ended, report.incident_id, rule.id)
        words = report.finding.rules if report.finding is not None else ()
        held = Open(
            rule_id=rule.id,
            category=answer.category,
            level=level,
            fired_ms=report.time_ms,
            revision=1 if ended is None else ended.revision + 1,
            case=case,
            doubt=answer.review,
            confirm=None,
            state="shadow" if rule.state == "shadow" else "live",
            words=words,
            spans=answer.spans,
            reasons=answer.reasons,
        )
        told_as_real = ended is not None and ended.told and ended.state == "live"
        if held.state == "live" and not told_as_real:
            exercise = rules.standing(rule.id, case, words, case.time_ms).exercise
            held.state = "test" if exercise else "live"
        self._keep(self._open, report.incident_id, held)
        return held

    def _confirming(
        self, rules: KeywordRules, incident_id: str, held: Open
    ) -> list[tuple[str, Open]]:
        """Count a new alert's report; the other alerts that are confirmed by it."""
        if not rules.may_confirm(held.rule_id):
            return []
        key = held.key
        self._reports.add(key, held.fired_ms, incident_id)
        confirmed: list[tuple[str, Open]] = []
        for other in self._reports.incidents(key):
            waiting = self._open.get(other, {}).get(held.rule_id)
            if waiting is None or waiting.confirm is None or waiting.key != key:
                continue
            reports, within = waiting.confirm
            if self._reports.most(key, waiting.fired_ms, within) >= reports:
                waiting.confirm = None
                if waiting is not held and not waiting.doubt:
                    confirmed.append((other, waiting))
        return confirmed

    def _end(
        self, rules: KeywordRules, incident_id: str, held: Open, time_ms: int, reason: str
    ) -> Iterator[Alert]:
        """The last revision; an alert that nobody was told of ends in silence."""
        held.revision += 1
        if reason != "rule_removed":
            self._reports.drop(held.key, incident_id)
        self._pending.discard((incident_id, held.rule_id))
        self._forget(self._open, incident_id, held.rule_id)
        held.spans, held.reasons, held.pending, held.confirm = (), (), False, None
        self._keep(self._ended, incident_id, held)
        if not held.told or rules.entry(held.rule_id) is None:
            return
        alert = held.alert(self._areas, rules, incident_id, time_ms, reason=reason)
        standing = rules.standing(held.rule_id, held.case, held.words, time_ms)
        told = replace(standing, hold=False, exercise=False).applied(alert)
        if told is not None:
            yield _worded(rules.effective(held.rule_id, held.case), told)

    def _released(
        self, rules: KeywordRules, incident_id: str, held: Open, upto_ms: int
    ) -> Iterator[Alert]:
        """The revision that was held back, at the moment (up to one) at which it no longer is."""
        if not held.pending or rules.entry(held.rule_id) is None:
            return
        moment: int | None = max(held.case.time_ms, held.held_from_ms)
        while moment is not None and moment <= upto_ms:
            if not rules.standing(held.rule_id, held.case, held.words, moment).hold:
                held.revision += 1
                yield from self._revision(rules, incident_id, held, moment=moment)
                return
            moment = rules.next_change(moment)

    def _revision(
        self,
        rules: KeywordRules,
        incident_id: str,
        held: Open,
        *,
        previous: Level | None = None,
        moment: int | None = None,
    ) -> Iterator[Alert]:
        """The alert as it is now, unless something holds it back."""
        moment = held.case.time_ms if moment is None else moment
        standing = rules.standing(held.rule_id, held.case, held.words, moment)
        held.pending = standing.hold
        if held.pending:
            self._pending.add((incident_id, held.rule_id))
            return
        self._pending.discard((incident_id, held.rule_id))
        alert = held.alert(self._areas, rules, incident_id, moment, previous=previous)
        told = replace(standing, exercise=False).applied(alert)
        held.told = True
        if held.confirm is None:
            held.spans, held.reasons = (), ()
        if told is not None:
            yield _worded(rules.effective(held.rule_id, held.case), told)

    def _keep(self, alerts: _By_incident, incident_id: str, held: Open) -> None:
        alerts.setdefault(incident_id, {})[held.rule_id] = held
        for oldest in list(islice(alerts, max(0, len(alerts) - _INCIDENTS_AT_MOST))):
            for rule_id in alerts.pop(oldest):
                self._pending.discard((oldest, rule_id))

    @staticmethod
    def _forget(alerts: _By_incident, incident_id: str, rule_id: str) -> None:
        of_incident = alerts[incident_id]
        del of_incident[rule_id]
        if not of_incident:
            del alerts[incident_id]


def _changed(held: Open, answer: Answer, level: Level) -> bool:
    """Whether a further report of an incident makes its alert graver, or sure."""
    graver = LEVELS.index(level) < LEVELS.index(held.level)
    return graver or (held.doubt and not answer.review)


def _over(change: Change | None) -> bool:
    return change is not None and change.event in {"closed", "cancelled"}


def _ended(rules: KeywordRules, held: Open, report: Report) -> str | None:
    """Why a row ends an alert; None where it does not."""
    entry = rules.entry(held.rule_id)
    if report.change is None or entry is None:
        return None
    if report.change.event == "closed":
        return "closed"
    withdrawn_on = rules.effective(held.rule_id, held.case).rule.withdraw_on
    if report.change.event == "cancelled":
        return "cancelled" if "cancelled" in withdrawn_on else None
    if "reclassified" in withdrawn_on and report.code != held.case.code:
        coded = CRITICAL_OF_CATEGORY.get(report.code)
        return None if coded in entry.rule.match.category else "reclassified"
    return None


def _runs(rules: KeywordRules, held: Open) -> bool:
    entry = rules.entry(held.rule_id)
    return entry is not None and (entry.rule.state == "live" or held.state == "shadow")


def _worded(effective: Effective, alert: Alert) -> Alert:
    """With its text, which tells the level that is told."""
    return replace(alert, message=effective.text.render(alert))


def _rows(alerts: _By_incident) -> list[Any]:
    return [[id_, held] for id_, of_incident in alerts.items() for held in of_incident.values()]


def _by_incident(rows: list[Any]) -> _By_incident:
    alerts: _By_incident = {}
    for id_, values in rows:
        held = msgspec.convert(values, Open)
        alerts.setdefault(id_, {})[held.rule_id] = held
    return alerts
