"""What is open under one heat rule: alerts of areas, joint ones of neighbours, storms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rules.gathering import Gathering, Gatherings
from rules.ladder import Changed, OpenAlert
from rules.storm import Storm, Storms

__all__ = ["OpenAlerts"]


class OpenAlerts:
    """Open alerts by column, those of areas that are members of a joint one among them."""

    def __init__(self) -> None:
        self.alone: dict[int, OpenAlert] = {}
        self.gathered = Gatherings()
        self.storms = Storms()

    def __bool__(self) -> bool:
        return bool(self.alone) or self.joint

    @property
    def joint(self) -> bool:
        """Whether an alert speaks for several areas."""
        return bool(self.gathered.open or self.storms.open)

    def changed(self, what: Changed) -> None:
        """Other limits hold, or other counts, than at the last judged tick."""
        for open_ in self.alone.values():
            open_.changed = "shape" if "shape" in {what, open_.changed} else what

    def take(self, other: OpenAlerts, here: Callable[[int], int | None]) -> None:
        """Take over what is open elsewhere. here: the column of one there, if it is known."""

        def columns(there: list[int]) -> list[int]:
            return [column for column in map(here, there) if column is not None]

        for column, open_ in other.alone.items():
            to = here(column)
            if to is not None:
                self.alone[to] = open_
        for host, gathering in other.gathered.open.items():
            to = here(host)
            if to is not None:
                members, listed = columns(gathering.members), columns(gathering.listed)
                self.gathered.open[to] = Gathering(to, gathering.alert, members, listed)
        for command, storm in other.storms.open.items():
            self.storms.open[command] = Storm(command, storm.alert, columns(storm.listed))

    def snapshot(self) -> dict[str, Any]:
        """Plain values, in order of column and command."""
        return {
            "alone": [[column, *_plain(o)] for column, o in sorted(self.alone.items())],
            "gathered": [
                [g.host, _plain(g.alert), g.members, g.listed]
                for _, g in sorted(self.gathered.open.items())
            ],
            "storms": [
                [s.command, _plain(s.alert), s.listed] for _, s in sorted(self.storms.open.items())
            ],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.alone = {row[0]: OpenAlert(*row[1:]) for row in state["alone"]}
        self.gathered.open = {
            host: Gathering(host, OpenAlert(*alert), members, listed)
            for host, alert, members, listed in state["gathered"]
        }
        self.storms.open = {
            command: Storm(command, OpenAlert(*alert), listed)
            for command, alert, listed in state["storms"]
        }


def _plain(open_: OpenAlert) -> list[Any]:
    return [getattr(open_, name) for name in open_.__struct_fields__]
