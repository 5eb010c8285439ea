"""Storms: while a whole command is up, one alert of the command stands for those of its areas."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from rules.ladder import OpenAlert
from rules.language.schema.heat import Storm as StormLimit

__all__ = ["Storm", "Storms"]


class Storm(Struct, array_like=True):
    """The alert of one command.

    listed: columns of the areas that were told as its members, by their ids.
    """

    command: str
    alert: OpenAlert
    listed: list[int]


class Storms:
    """The storms of one rule, by command. Pure: ticks are an argument, areas are columns.

    A storm opens in the tick in which as many areas of a command are up as the rule asks for, and
    ends once fewer than half as many were up for `keep_firing`. Its level is the gravest among
    its areas. Source: capability C5 (storm behaviour).
    """

    def __init__(self) -> None:
        self.open: dict[str, Storm] = {}

    def step(
        self,
        tick: int,
        up: Mapping[str, Mapping[int, int]],
        ready: Mapping[str, int],
        limit: StormLimit | None,
        keep: int,
    ) -> list[Storm]:
        """One judged tick: all storms, by command; what has ended has rung 0 and is forgotten.

        up: rungs of the areas that are up, by command and column. ready: how many areas of a
        command are known well enough to be judged. limit: None where the rule has no storms (any
        more). keep: ticks.
        """
        found = []
        for command in sorted(up.keys() | self.open.keys()):
            rungs = up.get(command, {})
            needed = _needed(limit, ready.get(command, 0))
            storm = self.open.get(command)
            if storm is None and len(rungs) >= needed:
                alert = OpenAlert(breached=tick, rung=0, fired=tick)
                storm = self.open[command] = Storm(command, alert, [])
            if storm is None:
                continue
            _weather(storm.alert, tick, rungs, needed, keep)
            if storm.alert.rung == 0:
                del self.open[command]
            found.append(storm)
        return found

    def covers(self, command: str) -> bool:
        """Whether a storm that was told stands for the areas of a command."""
        storm = self.open.get(command)
        return storm is not None and storm.alert.told > 0


def _needed(limit: StormLimit | None, ready: int) -> float:
    return float("inf") if limit is None else max(limit.least, limit.share * ready)


def _weather(
    alert: OpenAlert, tick: int, rungs: Mapping[int, int], needed: float, keep: int
) -> None:
    """Let a storm grow, go on or end."""
    if 2 * len(rungs) >= needed:
        alert.low_since = None
    else:
        alert.low_since = tick if alert.low_since is None else alert.low_since
        if tick - alert.low_since + 1 >= keep or needed == float("inf"):
            alert.rung = 0
            return
    if rungs:
        alert.rung = max(rungs.values())
