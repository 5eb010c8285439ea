"""A rule with overrides as the engine asks for it: where and when which of them hold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from rules.language.calendar import Calendar
from rules.language.parts import RuleEntry, Tree
from rules.language.schema.coverage import CoverageRule
from rules.language.schema.heat import HeatRule
from rules.language.when import Condition, Subject, compile_when
from rules.language.zone import Zone

__all__ = ["Overridden"]


class Overridden:
    """What rules of every kind that is judged by area share. categories: what the rule is about."""

    def __init__(
        self,
        entry: RuleEntry,
        rule: HeatRule | CoverageRule,
        tree: Tree,
        calendar: Calendar,
        categories: Sequence[str] = (),
    ) -> None:
        self.hash = entry.hash
        self._overrides = rule.overrides
        self._id = rule.id
        self._entry = entry
        self._tree = tree
        self._calendar = calendar
        self._categories = categories
        self._timezone = rule.timezone

    @cached_property
    def conditions(self) -> list[Condition]:
        """Of every override: where and when it holds."""
        # When first asked: a book with faults is only looked at.
        return [
            compile_when(override.when, self._calendar, until=override.until)
            for override in self._overrides
        ]

    @cached_property
    def _zone(self) -> Zone:
        return Zone(self._timezone) if self._timezone else self._calendar.zone

    @property
    def zone(self) -> str:
        """Name of the time zone of the rule."""
        return self._zone.info.key

    def subject(self, area_id: str) -> Subject:
        """An area as conditions ask about it."""
        return Subject(
            path=self._tree.path(area_id),
            tags=self._tree.tags(area_id),
            categories=self._categories,
            rule=self._id,
        )

    def local(self, area_id: str) -> tuple[int, ...]:
        """Indices of the overrides that hold in an area at some time or other."""
        if not self.conditions:
            return ()
        subject = self.subject(area_id)
        return tuple(i for i, c in enumerate(self.conditions) if c.static(subject))

    def holding(self, area_id: str, time_ms: int | None) -> list[int]:
        """Those that hold in an area at a moment; without one, at all times."""
        return [
            index
            for index in self.local(area_id)
            if (
                self.conditions[index].timeless
                if time_ms is None
                else self.conditions[index].dynamic(time_ms)
            )
        ]

    def named(self, hits: Sequence[int]) -> list[str]:
        """Overrides by number and reason."""
        return [f"{i}: {self._overrides[i].because}" for i in hits]
