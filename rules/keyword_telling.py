"""What is told of alerts about reports: revisions, unless a silence holds them back, and ends."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from rules.keyword_alert import Open
from rules.keyword_groups import Groups
from rules.keyword_rules import Effective, KeywordRules
from streams.areas import AreaTree
from streams.records import Alert, Level

__all__ = ["Telling"]


class Telling:
    """Writes the revisions of open alerts, and marks those that wait for a silence to end."""

    def __init__(self, areas: AreaTree, groups: Groups) -> None:
        self._areas = areas
        self._groups = groups

    def revision(
        self, rules: KeywordRules, held: Open, moment: int, *, previous: Level | None = None
    ) -> Iterator[Alert]:
        """The alert as it is now, with the next number, unless something holds it back.

        previous: the level that was told before; the same one where nothing got graver.
        """
        held.revision += 1
        previous = previous if held.told else None
        standing = rules.standing(held.rule_id, held.case, held.words, moment)
        self._groups.hold(held, pending=standing.hold)
        if standing.hold:
            held.held_from_ms = max(held.held_from_ms, moment)
            return
        alert = held.alert(self._areas, rules, moment, previous=previous)
        told = replace(standing, exercise=False).applied(alert)
        held.told = True
        if held.confirm is None:
            held.spans, held.reasons = (), ()
        if told is not None:
            yield _worded(rules.effective(held.rule_id, held.case), told)

    def released(self, rules: KeywordRules, held: Open, upto_ms: int) -> Iterator[Alert]:
        """The revision that was held back, at the moment (up to one) at which it no longer is."""
        if not held.pending or rules.entry(held.rule_id) is None:
            return
        moment: int | None = held.held_from_ms
        while moment is not None and moment <= upto_ms:
            if not rules.standing(held.rule_id, held.case, held.words, moment).hold:
                yield from self.revision(rules, held, moment)
                return
            moment = rules.next_change(moment)

    def end(self, rules: KeywordRules, held: Open, time_ms: int, reason: str) -> Iterator[Alert]:
        """The last revision; an alert that nobody was told of ends in silence."""
        held.revision += 1
        held.spans, held.reasons, held.pending, held.confirm = (), (), False, None
        self._groups.end(held)
        if not held.told or rules.entry(held.rule_id) is None:
            return
        alert = held.alert(self._areas, rules, time_ms, reason=reason)
        standing = rules.standing(held.rule_id, held.case, held.words, time_ms)
        told = replace(standing, hold=False, exercise=False).applied(alert)
        if told is not None:
            yield _worded(rules.effective(held.rule_id, held.case), told)


def _worded(effective: Effective, alert: Alert) -> Alert:
    """With its text, which tells the level that is told."""
    return replace(alert, message=effective.text.render(alert))
