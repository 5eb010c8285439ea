"""Addresses that report again and again: a note to the station about a place, never a list.

Capability C29. What is kept is a number that stands for an address, with times and incident ids;
the alert names incidents alone. Reports are judged in the order of event time, once it has passed
them, so that the order in which they came does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rules.alerts import alert_area, alert_id, instant, trace
from rules.evidence import IDS_PER_ALERT
from rules.keyword_rules import Case, KeywordRules
from rules.language.schema.keyword import RepeatAddress
from rules.language.schema.names import duration_ms
from rules.lifecycle import ended
from streams.areas import AreaTree
from streams.records import Alert, AlertIncidents, AlertRule, AlertTimes, Evidence, Text2

__all__ = ["AddressReport", "RepeatAddresses"]

_ADDRESSES_AT_MOST: Final = 65_536
"""Per partition of the log; the one that reported least lately is forgotten first (law 6)."""
_REPORTS_AT_MOST: Final = 16
"""Kept of one address: more than a rule can ask for."""
_NOTES_AT_MOST: Final = 2_048

RulesAt = Callable[[int], KeywordRules]


class AddressReport(Struct, frozen=True, array_like=True, order=True):
    """One report from an address. address: the number that stands for it."""

    time_ms: int
    incident_id: str
    address: int
    area_id: str
    code: str


class _Note(Struct, array_like=True):
    """An open note: the reports behind it so far, and what was told of it last."""

    rule_id: str
    address: int
    reports: list[AddressReport]
    told: Alert


class RepeatAddresses:
    """Reports by address, and the notes that stand. Empty where no rule asks for it."""

    def __init__(self, areas: AreaTree) -> None:
        self._areas = areas
        self._waiting: list[AddressReport] = []
        self._held: dict[int, list[AddressReport]] = {}
        self._notes: dict[tuple[str, int], _Note] = {}

    def count(self, reports: Sequence[AddressReport]) -> None:
        """Take in reports of incidents that are new and in time."""
        self._waiting += reports

    def advance(self, rules_at: RulesAt, upto_ms: int) -> list[Alert]:
        """What the reports before a moment of event time bring: notes, revisions, ends."""
        if not (self._waiting or self._notes):
            return []
        due = sorted(report for report in self._waiting if report.time_ms < upto_ms)
        self._waiting = [report for report in self._waiting if report.time_ms >= upto_ms]
        alerts: list[Alert] = []
        for report in due:
            alerts += self._over(rules_at, report.time_ms)
            held = self._held.pop(report.address, [])
            held.append(report)
            del held[:-_REPORTS_AT_MOST]
            self._held[report.address] = held
            if len(self._held) > _ADDRESSES_AT_MOST:
                del self._held[next(iter(self._held))]
            alerts += self._judged(rules_at(report.time_ms), report, held)
        return [*alerts, *self._over(rules_at, upto_ms)]

    def snapshot(self) -> list[Any]:
        """Plain values; the address that reported last comes last."""
        return [sorted(self._waiting), list(self._held.values()), list(self._notes.values())]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        waiting, held, notes = state
        self._waiting = msgspec.convert(waiting, list[AddressReport])
        lists = msgspec.convert(held, list[list[AddressReport]])
        self._held = {reports[0].address: reports for reports in lists}
        self._notes = {
            (note.rule_id, note.address): note for note in msgspec.convert(notes, list[_Note])
        }

    def _judged(
        self, rules: KeywordRules, report: AddressReport, held: list[AddressReport]
    ) -> Iterator[Alert]:
        for rule_id, wanted in rules.addresses:
            if wanted.without and report.code.startswith(tuple(wanted.without)):
                continue
            key = (rule_id, report.address)
            note = self._notes.get(key)
            reports = _within(held, wanted, report.time_ms)
            if note is not None:
                note.reports = [*note.reports, report][-_REPORTS_AT_MOST:]
            elif len(reports) < wanted.reports:
                continue
            alert = self._alert(rules, rule_id, reports if note is None else note.reports, note)
            if alert is None:
                continue
            if note is None:
                self._notes[key] = _Note(rule_id, report.address, reports, alert)
                while len(self._notes) > _NOTES_AT_MOST:
                    del self._notes[next(iter(self._notes))]
            else:
                note.told = alert
            yield alert

    def _over(self, rules_at: RulesAt, now_ms: int) -> Iterator[Alert]:
        """The ends of notes whose address has been quiet for as long as its rule looks back."""
        for key, note in list(self._notes.items()):
            last = note.reports[-1].time_ms
            rules = rules_at(now_ms)
            wanted = dict(rules.addresses).get(note.rule_id)
            if wanted is not None and now_ms < last + duration_ms(wanted.within):
                continue
            end = now_ms if wanted is None else last + duration_ms(wanted.within)
            reason = "rule_removed" if wanted is None else "cleared"
            del self._notes[key]
            yield replace(
                note.told,
                revision=note.told.revision + 1,
                status=ended(reason),
                close_reason=reason,
                times=replace(note.told.times, updated=instant(end), resolved=instant(end)),
            )

    def _alert(
        self,
        rules: KeywordRules,
        rule_id: str,
        reports: list[AddressReport],
        note: _Note | None,
    ) -> Alert | None:
        """The note as it is now; None where a suppression holds it back."""
        first, last = reports[0], reports[-1]
        case = Case(last.area_id, last.time_ms, last.code, None, "none")
        effective = rules.effective(rule_id, case)
        entry = rules.entry(rule_id)
        entity = first.incident_id if note is None else note.told.dedup_key.partition("/")[2]
        id_ = alert_id(rule_id, entity, entity)
        now = instant(last.time_ms)
        fired = now if note is None else note.told.times.breached
        alert = Alert(
            id=id_,
            revision=1 if note is None else note.told.revision + 1,
            dedup_key=f"{rule_id}/{entity}",
            status="firing",
            level=effective.rule.level or "IV",
            kind="keyword",
            state="shadow" if effective.rule.state == "shadow" else "live",
            review=True,
            area=alert_area(self._areas, last.area_id),
            times=AlertTimes(
                breached=fired, fired=fired, updated=now, first_event=instant(first.time_ms)
            ),
            evidence=Evidence(reasons=["repeat_address"]),
            incidents=AlertIncidents(
                count=len(reports), ids=[r.incident_id for r in reports][:IDS_PER_ALERT]
            ),
            rule=AlertRule(
                id=rule_id,
                hash="" if entry is None else entry.hash,
                bundle=rules.bundle,
                overrides=effective.overrides,
            ),
            message=Text2(),
            trace=trace(id_),
        )
        told = rules.standing(rule_id, case, (), last.time_ms).applied(alert)
        return None if told is None else replace(told, message=effective.text.render(told))


def _within(held: list[AddressReport], wanted: RepeatAddress, now_ms: int) -> list[AddressReport]:
    """The reports that a rule counts at a moment, oldest first."""
    begin = now_ms - duration_ms(wanted.within)
    without = tuple(wanted.without)
    return [r for r in held if r.time_ms > begin and not r.code.startswith(without)]
