"""The least that can be evaluated: rows of a CSV, or JSON objects, with a time and an area."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from streams.adapters.times import time_reader
from streams.codec import parse_object
from streams.raw import Raw, Refusal

__all__ = ["COLUMNS", "Call", "PlainCalls", "title_of"]

COLUMNS = ("ts", "area")
"""Columns that a plain table must have; lat, lon, category and id are read where they are."""
_MAX_LAT, _MAX_LON = 90.0, 180.0


class Call(Struct, frozen=True, kw_only=True):
    """A call as it counts. lat, lon: degrees or nan; place: instead of them. aside: not counted.

    kind: what it is about, however the desk that took it writes it; empty where nobody knows.
    """

    time_ms: int
    area: str
    category: str = ""
    kind: str = ""
    id: str | None = None
    lat: float = math.nan
    lon: float = math.nan
    place: int | None = None
    aside: bool = False


class _Others(Protocol):
    def calls(self, raws: Sequence[Raw]) -> Iterator[Call | None]:
        """Calls of records that are not plain."""
        ...


class PlainCalls:
    """Reads rows with `ts` (ISO 8601; without an offset in the given zone) and `area`.

    JSON lines without these names are handed to `others`, who read our own records.
    """

    columns = COLUMNS

    def __init__(self, time_zone: str, others: _Others) -> None:
        self._time = time_reader(["iso"], time_zone)
        self._others = others

    def calls(self, raws: Sequence[Raw]) -> Iterator[Call | None]:
        """One call a raw record; None where it has no time or no area that can be read."""
        for raw in raws:
            cells: Mapping[str, Any] | Refusal | None = raw if isinstance(raw, Mapping) else None
            if isinstance(raw, bytes):
                parsed = parse_object(raw)
                cells = parsed if isinstance(parsed, Refusal) else parsed[0]
            if isinstance(cells, Mapping) and cells and not all(name in cells for name in COLUMNS):
                yield from self._others.calls([raw])
            elif isinstance(cells, Mapping):
                yield self._call(cells)
            else:
                yield None

    def _call(self, cells: Mapping[str, Any]) -> Call | None:
        area = _text(cells, "area")
        moment = self._time(_text(cells, "ts"))
        if not area or moment is None:
            return None
        lat, lon = _degrees(cells, "lat", _MAX_LAT), _degrees(cells, "lon", _MAX_LON)
        if lat == lon == 0:
            lat = lon = math.nan  # what feeds write for "not known"; it would link all such calls
        return Call(
            time_ms=round(moment.timestamp() * 1000),
            area=area,
            category=_text(cells, "category"),
            kind=title_of(_text(cells, "category")),
            id=_text(cells, "id") or None,
            lat=lat,
            lon=lon,
        )


def title_of(category: str) -> str:
    """What a call is about: `EMS: FALL VICTIM` and `Fire: Fall victim -` are both `fall victim`.

    Dispatch systems write the service that is sent before a colon.
    """
    service, colon, title = category.partition(":")
    return (title if colon else service).strip(" -").casefold()


def _text(cells: Mapping[str, Any], name: str) -> str:
    value = cells.get(name)
    return "" if value is None else str(value).strip()


def _degrees(cells: Mapping[str, Any], name: str, most: float) -> float:
    """A coordinate; nan where there is none, or none that can be."""
    try:
        value = float(cells.get(name) or math.nan)
    except (TypeError, ValueError):
        return math.nan
    return value if abs(value) <= most else math.nan
