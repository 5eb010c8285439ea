"""The chain of command: which of station, county, city and province are told, and which areas.

By level as the grading order has it (C3, domain notes 1.3): IV the station, III the county too, II
up to the city, I up to the province.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rules.language.schema.common import CommandLevel
from streams.areas import AreaTree
from streams.records import Alert, Level

__all__ = ["CHAIN", "commands_for", "desks"]

CHAIN: Final[tuple[CommandLevel, ...]] = ("station", "county", "city", "province")
"""From the command on the spot upwards."""
_HEIGHT: Final[dict[Level, int]] = {"IV": 1, "III": 2, "II": 3, "I": 4}
_BELOW_STATION = ("beat", "grid")


def commands_for(
    level: Level, named: Sequence[CommandLevel] = (), *, further: int = 0
) -> tuple[CommandLevel, ...]:
    """The commands that are told of an alert of a level.

    named: those of a route's entry, which go before the level's own. further: how many commands
    above them are told too, since nobody below has answered.

    >>> commands_for("III")
    ('station', 'county')
    >>> commands_for("IV", ["county"], further=1)
    ('county', 'city')
    """
    found = set(named or CHAIN[: _HEIGHT[level]])
    for _ in range(further):
        above = max(CHAIN.index(command) for command in found) + 1
        found.update(CHAIN[above : above + 1])
    return tuple(command for command in CHAIN if command in found)


def desks(
    areas: AreaTree, alert: Alert, commands: Iterable[CommandLevel]
) -> Iterator[tuple[CommandLevel, str]]:
    """The desks of these commands that own an alert: level and area id, each once.

    An alert for many areas has many owners. Where an area has none of these commands above it, the
    next one higher owns it, at last the roots of the tree: nothing is ever unowned (C19). Without
    any list of areas, the alert's own area stands for all of its commands.
    """
    wanted = tuple(commands)
    found: dict[tuple[CommandLevel, str], None] = {}
    for area_id in dict.fromkeys([alert.area.id, *(area.id for area in alert.areas)]):
        if len(areas):
            found.update(dict.fromkeys(_owners(areas, area_id, wanted)))
        else:
            found.update({(command, area_id): None for command in wanted})
    yield from found


def _owners(
    areas: AreaTree, area_id: str, wanted: Sequence[CommandLevel]
) -> Iterator[tuple[CommandLevel, str]]:
    above = {kind: id_ for id_ in areas.path(area_id) if (kind := _kind(areas, id_)) is not None}
    owners = [(command, above[command]) for command in wanted if command in above]
    if owners:
        yield from owners
        return
    higher = [(kind, above[kind]) for kind in CHAIN if kind in above]
    yield from higher[:1] or _roots(areas)


def _roots(areas: AreaTree) -> Iterator[tuple[CommandLevel, str]]:
    for area_id in areas.ids():
        kind = _kind(areas, area_id)
        if kind is not None and areas.path(area_id) == [area_id]:
            yield kind, area_id


def _kind(areas: AreaTree, area_id: str) -> CommandLevel | None:
    """The command that sits in an area; None for beats and grids, and for areas not known."""
    area = areas.get(area_id)
    if area is None or area.kind in _BELOW_STATION:
        return None
    return CHAIN[CHAIN.index(area.kind)]
