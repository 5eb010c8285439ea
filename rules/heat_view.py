"""A heat rule as one rule book has it: its limits and texts, and the silences over it."""

from __future__ import annotations

from msgspec import Struct

from rules.heat_alert import Block, Told, heat_alert
from rules.heat_open import OpenAlerts
from rules.language.book import HeatEntry, RuleBook
from rules.limits import Limits, ticks_of
from rules.suppression import NOTHING, Standing, Suppressions
from streams.areas import AreaTree
from streams.clock import TICK_MS
from streams.records import Alert

__all__ = ["Leaving", "View"]

_NO_LIMIT = 1 << 62
"""Ticks of silence that never come."""


class View:
    """A rule as one book has it: its limits, its texts, the silences over it.

    every: ticks from judging to judging. silent_ticks: without any incident that mean lost data.
    """

    def __init__(self, entry: HeatEntry, book: RuleBook) -> None:
        self.entry = entry
        self.every = ticks_of(entry.rule.window.every)
        no_data = entry.rule.no_data
        self.silent_ticks = _NO_LIMIT if no_data is None else ticks_of(no_data.source_silent)
        self.limits = Limits(entry)
        self._bundle = book.bundle
        self._suppressions = book.suppressions
        self._local: dict[str, Suppressions] = {}

    def standing(self, area_id: str, tick: int) -> Standing:
        """What suppressions do in an area at the end of a tick."""
        if not len(self._suppressions):
            return NOTHING
        subject = self.entry.subject(area_id)
        local = self._local.get(area_id)
        if local is None:
            local = self._local[area_id] = self._suppressions.about(subject)
        return local.standing(subject, (tick + 1) * TICK_MS)

    def alert(self, areas: AreaTree, block: Block, cell: tuple[int, int], told: Told) -> Alert:
        """The record of what is told of an alert at a cell."""
        row, column = cell
        effective = self.limits.at(block.first_tick + row).effective(column)
        return heat_alert(self.entry, self._bundle, areas, block, cell, told, effective)


class Leaving(Struct, frozen=True):
    """What was open under a rule that is no more, as it was."""

    view: View
    open: OpenAlerts
    reason: str
