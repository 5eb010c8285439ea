"""What becomes of the open alerts of a heat rule in a block of ticks, each area by itself."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

import numpy as np

from rules.heat_alert import Block, Collective, Told
from rules.heat_open import OpenAlerts
from rules.heat_view import Leaving, View
from rules.ladder import OpenAlert, Step, advance, tell
from rules.limits import ticks_of
from rules.suppression import NOTHING, Standing
from streams.areas import AreaTree
from streams.records import Alert

__all__ = ["At", "Life", "ends"]

At = list[tuple[int, Alert]]
"""Alerts with the tick at whose end they are told."""


class Life:
    """The areas of a rule in a block: up and down their ladders, and what is told of it."""

    def __init__(
        self,
        open_: OpenAlerts,
        view: View,
        block: Block,
        areas: AreaTree,
        fired: Callable[[int, int], None] | None = None,
    ) -> None:
        """fired: is told of every area (column, tick) that comes to fire."""
        self.open = open_
        self.view = view
        self.block = block
        self.areas = areas
        self._fired = fired

    def run(self) -> At:
        """Everything that is told in the block."""
        new = set(np.flatnonzero(self.block.fired.any(axis=0)).tolist()) - self.open.alone.keys()
        return [told for column in sorted(self._moving() | new) for told in self._walk(column)]

    def told(
        self,
        open_: OpenAlert,
        cell: tuple[int, int],
        step: Step | None,
        standing: Standing,
        joint: Collective | None = None,
        under: str = "",
    ) -> At:
        """What is told of an alert at a cell (row, column) as it stands: at most one thing.

        joint: where it speaks for several areas; those that joined are told at once. under: the
        alert of the storm that speaks for it, so that nobody is called; once none does any more
        it is told anew.
        """
        freed = bool(open_.rung) and bool(open_.under) and not under
        before = tell(open_, standing, grown=freed or (joint is not None and joint.grown))
        if before is None:
            return []
        if freed:
            before = 0
        if open_.rung:
            open_.under = under
        reason = None if open_.rung else (step.reason if step is not None else None) or "cleared"
        told = Told(open_, before, reason, standing, joint)
        alert = self.view.alert(self.areas, self.block, cell, told)
        return [(self.block.first_tick + cell[0], alert)]

    def standing(self, column: int, row: int) -> Standing:
        """What silences do in an area at the end of a row's tick."""
        return self.view.standing(self.block.groups.ids[column], self.block.first_tick + row)

    def patience(self, column: int, row: int) -> tuple[int, int, int]:
        """(`for`, `keep_firing`) in ticks as they hold in an area, and up to which row they do."""
        rows, phase = self.block.phase(row)
        rule = phase.effective(column).rule
        return ticks_of(rule.hold), max(1, ticks_of(rule.keep_firing)), rows.stop

    def advance(self, column: int, row: int, patience: tuple[int, int]) -> Step | None:
        """One judged tick of an area's ladder. patience: `for` and `keep_firing` in ticks."""
        block, (wait, keep) = self.block, patience
        rungs = int(block.fired[row, column]), int(block.held[row, column])
        tick = block.first_tick + row
        step = advance(self.open.alone[column], tick, *rungs, wait=wait, keep=keep)
        if self._fired is not None and step is not None and step.rung == 0:
            self._fired(column, tick)
        return step

    def _moving(self) -> set[int]:
        """Columns whose open alert may change in these ticks; most stand for many blocks."""
        alone, block = self.open.alone, self.block
        if not alone:
            return set()
        columns = np.fromiter(alone, dtype=np.int64, count=len(alone))
        rungs = np.array([o.rung for o in alone.values()], dtype=np.int8)
        unsettled = np.array([o.unsettled for o in alone.values()])
        up = block.fired[:, columns]
        moves = ((up > rungs) | (np.maximum(up, block.held[:, columns]) < rungs)).any(axis=0)
        return set(columns[moves | unsettled].tolist())

    def _walk(self, column: int) -> At:
        """Move one area along its ladder through the ticks of the block."""
        block, alone = self.block, self.open.alone
        fired = block.fired[:, column]
        hot = np.flatnonzero(fired).tolist()
        rungs = fired.tolist()
        alerts: At = []
        row = until = wait = keep = 0
        while row < len(rungs):
            open_ = alone.get(column)
            if open_ is None:
                ahead = bisect_left(hot, row)
                if ahead == len(hot):
                    break
                row = hot[ahead]
                open_ = alone[column] = OpenAlert(breached=block.first_tick + row, rung=0)
            if row >= until:
                wait, keep, until = self.patience(column, row)
            if block.judged[row]:
                step = self.advance(column, row, (wait, keep))
                if step is not None or open_.told != open_.rung or open_.test:
                    alerts += self.told(open_, (row, column), step, self.standing(column, row))
                if open_.rung == 0 and (open_.fired is not None or rungs[row] == 0):
                    del alone[column]
            row += 1
        return alerts


def ends(leaving: Leaving, block: Block, areas: AreaTree) -> At:
    """The ends of what was open when a rule left, at the first tick after it."""
    life = Life(leaving.open, leaving.view, block, areas)
    step = Step(0, leaving.reason)
    alerts: At = []
    for column, open_ in sorted(leaving.open.alone.items()):
        open_.rung = 0
        alerts += life.told(open_, (0, column), step, NOTHING)
    for host, gathering in sorted(leaving.open.gathered.open.items()):
        gathering.alert.rung = 0
        joint = Collective.of_neighbours(block.groups.ids[host], [])
        alerts += life.told(gathering.alert, (0, host), step, NOTHING, joint)
    for command, storm in sorted(leaving.open.storms.open.items()):
        storm.alert.rung = 0
        joint = Collective.of_storm(command, [])
        alerts += life.told(storm.alert, (0, next(iter(storm.listed), 0)), step, NOTHING, joint)
    return alerts
