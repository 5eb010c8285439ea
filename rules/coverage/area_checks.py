"""What areas lack for coverage: every gap of the area file in a sentence with its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import numpy as np
from msgspec import Struct

from detectors.coverage.travel import PLACES, TravelModel, units_for_travel
from rules.coverage.area_table import AreaTable, area_table, neighbours
from streams.areas import UNASSIGNED_COMMAND, AreaTree
from streams.records import Area

__all__ = ["AreaRemark", "remarks_on_areas", "stations_of"]

Lack = Literal[
    "min_units", "area_km2", "population", "geometry", "neighbours", "command", "size", "travel"
]
_QUIET: Final = 0.1
_MANY: Final = 8
"""Units for travel alone that no station keeps on duty: then the area or its SLA is wrong."""
_APART: Final = 1.5


class AreaRemark(Struct, frozen=True):
    """An area, what it lacks, and a sentence: what follows from it and what to do."""

    area: str
    lacks: Lack
    message: str


def stations_of(tree: AreaTree) -> list[Area]:
    """The areas that units are counted in, in the order of the file."""
    areas = [tree.get(area_id) for area_id in tree.ids()]
    return [area for area in areas if area is not None and area.kind == "station"]


def remarks_on_areas(tree: AreaTree, model: TravelModel, limit_min: float) -> list[AreaRemark]:
    """Everything that makes coverage of a station blind or wrong, in the order of the file."""
    stations = stations_of(tree)
    table = area_table(tree, [area.area_id for area in stations])
    found = [_lacking(tree, area) for area in stations]
    for row, lacks, message in _figures(table, model, limit_min):
        found[row] = [*found[row], AreaRemark(stations[row].area_id, lacks, message)]
    return [remark for remarks in found for remark in remarks]


def _lacking(tree: AreaTree, area: Area) -> Sequence[AreaRemark]:
    told: dict[Lack, str] = {}
    if area.min_units is None:
        told["min_units"] = "has no min_units: no minimum holds there; write the units of a shift"
    if area.geometry is None:
        told["geometry"] = (
            "has no outline: no position falls into it and no neighbour can help; draw it"
        )
        if not area.area_km2:
            told["area_km2"] = "has no area_km2 and no outline: travel is not asked about; give one"
    if not area.population:
        told["population"] = (
            "has no population: it counts as suburban; write it, for speed and time to arrive"
        )
    if tree.command_of(area.area_id) == UNASSIGNED_COMMAND:
        told["command"] = "lies in no county: no command owns its units; set its parent_id"
    return [AreaRemark(area.area_id, lacks, message) for lacks, message in told.items()]


def _figures(
    table: AreaTable, model: TravelModel, limit_min: float
) -> Iterator[tuple[int, Lack, str]]:
    told, drawn = table.km2, table.outline_km2
    for row in np.flatnonzero(np.maximum(told / drawn, drawn / told) > _APART).tolist():
        message = f"has area_km2 {told[row]:g}, but its outline holds {drawn[row]:.1f} km2"
        yield row, "size", f"{message}; correct whichever is wrong"
    travel = units_for_travel(np.full(told.size, _QUIET), told, table.place, model)
    for row in np.flatnonzero(travel > _MANY).tolist():
        place, sla = PLACES[table.place[row]], model.sla_min[table.place[row]]
        message = f"is {place} with {told[row]:g} km2: to arrive within {sla:g} min on average"
        yield row, "travel", f"{message} it needs {travel[row]} units; check size and population"
    near = neighbours(table, model, limit_min=limit_min)
    alone = ~np.isin(np.arange(told.size), near.taker) & np.isfinite(table.lat)
    for row in np.flatnonzero(alone).tolist():
        message = f"has no other station within {limit_min:g} min: nobody can lend it a unit"
        yield row, "neighbours", f"{message}; let its min_units reckon with that"
