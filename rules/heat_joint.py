"""Heat alerts that are told together: storms of a command, and neighbours that are one event."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from rules.gathering import Gathering
from rules.heat_alert import Collective, heat_id
from rules.heat_life import At, Life
from rules.ladder import RUNGS, OpenAlert, Step
from rules.limits import ticks_of
from rules.storm import Storm

__all__ = ["JointLife"]

_GRAVEST = len(RUNGS)


class JointLife(Life):
    """Tick by tick, since what is told of an area depends on the others.

    An area that is up is told by itself, or it is a member of an alert that was told. While a storm
    stands, what was not told before is told as inhibited by it and calls nobody, except for level
    I; once it is over, what is still up is told anew. Silences hold an area back as ever: it takes
    no part in a joint alert's level or list.
    """

    def run(self) -> At:
        """Everything that is told in the block."""
        block, alerts = self.block, At()
        judged = np.flatnonzero(block.judged).tolist()
        fired = {row: np.flatnonzero(block.fired[row]).tolist() for row in judged}
        for row in judged:
            if fired[row] or self.open:
                alerts += self._tick(row, fired[row])
        return alerts

    def _tick(self, row: int, fired: list[int]) -> At:
        alone = self.open.alone
        steps = self._advance(row, fired)
        up = {column: open_.rung for column, open_ in alone.items() if open_.rung}
        alerts = At() if self.block.lost[row] else self._storms(row, up)
        alerts += self._gathered(row, up, steps)
        members = self.open.gathered.members()
        for column in sorted(alone):
            open_, standing = alone[column], self.standing(column, row)
            if column not in members:
                joint, under = self._alone(column, row, open_), self._under(open_, column)
                cell, step = (row, column), steps.get(column)
                alerts += self.told(open_, cell, step, standing, joint, under)
            if open_.rung == 0 and (open_.fired is not None or not self.block.fired[row, column]):
                del alone[column]
        return alerts

    def _alone(self, column: int, row: int, open_: OpenAlert) -> Collective | None:
        """Of a cluster that no other overlaps: its areas, as they are whenever it is told."""
        zones = self.block.zones
        if zones is None:
            return None
        stations = zones.stations(row, column) if open_.rung else []
        return Collective.of_zone(self.block.groups.ids[column], stations)

    def _advance(self, row: int, fired: list[int]) -> dict[int, Step]:
        """Every area up or down its ladder; those that moved."""
        block, alone = self.block, self.open.alone
        tick = block.first_tick + row
        for column in fired:
            if column not in alone:
                alone[column] = OpenAlert(breached=tick, rung=0)
        steps = {}
        for column in alone:
            step = self.advance(column, row, self.patience(column, row)[:2])
            if step is not None:
                steps[column] = step
        return steps

    def _storms(self, row: int, up: Mapping[int, int]) -> At:
        limit, storms = self.view.entry.rule.storm, self.open.storms
        if limit is None and not storms.open:
            return []
        groups, tick = self.block.groups, self.block.first_tick + row
        by_command: dict[str, dict[int, int]] = {}
        for column, rung in up.items():
            by_command.setdefault(groups.command(column), {})[column] = rung
        ready = groups.by_command(self.block.verdicts.ready[row]) if by_command else {}
        keep = max(1, ticks_of(self.view.entry.rule.keep_firing))
        alerts = At()
        for storm in storms.step(tick, by_command, ready, limit, keep):
            alerts += self._storm(row, storm, by_command.get(storm.command, {}))
        return alerts

    def _storm(self, row: int, storm: Storm, up: Mapping[int, int]) -> At:
        standing = self.view.standing(storm.command, self.block.first_tick + row)
        grown = not up.keys() <= set(storm.listed)
        joint = Collective.of_storm(storm.command, sorted(up), grown=grown)
        cell = row, self._leader(up, row) if up else next(iter(storm.listed), 0)
        step = Step(0, "rule_changed") if self.view.entry.rule.storm is None else None
        alerts = self.told(storm.alert, cell, step, standing, joint)
        if alerts and up:
            storm.listed = sorted(up, key=self.block.groups.ids.__getitem__)
        return alerts

    def _gathered(self, row: int, up: Mapping[int, int], steps: Mapping[int, Step]) -> At:
        gathered = self.open.gathered
        gathered.settle(up)
        if self.view.entry.rule.merge is not None or self.block.zones is not None:
            self._join(row, up)
        alerts = At()
        for host, gathering in sorted(gathered.open.items()):
            step = next((steps[column] for column in gathering.listed if column in steps), None)
            alerts += self._gathering(row, gathering, step)
            if gathering.alert.rung == 0:
                del gathered.open[host]
        return alerts

    def _join(self, row: int, up: Mapping[int, int]) -> None:
        """Let areas that were not told yet join open alerts beside them."""
        alone, members = self.open.alone, self.open.gathered.members()
        free = {
            column: alone[column]
            for column in up
            if column not in members and not self.standing(column, row).hold
        }
        fresh = [c for c, open_ in free.items() if not open_.told and not self._storm_over(c)]
        if fresh:
            zones, beside = self.block.zones, self.block.groups.beside
            self.open.gathered.join(
                fresh,
                free,
                beside if zones is None else lambda column: zones.beside(row, column, list(up)),
                lambda column: self._rank(column, row),
            )

    def _gathering(self, row: int, gathering: Gathering, step: Step | None) -> At:
        heard = {
            column: self.open.alone[column].rung
            for column in gathering.members
            if not self.standing(column, row).hold
        }
        alert, host = gathering.alert, gathering.host
        if gathering.members and not heard:
            return []
        lead = self._leader(heard, row) if heard else host
        alert.rung = heard.get(lead, 0)
        if self._held(alert, host):
            return []
        host_id = self.block.groups.ids[host]
        joint = self._joint(host_id, heard, lead, row, gathering.listed)
        alerts = self.told(alert, (row, lead), step, self.standing(lead, row), joint)
        if alerts:
            gathering.listed = sorted(joint.members, key=self.block.groups.ids.__getitem__)
        return alerts

    def _joint(
        self, host: str, heard: Mapping[int, int], lead: int, row: int, listed: Collection[int]
    ) -> Collective:
        """For whom a joint alert speaks: its members, or of clusters the areas of the gravest."""
        zones = self.block.zones
        if zones is None:
            grown = not heard.keys() <= set(listed)
            return Collective.of_neighbours(host, sorted(heard), grown=grown)
        stations = zones.stations(row, lead) if heard else []
        return Collective.of_zone(host, stations, grown=not set(stations) <= set(listed))

    def _leader(self, rungs: Mapping[int, int], row: int) -> int:
        """The area that is told of the gravest level."""
        return min(rungs, key=lambda column: self._rank(column, row))

    def _rank(self, column: int, row: int) -> tuple[int, int, str]:
        """The gravest level first, as it is told; of one level the most events; then by id."""
        open_ = self.open.alone.get(column)
        level = 0
        if open_ is not None and open_.rung:
            level = RUNGS.index(self.standing(column, row).level(RUNGS[open_.rung - 1])) + 1
        return -level, -int(self.block.window[row, column]), self.block.groups.ids[column]

    def _under(self, open_: OpenAlert, column: int) -> str:
        """The alert of the storm that speaks for one that was not told before it."""
        if not self._held(open_, column):
            return ""
        command = self.block.groups.command(column)
        storm = self.open.storms.open[command]
        return heat_id(self.view.entry.rule.id, f"storm/{command}", storm.alert)

    def _held(self, open_: OpenAlert, column: int) -> bool:
        """Whether a storm stands for an alert that was not told before it."""
        unknown = not open_.told or bool(open_.under)
        return 0 < open_.rung < _GRAVEST and unknown and self._storm_over(column)

    def _storm_over(self, column: int) -> bool:
        return self.open.storms.covers(self.block.groups.command(column))
