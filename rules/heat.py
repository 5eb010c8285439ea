"""Heat: counts per area in a sliding event-time window against a ladder of thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors import Detector, Verdicts
from detectors.base import Days, KnowsDays
from detectors.seasonal_baseline import SeasonalParameters
from rules.evidence import IncidentIndex
from rules.false_alarms import Given, false_alarms
from rules.heat_alert import Block
from rules.heat_clusters import Clusters, Zones
from rules.heat_groups import Groups
from rules.heat_joint import JointLife
from rules.heat_life import Life, ends
from rules.heat_open import OpenAlerts
from rules.heat_strength import Strain, Strained, strain_of
from rules.heat_view import Leaving, View
from rules.ladder import RUNGS, Changed
from rules.language.book import HeatEntry, RuleBook
from rules.language.schema.heat import By, HeatRule
from rules.limits import Limits, Phase, rungs_of, ticks_of
from rules.sliding import Fresh, Windows
from streams.areas import AreaTree
from streams.clock import TICK_MS
from streams.errors import ConfigError
from streams.records import Alert

__all__ = ["HeatChannel", "Key", "Witness"]

Counts = NDArray[np.int64]
Key = tuple[str, str]
"""Rule id and shape: whose state it is."""
Witness = Callable[[HeatEntry, Block], None]
"""Is shown every block that a rule judges, for explanations; it changes nothing."""


class HeatChannel:
    """All areas of one heat rule: windows, detector, limits and open alerts, column by column.

    A column is an area, or a group of areas where the rule judges them together (`by`). The state
    goes on through rule books in which the rule keeps its shape; see `use`.
    """

    def __init__(self, entry: HeatEntry, book: RuleBook, areas: AreaTree) -> None:
        rule = entry.rule
        self.key: Key = rule.id, entry.shape
        self.counted = rule.count
        self.window_ticks = ticks_of(rule.window.size)
        self.witness: Witness | None = None
        self._areas = areas
        self._detector = _detector(rule, self.window_ticks, areas)
        self._windows = Windows(self.window_ticks, linked=rule.count.link is not None)
        self._groups = Groups(rule.by, areas)
        self._budget = false_alarms(rule, areas)
        self._open = OpenAlerts()
        self._leaving: list[Leaving] = []
        self._view = View(entry, book)

    @property
    def entry(self) -> HeatEntry:
        """The rule as the book in force has it."""
        return self._view.entry

    @property
    def revised_ticks(self) -> int:
        """How many ticks back late calls correct the rule's windows; 0 where it ignores them."""
        return self.window_ticks if self.entry.revises else 0

    @property
    def by(self) -> By:
        """Whose counts a column holds."""
        return self._groups.by

    @property
    def given(self) -> Given | None:
        """What its budget asks for, and what it gave; None where it has none."""
        return None if self._budget is None else self._budget.given()

    def confirm(self, area_id: str, tick: int, score: float) -> None:
        """An alert that an area gave at a tick was true."""
        if self._budget is not None and area_id in self._groups.ids:
            self._budget.confirm(self._groups.ids.index(area_id), tick, score)

    def settled(self) -> bool:
        """Whether empty ticks change nothing here any more: no event in reach, no open alert."""
        if self.entry.rule.side == "low" and self._groups.ids:
            return False  # it is the empty ticks that it judges
        return not self._open and not self._leaving and self._windows.empty()

    def close(
        self,
        first_tick: int,
        fresh: Fresh,
        area_ids: Sequence[str],
        incidents: IncidentIndex,
        silence: NDArray[np.int64],
        *,
        in_force: bool = True,
        strain: Mapping[str, Strain] | None = None,
    ) -> list[tuple[int, Alert]]:
        """Judge the ticks `first_tick`...: `fresh` are the counts by tick and station.

        area_ids: the stations, in the order of the columns of `fresh`. silence: ticks since any
        incident, at each tick.

        Returns (tick, alert) pairs. Ticks follow each other from call to call; empty ones may be
        left out while `settled`. in_force: without it nothing is judged; counts and detector go
        on, so that they are warm once the rule is in force. strain: load against strength by area,
        at the last tick.
        """
        self._grow(area_ids)
        view = self._view
        fresh = fresh.over(self._groups.sums)
        judged = (np.arange(first_tick, first_tick + len(fresh.counts)) + 1) % view.every == 0
        window, behind, verdicts, zones = self._look(first_tick, fresh, judged)
        if not (judged.any() or self._leaving or self.witness is not None):
            return []
        lost = silence >= view.silent_ticks
        phases = list(view.limits.phases(first_tick, len(window)))
        asked = self._asked(first_tick, window, verdicts, judged & ~lost, phases)
        if not in_force and not self._leaving:
            return []
        fired, held = rungs_of(phases if in_force else [], window, verdicts, asked)
        strained = self._strained(strain if in_force else None, window, phases, (fired, held))
        still = ~judged | lost
        fired[still], held[still] = 0, len(RUNGS)  # nothing opens, moves or ends
        block = Block(
            first_tick, window, self.window_ticks, verdicts, fired, held, judged, phases,
            self._groups, incidents, lost, behind, asked, self._budget, zones, strained,
        )  # fmt: skip
        if self.witness is not None:
            self.witness(view.entry, block)
        alerts = [told for left in self._leaving for told in ends(left, block, self._areas)]
        self._leaving = []
        rule = view.entry.rule
        joint = self._open.joint or zones or rule.storm or rule.merge
        life = JointLife if joint else Life
        tally = None if self._budget is None else self._budget.fired
        return alerts + life(self._open, view, block, self._areas, tally).run()

    def use(self, entry: HeatEntry, book: RuleBook, tick: int) -> None:
        """From a tick on the rule of the same shape in another book holds: its limits, its texts.

        Open alerts of areas whose limits are others now end at once where these do not hold them.
        """
        before, self._view = self._view, View(entry, book)
        self._view.limits.extend(self._groups.ids)
        self._budget = false_alarms(entry.rule, self._areas, self._budget)
        if before.entry.rule.state != entry.rule.state:
            self._leaving.append(Leaving(before, self._open, "rule_changed"))
            self._open = OpenAlerts()
        if not self._open:
            return
        old, new = before.limits.at(tick), self._view.limits.at(tick)
        for column, open_ in self._open.alone.items():
            if not open_.changed and not new.equals(old, column):
                open_.changed = "limits"

    def use_days(self, days: Days) -> None:
        """From now on these days are like another weekday, for baselines that know the week."""
        if isinstance(self._detector, KnowsDays):
            self._detector.use_days(days)

    def adopt(self, other: HeatChannel) -> None:
        """Take over the open alerts of the same rule in another shape: what fires here, stays.

        The other one judges the same groups.
        """
        self._grow(other._groups.stations)
        there = other._groups.ids
        self._open.take(other._open, lambda column: self._groups.column(there[column]))
        other._open = OpenAlerts()
        self.changed("shape")

    def changed(self, what: Changed) -> None:
        """At the next judged tick what is open ends where the limits do not hold it any more.

        Where it is the shape that changed, only what fires there stays.
        """
        self._open.changed(what)

    def leave(self, reason: str) -> None:
        """End what is open at the next tick: the rule is no more."""
        self._leaving.append(Leaving(self._view, self._open, reason))
        self._open = OpenAlerts()

    def inherit(self, other: HeatChannel) -> None:
        """Begin with the counts of a rule that counts the same by the same, as far as they go."""
        self._grow(other._groups.stations)
        self._windows.inherit(other._windows)

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes; `areas` is the number of columns, `groups` say whose they are."""
        return {
            "by": self.by,
            "groups": self._groups.snapshot(),
            **self._windows.snapshot(),
            "detector": self._detector.snapshot(),
            "budget": None if self._budget is None else self._budget.snapshot(),
            "open": self._open.snapshot(),
        }

    def restore(self, state: dict[str, Any], area_ids: Sequence[str]) -> None:
        """Take over a snapshot; `area_ids` name its columns."""
        self._regroup(state, area_ids)
        self._windows.restore(state)
        self._detector.restore(state["detector"])
        if self._budget is not None and state["budget"] is not None:
            self._budget.restore(state["budget"])
        self._open.restore(state["open"])

    def restore_open(self, state: dict[str, Any], area_ids: Sequence[str]) -> None:
        """Take over the open alerts of a snapshot alone, where they are of the same groups."""
        if state["by"] == self.by:
            self._regroup(state, area_ids)
            self._open.restore(state["open"])

    def _regroup(self, state: dict[str, Any], area_ids: Sequence[str]) -> None:
        """Columns as those of a snapshot."""
        self._groups = Groups.restored(self.by, self._areas, state["groups"], area_ids)
        self._windows = Windows(self.window_ticks, linked=self.counted.link is not None)
        self._windows.grow(len(self._groups.ids))
        self._view.limits = Limits(self._view.entry)
        self._view.limits.extend(self._groups.ids)

    def _grow(self, area_ids: Sequence[str]) -> None:
        new = self._groups.extend(area_ids)
        if new:
            self._windows.grow(len(new))
            self._view.limits.extend(new)

    def _look(
        self, first_tick: int, fresh: Fresh, judged: NDArray[np.bool_]
    ) -> tuple[Counts, Counts | None, Verdicts, Zones | None]:
        """Events in windows, calls behind them, what the detector says, and the zones of a scan.

        Of a rule that judges quiet a score says how oddly low the count is.
        """
        detector = self._detector
        if isinstance(detector, Clusters):
            recent = self._windows.recent(fresh)
            self._windows.slide(fresh)
            ids = self._groups.ids
            found = detector.observe(first_tick, fresh.counts, recent, judged, ids, fresh.late)
            return found.events, None, found.verdicts, found.zones
        window, behind = self._windows.slide(fresh)
        # Who looks on sees every tick; what has to end tells its score in the first one.
        asked = None if self.witness is not None else judged.copy()
        if asked is not None and self._leaving:
            asked[0] = True
        verdicts = detector.observe(first_tick, fresh.counts, window, fresh.late, asked)
        if self.entry.rule.side == "low":
            verdicts = verdicts._replace(score=-verdicts.score)
        return window, behind, verdicts, None

    def _strained(
        self,
        strain: Mapping[str, Strain] | None,
        window: Counts,
        phases: Sequence[tuple[slice, Phase]],
        rungs: tuple[NDArray[np.int8], NDArray[np.int8]],
    ) -> dict[int, Strained]:
        """Columns whose rung at the last tick rests on load against strength, which is raised."""
        asked = self.entry.rule.strength
        if asked is None or not strain:
            return {}
        columns = {area: column for column, area in enumerate(self._groups.ids)}
        fired, held = rungs[0][-1], rungs[1][-1]
        return strain_of(asked, strain, columns, window[-1], phases[-1][1], (fired, held))

    def _asked(
        self,
        first_tick: int,
        window: NDArray[np.int64],
        verdicts: Verdicts,
        judged: NDArray[np.bool_],
        phases: Sequence[tuple[slice, Phase]],
    ) -> NDArray[np.float64] | None:
        """The score that the rule's budget asks for, [ticks, columns]; None without a budget.

        What the floor keeps from firing is no false alarm, however odd it is.
        """
        if self._budget is None:
            return None
        score = np.full(window.shape, -np.inf)
        for rows, phase in phases:
            enough = phase.enough(window[rows], verdicts.part(rows))
            score[rows][enough] = verdicts.score[rows][enough]
        # Of quiet, the empty ticks are what is judged, and none of them is left out.
        shown = judged & (window.any(axis=1) | (self.entry.rule.side == "low"))
        return self._budget.thresholds(first_tick, shown, score, verdicts.ready)


def _detector(rule: HeatRule, window_ticks: int, areas: AreaTree) -> Detector | Clusters:
    per_hour = 3_600_000 // TICK_MS
    baseline = rule.baseline
    if rule.by == "cluster" and isinstance(baseline, SeasonalParameters):
        return Clusters(baseline, areas, window_ticks=window_ticks, ticks_per_hour=per_hour)
    try:
        return baseline.create(window_ticks=window_ticks, ticks_per_hour=per_hour)
    except ImportError as error:
        raise ConfigError(f"rule {rule.id}: {error}") from error
