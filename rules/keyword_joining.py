"""Which open alert a further report joins: by the seat's link, its caller, or its event."""

from __future__ import annotations

from typing import Any

from rules.keyword_alert import Open
from rules.keyword_groups import Groups
from rules.keyword_report import Report, about
from rules.keyword_rules import Answer, Effective, KeywordRules
from rules.language.schema.names import duration_ms
from rules.repeat_calls import RepeatCalls
from rules.same_event import nearest

__all__ = ["Joining"]


class Joining:
    """Finds the alert that a report is about, and remembers callers for some minutes."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._callers = RepeatCalls()

    def joined(self, rules: KeywordRules, report: Report, answer: Answer) -> Open | None:
        """The open alert that a further report is about: by the seat, its caller, or its event."""
        rule_id = answer.entry.rule.id
        rule = rules.effective(rule_id, report.case(answer.category)).rule
        if report.call.linked and rule.links:
            held = about(rules, self._groups.of(report.call.linked), answer)
            if held is not None:
                return held
        for held in self.called_about(report):
            if about(rules, {held.rule_id: held}, answer) is held:
                return held
        same = rule.same_event
        if same is None:
            return None
        near = {
            held.entity: held
            for held in self._groups.near(rule_id, report.area_id)
            # A rule's own words alone tell no category: they go with any of the rule's.
            if "category" not in same.by or _equal(held.category, answer.category)
        }
        within = duration_ms(same.within)
        events = ((name, held.around(report.time_ms, within)) for name, held in near.items())
        found = nearest(same, report.seen(), events)
        return None if found is None else near[found]

    def called_about(self, report: Report) -> list[Open]:
        """Open alerts about which the caller called some minutes ago, the last one first."""
        if report.late:
            return []
        places = self._callers.about(report.call.caller, report.time_ms)
        return [held for held in map(self._groups.get, places) if held is not None]

    def noted(self, effective: Effective, report: Report, held: Open) -> int:
        """Remember that the caller called about an alert: which call it is, counted from 1.

        A late call is linked to none: what stood at its time may be forgotten or not.
        """
        repeat = effective.rule.repeat_call
        if repeat is None or not report.call.caller or report.late:
            return 1
        within = duration_ms(repeat.within)
        return self._callers.note(report.call.caller, held.place, report.time_ms, within)

    def forget(self, upto_ms: int) -> None:
        """Forget callers of whom no call from a moment on can be a further one."""
        self._callers.forget(upto_ms)

    def snapshot(self) -> list[Any]:
        """Plain values."""
        return self._callers.snapshot()

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot."""
        self._callers.restore(state)


def _equal(one: str, other: str) -> bool:
    return one == other or not one or not other
