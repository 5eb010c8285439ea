"""Reads a city's calls for `evaluate`: any format of `replay`, any CSV with ts and area."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from commands.evaluate.plain import COLUMNS, Call, PlainCalls, title_of
from rules.same_type import UNKNOWN_TYPE
from streams.adapters import FORMATS, Adapter, Decoded, adapter_for
from streams.areas import UNKNOWN_AREA, AreaTree, load_areas
from streams.categories import OTHER_CATEGORY
from streams.errors import SourceError
from streams.places import place_keys, places_of
from streams.raw import Raw
from streams.records import Incident
from streams.settings import load_settings
from streams.sources.files import read_files

__all__ = ["Calls", "Read", "Wanted", "read_calls"]

Ints = NDArray[np.int64]

_OFFICER = "patrol"


class Wanted(Struct, frozen=True, kw_only=True):
    """What is read, and what of it counts. without: beginnings of categories to leave out."""

    files: Sequence[str]
    format: str
    areas: str | None
    time_zone: str
    without: Sequence[str]


class Read(Struct, frozen=True, kw_only=True):
    """What became of the records of all files.

    unusable: no time or no area, or refused by the format. repeated: an id seen before. left_out:
    by category, drills, and what patrols found themselves.
    """

    files: Sequence[str]
    format: Sequence[str]
    rows: int = 0
    unusable: int = 0
    repeated: int = 0
    left_out: int = 0


class Calls(Struct, frozen=True):
    """Calls in the order of their times (ms since the epoch), [calls]; areas index `names`.

    types: numbers of what calls are about, UNKNOWN_TYPE where nobody knows.
    """

    times: Ints
    areas: Ints
    places: Ints
    types: Ints
    names: list[str]


def read_calls(wanted: Wanted, progress: Callable[[int], None]) -> tuple[Calls, Read]:
    """Calls of all files together. Raises SourceError where nothing can be made of a file."""
    table = _Table(wanted)
    formats = []
    for path in wanted.files:
        name, decode = _decoder(path, wanted)
        formats.append(name)
        for chunk in read_files([path], decode):
            table.add(decode.calls(chunk.raws), len(chunk.raws))
            progress(table.rows)
    return table.calls(), Read(
        files=wanted.files,
        format=list(dict.fromkeys(formats)),
        rows=table.rows,
        unusable=table.unusable,
        repeated=table.repeated,
        left_out=table.left_out,
    )


class _Table:
    """Columns of calls, growing."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._without = tuple(wanted.without)
        self._ids: set[str] = set()
        self._names: dict[str, int] = {}
        self._types: dict[str, int] = {"": UNKNOWN_TYPE}
        self._rows: list[tuple[int, int, int, int]] = []
        self.rows = self.unusable = self.repeated = self.left_out = 0

    def add(self, calls: Iterator[Call | None], read: int) -> None:
        self.rows += read
        kept: list[Call] = []
        for call in calls:
            if call is None:
                self.unusable += 1
            elif call.aside or (self._without and call.category.startswith(self._without)):
                self.left_out += 1
            elif call.id is not None and call.id in self._ids:
                self.repeated += 1
            else:
                if call.id is not None:
                    self._ids.add(call.id)
                kept.append(call)
        places = place_keys(
            np.array([call.lat for call in kept], dtype=np.float64),
            np.array([call.lon for call in kept], dtype=np.float64),
        ).tolist()
        names, types = self._names, self._types
        for call, place in zip(kept, places, strict=True):
            where = place if call.place is None else call.place
            area = names.setdefault(call.area, len(names))
            self._rows.append((call.time_ms, area, where, types.setdefault(call.kind, len(types))))

    def calls(self) -> Calls:
        if not self._rows:
            raise SourceError(
                f"{', '.join(self._wanted.files)}: none of {self.rows} rows has a time and an area "
                f"that can be read ({self.left_out} were left out by --without or as drills); give "
                f"a CSV with the columns {' and '.join(COLUMNS)}, or name its --format"
            )
        columns = np.array(self._rows, dtype=np.int64)
        columns = columns[np.argsort(columns[:, 0], kind="stable")]
        times, areas, places, types = columns.T
        return Calls(times, areas, places, types, list(self._names))


class _Records:
    """Calls out of the records of an adapter, with the areas that its installation knows."""

    def __init__(self, adapter: Adapter, tree: AreaTree) -> None:
        self._adapter = adapter
        self._tree = tree
        self.columns: tuple[str, ...] = tuple(getattr(adapter, "columns", ()))

    def calls(self, raws: Sequence[Raw]) -> Iterator[Call | None]:
        """One call or None a record; positions of units are none."""
        items = [
            item.record if isinstance(item, Decoded) else item
            for item in self._adapter.decode(raws)
        ]
        incidents = [item for item in items if isinstance(item, Incident)]
        places = iter(places_of(incidents).tolist())
        areas = iter(self._located(incidents))
        for item in items:
            if isinstance(item, Incident):
                yield self._call(item, next(areas), next(places))
            else:
                yield None

    def _call(self, item: Incident, area: str, place: int) -> Call | None:
        if area == UNKNOWN_AREA:
            return None
        return Call(
            time_ms=round(item.reported_at.timestamp() * 1000),
            area=area,
            category=item.category_raw or item.category,
            kind=item.category
            if item.category != OTHER_CATEGORY
            else title_of(item.category_raw or ""),
            id=item.incident_id,
            place=place,
            aside=bool(item.test) or item.source == _OFFICER,
        )

    def _located(self, incidents: list[Incident]) -> list[str]:
        """The area of a record, else the one of a known tree in which its point lies."""
        areas = [item.area_id or UNKNOWN_AREA for item in incidents]
        asked = [
            row
            for row, item in enumerate(incidents)
            if len(self._tree) and areas[row] not in self._tree and item.lat is not None
        ]
        if asked:
            lat = np.array([incidents[row].lat for row in asked], dtype=np.float64)
            lon = np.array([incidents[row].lon for row in asked], dtype=np.float64)
            for row, found in zip(asked, self._tree.locate(lat, lon), strict=True):
                areas[row] = found or areas[row]
        return areas


def _decoder(path: str, wanted: Wanted) -> tuple[str, Any]:
    """What reads a file: the format that was named, or the first that its beginning fits."""
    settings = load_settings(os.environ)
    name = wanted.format if wanted.format != "auto" else _recognised(path)
    own = _Records(
        adapter_for(
            "watchfloor" if name == "plain" else name,
            china=settings.china,
            hash_key=settings.hash_key.encode() or None,
        ),
        load_areas(Path(wanted.areas)) if wanted.areas else AreaTree(),
    )
    return name, PlainCalls(wanted.time_zone, own) if name == "plain" else own


def _recognised(path: str) -> str:
    """The format of a file by its first line; what cannot be opened is told by its reader."""
    line = _first_line(path)
    if not line or line.startswith("{"):
        return "watchfloor" if '"incident_id"' in line else "plain"
    header = next(csv.reader([line]))
    if set(COLUMNS) <= set(header):
        return "plain"
    for name in FORMATS:
        columns = getattr(adapter_for(name), "columns", ())
        if columns and set(columns) <= set(header):
            return name
    if "incident_id" in header:
        return "watchfloor"
    raise SourceError(
        f"{path}: the CSV header has no {' and no '.join(c for c in COLUMNS if c not in header)}; "
        f"it has {', '.join(header[:12])}; rename the columns of the time and of the area to "
        f"{' and '.join(COLUMNS)}, or describe the file by a mapping and name it as --format"
    )


def _first_line(path: str) -> str:
    """The first line of a file; nothing of standard input, and of what cannot be looked into."""
    if path == "-":
        return ""
    try:
        with Path(path).open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else Path(path).open("rb") as file:
            return file.readline(1 << 16).decode("utf-8-sig", "replace").strip()
    except (OSError, EOFError):
        return ""
