"""The simulated city's map: every area closed, counter-clockwise, and no gap between neighbours."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from streams.areas import load_areas
from streams.sources.synthetic import Plan, Simulation
from streams.sources.synthetic.city import build_city


def features(plan: Plan) -> list[dict[str, Any]]:
    document = json.loads(b"".join(build_city(plan).geojson()))
    return list(document["features"])


@pytest.mark.parametrize(("stations", "counties"), [(1, 1), (7, 3), (36, 4), (400, 9), (2000, 20)])
def test_stations_tile_their_counties_and_the_city_without_gaps(stations, counties):
    found = features(Plan(stations=stations, counties=counties))
    shapes = {f["properties"]["area_id"]: shape(f["geometry"]) for f in found}
    kinds = {f["properties"]["area_id"]: f["properties"]["kind"] for f in found}
    parents = {f["properties"]["area_id"]: f["properties"].get("parent_id") for f in found}
    assert sum(kind == "station" for kind in kinds.values()) == stations
    assert sum(kind == "county" for kind in kinds.values()) == counties
    for polygon in shapes.values():
        assert polygon.is_valid
        assert polygon.exterior.is_ccw
    for area_id, kind in kinds.items():
        if kind not in {"city", "county"}:
            continue
        children = [shapes[child] for child, parent in parents.items() if parent == area_id]
        union = shapely.union_all(children)
        assert union.geom_type == "Polygon"
        assert not union.interiors
        assert union.symmetric_difference(shapes[area_id]).area < 1e-12
        assert sum(c.area for c in children) == pytest.approx(shapes[area_id].area, rel=1e-9)


def test_the_engine_loads_the_areas_and_finds_reports_where_they_were_made(tmp_path):
    path = tmp_path / "areas.geojson"
    simulation = Simulation(Plan(seed=4))
    path.write_bytes(b"".join(simulation.city.geojson()))
    tree = load_areas(path)
    assert len(tree) == 42
    station = simulation.city.stations[5]
    assert tree.path(station) == ["990000", "990100", station[:6], station]
    assert tree.command_of(station) == station[:6]
    city = simulation.city
    areas = np.repeat(np.arange(36), 50)
    places = city.draw_places(areas, np.tile(np.linspace(0, 0.999, 50), 36))
    lon, lat = city.locate(places, np.zeros((2, len(places))))
    assert tree.locate(lat, lon) == [city.stations[area] for area in areas]


def test_names_are_different_and_codes_belong_to_no_real_county():
    found = features(Plan(stations=900, counties=9))
    names = [feature["properties"]["name"]["zh"] for feature in found]
    assert len(set(names)) == len(names)
    assert all(feature["properties"]["area_id"].startswith("99") for feature in found)


def test_area_rates_differ_as_in_a_real_city():
    weights = build_city(Plan(stations=400)).weights
    assert weights.sum() == pytest.approx(1)
    assert 5 < weights.max() / np.median(weights) < 20
