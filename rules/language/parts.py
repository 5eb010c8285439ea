"""All that a rule book is made of, each part with the file it stands in and its place there."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar

import shapely
from msgspec import Struct, field

from rules.language.schema import Rule
from rules.language.schema.areas import AreaEntry
from rules.language.schema.calendar import CalendarFile
from rules.language.schema.cases import TestCase
from rules.language.schema.channels import Channel, Contact
from rules.language.schema.common import RouteEntry, Suppression
from rules.language.schema.names import Name
from streams.areas import AreaTree
from streams.records import Area, Text2
from streams.yaml_nodes import Document, Path_, Place

__all__ = ["Parts", "Placed", "RuleEntry", "Tree"]

T = TypeVar("T")
_CORNERS: Final = 3


class Placed(Struct, Generic[T], frozen=True):
    """A value and where it stands."""

    value: T
    document: Document
    path: Path_

    def place(self, *inner: str | int) -> Place:
        """Where it, or a part of it, stands."""
        return self.document.place((*self.path, *inner))

    def key(self, *inner: str | int) -> Place:
        """Where the key of a part stands."""
        return self.document.key((*self.path, *inner))


class RuleEntry(Struct, frozen=True):
    """A rule with the defaults of its file under it.

    raw: its plain values, merged; hash: of these, so that comments and layout do not change it.
    mended: fields in which something was wrong and taken out.
    """

    kind: str
    rule: Rule
    raw: dict[str, Any]
    hash: str
    document: Document
    path: Path_
    mended: frozenset[str] = frozenset()

    def place(self, *inner: str | int) -> Place:
        """Where a part of it stands: in the rule, else in the defaults, else the rule itself."""
        own = (*self.path, *inner)
        if own in self.document.places:
            return self.document.places[own]
        return self.document.places.get(("defaults", *inner)) or self.document.place(own)

    def key(self, *inner: str | int) -> Place:
        """Where the key of a part stands."""
        return self.document.keys.get((*self.path, *inner)) or self.place(*inner)


class Tree(Struct, frozen=True):
    """What is known of areas: those of the areas file, and those that the installation has.

    known: whether there is any list of areas at all; without one no id is wrong.
    """

    entries: dict[str, Placed[AreaEntry]]
    own: AreaTree

    @property
    def known(self) -> bool:
        """Whether there is any list of areas; without one no id can be wrong."""
        return bool(self.entries) or len(self.own) > 0

    def ids(self) -> list[str]:
        """Ids of all areas."""
        return [*self.entries, *self.own.ids()]

    def path(self, area_id: str) -> list[str]:
        """Ids from the root down to the area itself; a circle of parents ends where it closes."""
        if area_id not in self.entries:
            return self.own.path(area_id)
        chain = [area_id]
        while (entry := self.entries.get(chain[-1])) is not None:
            parent = entry.value.parent
            if parent is None or parent in chain:
                break
            chain.append(parent)
        return chain[::-1]

    def tags(self, area_id: str) -> list[str]:
        """Tags of an area and of all that it lies in."""
        tags = [
            t for a in self.path(area_id) if a in self.entries for t in self.entries[a].value.tags
        ]
        return list(dict.fromkeys(tags))

    def areas(self) -> AreaTree:
        """The areas of the installation; where it has none, those of the areas file.

        Those have names and parents, so that alerts say more than an id; an area whose chain of
        parents does not end is left out, which `rules check` tells.
        """
        if len(self.own) or not self.entries:
            return self.own
        values = [placed.value for placed in self.entries.values()]
        return AreaTree([_record(v) for v in values if self._rooted(v.id)])

    def _rooted(self, area_id: str) -> bool:
        """Whether the chain of parents ends at an area without one."""
        return self.entries[self.path(area_id)[0]].value.parent is None

    def name(self, area_id: str) -> str:
        """What people call it, in Chinese; empty where nobody says."""
        if area_id in self.entries:
            return self.entries[area_id].value.name.zh
        return self.own.name(area_id).zh if area_id in self.own else ""


class Parts(Struct, frozen=True):
    """Everything that could be read, also of files with faults.

    named: ids and names that stand in some file, by section, also of parts with faults: what
    refers to them is no further fault. complete: whether every file could be read at all.
    """

    rules: list[RuleEntry] = field(default_factory=list)
    routes: dict[Name, Placed[list[RouteEntry]]] = field(default_factory=dict)
    suppressions: list[Placed[Suppression]] = field(default_factory=list)
    tests: list[Placed[TestCase]] = field(default_factory=list)
    areas: dict[str, Placed[AreaEntry]] = field(default_factory=dict)
    channels: dict[str, Placed[Channel]] = field(default_factory=dict)
    contacts: dict[str, Placed[Contact]] = field(default_factory=dict)
    calendars: list[Placed[CalendarFile]] = field(default_factory=list)
    named: dict[str, dict[str, Place]] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)


def _record(entry: AreaEntry) -> Area:
    return Area(
        area_id=entry.id,
        name=Text2(entry.name.zh, entry.name.en),
        kind=entry.kind,
        parent_id=entry.parent,
        adcode=entry.code,
        min_units=entry.min_units,
        population=entry.population,
        area_km2=entry.area_km2,
        geometry=_outline(entry),
    )


def _outline(entry: AreaEntry) -> dict[str, Any] | None:
    """The polygon as GeoJSON; none of one that crosses itself."""
    if len(entry.polygon) < _CORNERS:
        return None
    shape = shapely.Polygon(entry.polygon)
    if not shape.is_valid:
        return None
    ring = shapely.get_coordinates(shapely.orient_polygons(shape).exterior)
    return {"type": "Polygon", "coordinates": [ring.tolist()]}
