"""Reads and checks the area file: a GeoJSON FeatureCollection whose properties are area/1 fields.

Every fault of the file is found and listed with its place before anything is said, because nobody
wants to mend a file of ten thousand stations one error message at a time.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import shapely
from msgspec import Struct, json

from streams.errors import ConfigError
from streams.records import MAX_LAT, MAX_LON, Area

__all__ = ["KIND_ORDER", "read_areas"]

KIND_ORDER: Final = ("province", "city", "county", "station", "beat", "grid")
"""From the root down: a parent's kind stands before its child's."""


class _Feature(Struct, frozen=True):
    """One feature: its place in the file for messages, and the area it holds."""

    place: str
    area: Area


def read_areas(path: Path) -> list[Area]:
    """The areas of a GeoJSON file, in its order, rings counter-clockwise outside (RFC 7946).

    Raises ConfigError with one line per fault: place, cause, remedy.
    """
    faults: list[str] = []
    features = list(_features(_collection(path), faults))
    faults += _check_tree(features)
    areas = [_with_checked_geometry(feature, faults) for feature in features]
    if faults:
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in faults))
    return areas


def _collection(path: Path) -> list[Any]:
    try:
        value = json.decode(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; check the path of the area file") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON ({error}); write a GeoJSON file") from error
    features = value.get("features") if isinstance(value, dict) else None
    if not isinstance(features, list) or value.get("type") != "FeatureCollection":
        raise ConfigError(f"{path}: not a GeoJSON FeatureCollection; put the areas in `features`")
    return features


def _features(values: list[Any], faults: list[str]) -> Iterator[_Feature]:
    for index, value in enumerate(values):
        place = f"features[{index}]"
        properties = value.get("properties") if isinstance(value, dict) else None
        if not isinstance(properties, dict):
            faults.append(f"{place}: no feature with properties; give it the fields of area/1")
            continue
        fields = dict(properties)
        if isinstance(fields.get("area_id"), str):
            place += f" ({fields['area_id']})"
        if isinstance(fields.get("name"), str):
            fields["name"] = {"zh": fields["name"], "en": fields["name"]}
        fields["geometry"] = value.get("geometry")
        try:
            yield _Feature(place, msgspec.convert(fields, Area))
        except msgspec.ValidationError as error:
            faults.append(f"{place}: {error}; see area/1 in docs/reference/records.md")


def _check_tree(features: Sequence[_Feature]) -> list[str]:
    faults = []
    times = Counter(feature.area.area_id for feature in features)
    by_id = {feature.area.area_id: feature for feature in features}
    roots = [feature for feature in features if feature.area.parent_id is None]
    for feature in features:
        area, parent = feature.area, by_id.get(feature.area.parent_id or "")
        if times[area.area_id] > 1 and by_id[area.area_id] is feature:
            faults.append(f"{feature.place}: area_id stands {times[area.area_id]} times; keep one")
        if area.parent_id is None:
            continue
        if parent is None:
            near = difflib.get_close_matches(area.parent_id, by_id, n=1)
            hint = f"; did you mean {near[0]}?" if near else "; add that area or mend parent_id"
            faults.append(f"{feature.place}: parent_id {area.parent_id} is no area here{hint}")
        elif KIND_ORDER.index(parent.area.kind) >= KIND_ORDER.index(area.kind):
            faults.append(
                f"{feature.place}: a {area.kind} cannot lie under the {parent.area.kind} "
                f"{area.parent_id}; the order is {' > '.join(KIND_ORDER)}"
            )
    if len(roots) > 1:
        names = ", ".join(feature.place for feature in roots)
        faults.append(f"{names}: {len(roots)} areas have no parent_id; all must meet in one root")
    return faults + _cycles(by_id)


def _cycles(by_id: dict[str, _Feature]) -> list[str]:
    """One line for each circle of parents, told from its lowest id."""
    settled: set[str] = set()
    faults = []
    for start in by_id:
        chain: list[str] = []
        at: str | None = start
        while at is not None and at in by_id and at not in settled and at not in chain:
            chain.append(at)
            at = by_id[at].area.parent_id
        if at in chain:
            circle = chain[chain.index(at) :]
            low = circle.index(min(circle))
            way = " -> ".join([*circle[low:], *circle[: low + 1]])
            faults.append(f"{by_id[min(circle)].place}: the parents go in a circle ({way}); cut it")
        settled.update(chain)
    return faults


def _with_checked_geometry(feature: _Feature, faults: list[str]) -> Area:
    geometry = feature.area.geometry
    if geometry is None:
        return feature.area
    kind = geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        faults.append(f"{feature.place}: geometry is no Polygon or MultiPolygon; draw it as one")
        return feature.area
    try:
        shape = shapely.from_geojson(json.encode(geometry).decode())
    except shapely.errors.GEOSException:
        faults.append(f"{feature.place}: geometry cannot be read; a ring is a closed list")
        return feature.area
    west, south, east, north = shape.bounds
    if not (-MAX_LON <= west <= east <= MAX_LON and -MAX_LAT <= south <= north <= MAX_LAT):
        faults.append(f"{feature.place}: geometry is empty or leaves the globe; it is [lon, lat]")
    elif not shape.is_valid:
        why = shapely.is_valid_reason(shape)
        faults.append(f"{feature.place}: geometry is not valid ({why}); redraw it there")
    else:
        turned = shapely.orient_polygons(shape, exterior_cw=False)
        return msgspec.structs.replace(feature.area, geometry=json.decode(_text(turned)))
    return feature.area


def _text(shape: Any) -> str:
    return str(shapely.to_geojson(shape))
