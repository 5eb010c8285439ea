"""Files of `kind: areas`: names, tree and tags of areas, for the conditions of overrides."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from rules.language.schema.common import Title
from rules.language.schema.names import AreaCode, AreaName, Name

__all__ = ["AreaEntry", "AreasFile"]

Longitude = Annotated[float, Meta(ge=-180, le=180)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]


class AreaEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One area; the chain of parents ends at an area without one."""

    id: Annotated[AreaName, Meta(description="the id that incidents carry")]
    name: Annotated[Title, Meta(description="its name in both languages")]
    parent: Annotated[AreaName | None, Meta(description="id of the area it lies in")] = None
    kind: Annotated[
        Literal["province", "city", "county", "station", "beat", "grid"],
        Meta(description="what it is"),
    ] = "station"
    tags: Annotated[list[Name], Meta(description="what overrides may call it by")] = []
    min_units: Annotated[
        Annotated[int, Meta(ge=0)] | None, Meta(description="units that it never has less than")
    ] = None
    population: Annotated[
        Annotated[int, Meta(ge=0)] | None, Meta(description="people who live there")
    ] = None
    area_km2: Annotated[
        Annotated[float, Meta(gt=0)] | None, Meta(description="its size in square kilometres")
    ] = None
    code: Annotated[AreaCode | None, Meta(description="division code of GB/T 2260")] = None
    polygon: Annotated[
        list[tuple[Longitude, Latitude]], Meta(description="its outline as [lon, lat], WGS-84")
    ] = []
    cells: Annotated[list[Name], Meta(description="or the grid cells that it is made of")] = []


class AreasFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The areas that rules speak of."""

    format: Annotated[Literal["1"], Meta(description="the version of this language")]
    kind: Annotated[Literal["areas"], Meta(description="areas")]
    owner: Annotated[Name | None, Meta(description="who answers for the file")] = None
    areas: Annotated[list[AreaEntry], Meta(min_length=1, description="the areas")]
