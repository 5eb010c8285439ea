"""Neighbours told as one: areas that fire beside an open alert of the same rule join it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec import Struct

from rules.ladder import OpenAlert

__all__ = ["Gathering", "Gatherings"]


class Gathering(Struct, array_like=True):
    """An alert that speaks for several areas, named after its first one, the host.

    members: columns of those that are up now, in order. listed: of those that were told last, by
    their ids.
    """

    host: int
    alert: OpenAlert
    members: list[int]
    listed: list[int]


class Gatherings:
    """The joint alerts of one rule, by host. Pure: areas are columns, nothing else is known.

    An area that joins is not told by itself; it leaves when it has cleared. The alert goes on
    while any member is up, also without its host, and one that comes back joins it again. Source:
    capability C5 (neighbours merge).
    """

    def __init__(self) -> None:
        self.open: dict[int, Gathering] = {}

    def settle(self, up: Mapping[int, int]) -> None:
        """Let members leave that are no longer up."""
        for gathering in self.open.values():
            gathering.members = [column for column in gathering.members if column in up]

    def members(self) -> dict[int, Gathering]:
        """The gathering of every area that is in one."""
        return {column: g for g in self.open.values() for column in g.members}

    def join(
        self,
        fresh: Iterable[int],
        alone: Mapping[int, OpenAlert],
        touching: Callable[[int], Collection[int]],
        rank: Callable[[int], tuple[int, int, str]],
    ) -> None:
        """Let areas join that were told in no way yet.

        fresh: their columns. alone: open alerts that may take others in, and those of the fresh
        ones, by column. touching: columns beside a column. rank: the gravest area comes first; it
        ends in the id of the area, so that the order of the columns does not show.
        """
        waiting = sorted(fresh, key=rank)
        hosts = {column: open_ for column, open_ in alone.items() if column not in set(waiting)}
        while waiting:
            taken = [c for c in waiting if self._take_in(c, hosts, alone, touching, rank)]
            waiting = [column for column in waiting if column not in taken]
            if not taken and waiting:
                first = waiting.pop(0)
                hosts[first] = alone[first]

    def _take_in(
        self,
        column: int,
        hosts: Mapping[int, OpenAlert],
        alone: Mapping[int, OpenAlert],
        touching: Callable[[int], Collection[int]],
        rank: Callable[[int], tuple[int, int, str]],
    ) -> bool:
        """Put an area into the oldest open alert beside it; False where there is none."""
        gathered = self.members()
        beside = {gathered[other].host for other in touching(column) if other in gathered}
        beside |= {other for other in touching(column) if other in hosts and other not in gathered}
        beside |= {column} & self.open.keys()
        if not beside:
            return False

        def age(host: int) -> tuple[int, str]:
            alert = self.open[host].alert if host in self.open else hosts[host]
            return alert.breached, rank(host)[-1]

        host = min(beside, key=age)
        if host not in self.open:
            self.open[host] = Gathering(host, _handed_over(alone[host]), [host], [])
        gathering = self.open[host]
        gathering.members = sorted([*gathering.members, column])
        return True


def _handed_over(open_: OpenAlert) -> OpenAlert:
    """What was told of an area's alert, for the joint one; the area itself was told nothing."""
    joint = OpenAlert(
        breached=open_.breached,
        rung=open_.rung,
        fired=open_.fired,
        revision=open_.revision,
        told=open_.told,
        test=open_.test,
    )
    open_.revision, open_.told, open_.test = 0, 0, False
    return joint
