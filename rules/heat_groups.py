"""Which stations are judged together: columns of groups over the columns of stations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.evidence import Entry, IncidentIndex
from rules.language.schema.heat import By
from streams.areas import AreaTree

__all__ = ["Groups", "group_of"]

Counts = NDArray[np.int64]


def group_of(area_id: str, by: By, areas: AreaTree) -> str:
    """Id of the group whose alert speaks of an area: its county, its city ..., else itself."""
    if by in {"county", "city", "province"}:
        return areas.above(area_id, by)
    return area_id


class Groups:
    """Groups in the order in which their first station appeared, each with its members.

    An area is a group by itself (`station`), a group with its neighbours (`neighbourhood`), or a
    member of the county, city or province that it lies in; those outside of any are one group,
    `unassigned`. Neighbours lie in the same command, as a partition of the log holds whole ones:
    so the number of partitions changes nothing. Source: capability C5 (levels, neighbour sums).
    """

    def __init__(self, by: By, areas: AreaTree) -> None:
        self.by = by
        self.ids: list[str] = []
        self._areas = areas
        self._stations: dict[str, int] = {}
        self._columns: dict[str, int] = {}
        self._members: list[list[int]] = []
        self._sparse: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None
        self._names: list[str] = []
        self._commands = np.zeros(0, dtype=np.intp)

    @property
    def stations(self) -> list[str]:
        """Ids of the stations known, in the order of their columns."""
        return list(self._stations)

    def extend(self, station_ids: Sequence[str]) -> list[str]:
        """Take in stations from the first unknown one on; the ids of groups that are new by it.

        station_ids: all of them, those known before first.
        """
        before = len(self.ids)
        for area_id in station_ids[len(self._stations) :]:
            self._add(area_id)
        return self.ids[before:]

    def sums(self, fresh: Counts) -> Counts:
        """Counts [ticks, groups] of counts [ticks, stations]."""
        if self.by in {"station", "cluster"}:
            return fresh
        if self._sparse is None:
            pairs = [(c, group) for group, members in enumerate(self._members) for c in members]
            stations, groups = np.array(pairs, dtype=np.intp).reshape(len(pairs), 2).T
            self._sparse = stations.copy(), groups.copy()
        stations, groups = self._sparse
        sums = np.zeros((len(fresh), len(self.ids)), dtype=np.int64)
        if stations.size:
            starts = np.flatnonzero(np.diff(groups, prepend=-1))
            sums[:, groups[starts]] = np.add.reduceat(fresh[:, stations], starts, axis=1)
        return sums

    def about(self, area_id: str) -> int | None:
        """The column whose alert speaks of an area; None where there is none yet."""
        return self._columns.get(group_of(area_id, self.by, self._areas))

    def column(self, group_id: str) -> int | None:
        """The column of a group; None where there is none yet."""
        return self._columns.get(group_id)

    def members(self, column: int) -> list[int]:
        """Columns of the stations of a group."""
        return self._members[column]

    def command(self, column: int) -> str:
        """The command that a group lies in."""
        return self._areas.command_of(self.ids[column])

    def by_command(self, where: NDArray[np.bool_]) -> dict[str, int]:
        """How many of the groups where it is true each command has; `where` is [groups]."""
        if len(self._commands) < len(self.ids):
            names = [self.command(column) for column in range(len(self.ids))]
            self._names = list(dict.fromkeys(names))
            at = {name: number for number, name in enumerate(self._names)}
            self._commands = np.array([at[name] for name in names], dtype=np.intp)
        counts = np.bincount(self._commands[where], minlength=len(self._names))
        return dict(zip(self._names, counts.tolist(), strict=True))

    def beside(self, column: int) -> set[int]:
        """Columns of the areas that touch an area, or of the neighbourhoods that overlap one."""
        if self.by == "neighbourhood":
            return {near for station in self._members[column] for near in self._members[station]}
        near = self._near(self.ids[column])
        return {self._columns[area_id] for area_id in near if area_id in self._columns}

    def within(
        self,
        incidents: IncidentIndex,
        columns: Sequence[int],
        ticks: tuple[int, int],
        counted: Callable[[str], bool],
    ) -> list[Entry]:
        """The incidents of some groups in the ticks from the first to the last, each once."""
        stations = sorted({station for column in columns for station in self._members[column]})
        found = [e for station in stations for e in incidents.within(station, *ticks, counted)]
        return found if len(stations) == 1 else sorted(found)

    def snapshot(self) -> dict[str, Any]:
        """How many stations it knows, and the ids of its groups in order."""
        return {"stations": len(self._stations), "ids": self.ids}

    @classmethod
    def restored(
        cls, by: By, areas: AreaTree, state: dict[str, Any], station_ids: Sequence[str]
    ) -> Groups:
        """Those of a snapshot; stations join the groups in which they lie today."""
        groups = cls(by, areas)
        for group_id in state["ids"]:
            groups._group(group_id)
        groups.extend(station_ids[: state["stations"]])
        return groups

    def _add(self, area_id: str) -> None:
        station = self._stations[area_id] = len(self._stations)
        self._sparse = None
        column = self._group(group_of(area_id, self.by, self._areas))
        self._members[column].append(station)
        if self.by != "neighbourhood":
            return
        for other in self._near(area_id):
            if other in self._stations:
                self._members[column].append(self._stations[other])
                self._members[self._columns[other]].append(station)

    def _near(self, area_id: str) -> list[str]:
        command = self._areas.command_of(area_id)
        near = self._areas.neighbours(area_id)
        return [other for other in near if self._areas.command_of(other) == command]

    def _group(self, group_id: str) -> int:
        column = self._columns.get(group_id)
        if column is None:
            column = self._columns[group_id] = len(self.ids)
            self.ids.append(group_id)
            self._members.append([])
        return column
