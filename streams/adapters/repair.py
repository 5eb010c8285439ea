"""What every adapter does to its records before they leave: text, category, point, times, size.

Works on whole chunks, so that coordinates are converted by numpy and clean texts cost one test for
all of them. A record that needed a repair leaves as `Decoded` with its notices.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np
from msgspec import json
from msgspec.structs import force_setattr

from streams.categories import CATEGORIES, OTHER_CATEGORY
from streams.coordinates import looks_swapped, to_wgs84
from streams.privacy import mask
from streams.raw import Decoded, Item, Notice, Refusal
from streams.records import MAX_LAT, MAX_LON, Incident, UnitPosition

__all__ = ["Notices", "settle"]

Notices = dict[int, list[Notice]]
"""Notices by the record's position in the chunk."""

_MAX_EXT_BYTES = 4096
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""C0 and C1 controls and DEL, without tab and line breaks, which part the clauses of a text."""
_NOT_IN_IDS = re.compile("[^A-Za-z0-9_-]")
_ID_RULE = "may hold only letters, digits, _ and -"
_NOT_MOVED = ("wgs84", "unknown")
_STEPS = ("dispatched_at", "contact_at", "arrived_at", "closed_at")


def settle(items: list[Item], notices: Notices, *, china: bool) -> list[Item]:
    """Repair the bare records of a chunk in place and wrap those with notices.

    The records must be fresh ones that nobody else holds: their fields are set although the types
    are frozen, because making a second record of forty fields would cost more than decoding it.
    china: lat > 55 with lon < 55 means a swapped pair.
    """
    _refuse_bad_ids(items)
    moving: dict[str, list[int]] = {}
    for index, item in enumerate(items):
        if type(item) is Incident:
            if item.category not in CATEGORIES:
                _unlisted_category(item, notices.setdefault(index, []))
            # A whole pair in WGS-84 needs no look; it is the common case.
            if (item.lat is not None or item.lon is not None) and (
                china or item.coord_sys != "wgs84" or not item.lat or not item.lon
            ):
                _check_point(index, item, notices, moving, china=china)
            if (
                item.ext
                or item.dispatched_at
                or item.contact_at
                or item.arrived_at
                or item.closed_at
            ):
                _check_rest(item, notices.setdefault(index, []))
        elif type(item) is UnitPosition:
            items[index] = _check_fix(index, item, moving, china=china)
    _clean_texts(items, notices)
    for system, rows in moving.items():
        _convert(items, rows, system, notices)
    return _with_notices(items, notices)


def _with_notices(items: list[Item], notices: Notices) -> list[Item]:
    for index, found in notices.items():
        item = items[index]
        if found and isinstance(item, Incident | UnitPosition):
            items[index] = Decoded(item, tuple(found))
    return items


def _refuse_bad_ids(items: list[Item]) -> None:
    """Ids of letters, digits, `_` and `-` only: one search where the whole chunk is good."""
    ids = [item.incident_id for item in items if type(item) is Incident]
    ids += [item.unit_id for item in items if type(item) is UnitPosition]
    if _NOT_IN_IDS.search("".join(ids)) is None:
        return
    for index, item in enumerate(items):
        if type(item) is Incident and _NOT_IN_IDS.search(item.incident_id):
            items[index] = Refusal("bad_value", f"$.incident_id {_ID_RULE}")
        elif type(item) is UnitPosition and _NOT_IN_IDS.search(item.unit_id):
            items[index] = Refusal("bad_value", f"$.unit_id {_ID_RULE}")


def _unlisted_category(item: Incident, found: list[Notice]) -> None:
    if item.category_raw is None:
        force_setattr(item, "category_raw", _masked_code(item.category))
    force_setattr(item, "category", OTHER_CATEGORY)
    found.append(Notice("unknown_category", "$.category is not a listed code; it became 99"))


@lru_cache(maxsize=4096)
def _masked_code(code: str) -> str:
    """A foreign code is kept masked, since a free field may hold anything; codes repeat."""
    return mask(code)


def _check_point(
    index: int, item: Incident, notices: Notices, moving: dict[str, list[int]], *, china: bool
) -> None:
    fault = _point_fault(item.lat, item.lon, china=china)
    if fault is not None:
        _drop_point(item)
        notices.setdefault(index, []).append(Notice(fault.reason, f"{fault.detail}: dropped"))
    elif item.coord_sys is None:
        force_setattr(item, "coord_sys", "unknown")
        detail = "$.coord_sys: not there; the point is marked `unknown`"
        notices.setdefault(index, []).append(Notice("coord_sys_missing", detail))
    elif item.coord_sys not in _NOT_MOVED:
        moving.setdefault(item.coord_sys, []).append(index)


def _check_fix(
    index: int, item: UnitPosition, moving: dict[str, list[int]], *, china: bool
) -> UnitPosition | Refusal:
    fault = _point_fault(item.lat, item.lon, china=china)
    if fault is not None:
        return fault
    if item.coord_sys not in _NOT_MOVED:
        moving.setdefault(item.coord_sys, []).append(index)
    return item


def _point_fault(lat: float | None, lon: float | None, *, china: bool) -> Refusal | None:
    if lat is None or lon is None:
        return Refusal("point_invalid", "of $.lat and $.lon only one is there")
    if lat == 0 and lon == 0:
        return Refusal("point_invalid", "$.lat and $.lon are both 0, which is no position")
    if china and looks_swapped(lat, lon):
        return Refusal("point_swapped", "$.lat and $.lon look swapped")
    return None


def _drop_point(item: Incident) -> None:
    for name in ("lat", "lon", "coord_sys"):
        force_setattr(item, name, None)


def _check_rest(item: Incident, found: list[Notice]) -> None:
    if item.ext is not None and len(json.encode(item.ext)) > _MAX_EXT_BYTES:
        force_setattr(item, "ext", None)
        found.append(Notice("ext_too_large", "$.ext is larger than 4 KB: dropped"))
    for name in _STEPS:
        at = getattr(item, name)
        if at is not None and at < item.reported_at:
            force_setattr(item, name, None)
            found.append(Notice("time_order", f"$.{name} lies before $.reported_at: dropped"))


def _is_clean(text: str) -> bool:
    return (text.isprintable() or _CONTROL.search(text) is None) and unicodedata.is_normalized(
        "NFC", text
    )


def _clean_texts(items: list[Item], notices: Notices) -> None:
    """NFC, and no control characters in the free strings; one test where the chunk is clean."""
    texts = [item.text for item in items if type(item) is Incident]
    texts += [item.area_id for item in items if type(item) is Incident and item.area_id]
    if _is_clean(" ".join(texts)):
        return
    for index, item in enumerate(items):
        if type(item) is not Incident:
            continue
        for name in ("text", "area_id"):
            value = getattr(item, name)
            if not value or _is_clean(value):
                continue
            clean = unicodedata.normalize("NFC", _CONTROL.sub("", value))
            force_setattr(item, name, clean or (None if name == "area_id" else ""))
            if _CONTROL.search(value):
                detail = f"$.{name}: control characters were taken out"
                notices.setdefault(index, []).append(Notice("control_characters", detail))


def _convert(items: list[Item], rows: list[int], system: str, notices: Notices) -> None:
    records = [item for row in rows if isinstance(item := items[row], Incident | UnitPosition)]
    lat, lon, tag = to_wgs84(
        np.array([record.lat for record in records], dtype=np.float64),
        np.array([record.lon for record in records], dtype=np.float64),
        records[0].coord_sys or "unknown",
    )
    inside = (np.abs(lat) <= MAX_LAT) & (np.abs(lon) <= MAX_LON)
    for row, record, new_lat, new_lon, ok in zip(
        rows, records, lat.tolist(), lon.tolist(), inside.tolist(), strict=True
    ):
        if ok:
            force_setattr(record, "lat", new_lat)
            force_setattr(record, "lon", new_lon)
            force_setattr(record, "coord_sys", tag)
            continue
        detail = f"$.lat and $.lon leave the globe when converted from {system}"
        if isinstance(record, Incident):
            _drop_point(record)
            notices.setdefault(row, []).append(Notice("point_invalid", f"{detail}: dropped"))
        else:
            items[row] = Refusal("point_invalid", detail)
