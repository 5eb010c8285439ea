"""First receivers: nobody's report is nobody's, and what is unclear says so (capability C19)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from streams.areas import AreaTree, load_areas
from streams.jurisdiction import Jurisdiction
from streams.observations import FLAG_OUTSIDE, FLAG_UNCLEAR
from streams.records import Alert, Area, Incident, Text2
from tests.core_cases import World, report

NOWHERE = FLAG_UNCLEAR | FLAG_OUTSIDE


def square(west: float) -> dict[str, Any]:
    east = west + 0.1
    ring = [[west, 26.0], [east, 26.0], [east, 26.1], [west, 26.1], [west, 26.0]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def town(tmp_path: Path) -> AreaTree:
    rows = [
        ("P", "province", None, None, "520000"),
        ("K", "county", "P", None, "520101"),
        ("S1", "station", "K", square(106.0), None),
        ("S2", "station", "K", square(106.1), None),
    ]
    features = [
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": {
                "area_id": area_id,
                "name": {"zh": area_id, "en": area_id},
                "kind": kind,
                "parent_id": parent,
                **({} if adcode is None else {"adcode": adcode}),
            },
        }
        for area_id, kind, parent, geometry, adcode in rows
    ]
    file = tmp_path / "areas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return load_areas(file)


def incident(**told: Any) -> Incident:
    fields = {"text": "", "area_id": None, **told}
    return msgspec.json.decode(report(1, 0, **fields), type=Incident)


def at(lon: float, lat: float = 26.05) -> dict[str, Any]:
    return {"lat": lat, "lon": lon, "coord_sys": "wgs84"}


@pytest.mark.parametrize(
    ("told", "area", "flags"),
    [
        ({"area_id": "S1"}, "S1", 0),
        ({"area_id": "S1", **at(106.15)}, "S1", 0),
        (at(106.05), "S1", 0),
        (at(106.15), "S2", 0),
        (at(106.1), "S1", FLAG_UNCLEAR),
        (at(106.203), "S2", FLAG_UNCLEAR),
        (at(106.3), "S2", NOWHERE),
        (at(0.0, 0.0), "S1", NOWHERE),
        ({**at(106.05), "coord_sys": "unknown"}, "S1", 0),
        ({**at(106.0999), "coord_sys": "unknown"}, "S1", NOWHERE),
        ({"area_id": "typo", **at(106.15)}, "S2", 0),
        ({"adcode": "520101"}, "K", NOWHERE),
        ({"adcode": "110000"}, "unknown", FLAG_UNCLEAR),
        ({}, "unknown", FLAG_UNCLEAR),
        ({"area_id": "typo"}, "typo", FLAG_UNCLEAR),
    ],
)
def test_the_first_receiver(town: AreaTree, told: dict[str, Any], area: str, flags: int) -> None:
    area_ids, found = Jurisdiction(town).located([incident(**told)])
    assert (area_ids, found.tolist()) == ([area], [flags])


def test_neighbours_in_a_chunk_do_not_matter(town: AreaTree) -> None:
    jurisdiction = Jurisdiction(town)
    rng = np.random.default_rng(7)
    rows = [
        incident(**at(lon, lat))
        for lon, lat in rng.uniform((105.9, 25.9), (106.4, 26.2), (200, 2)).tolist()
    ]
    together, flags = jurisdiction.located(rows)
    alone = [jurisdiction.located([row]) for row in rows]
    assert together == [ids[0] for ids, _ in alone]
    assert flags.tolist() == [int(flag[0]) for _, flag in alone]


def test_a_tree_without_polygons_leaves_it_to_the_root_and_no_tree_to_nobody() -> None:
    tree = AreaTree([Area(area_id="P", name=Text2("P", "P"), kind="province")])
    lost = incident(**at(106.0))
    assert Jurisdiction(tree).located([lost])[0] == ["unknown"]
    assert Jurisdiction(tree).located([lost])[1].tolist() == [FLAG_UNCLEAR]
    assert Jurisdiction(AreaTree()).located([lost])[1].tolist() == [0]


def test_the_alert_says_so_and_what_lies_outside_is_counted_nowhere(town: AreaTree) -> None:
    world = World(areas=town)
    world.feed(
        [
            report(1, 5, None, text="门口抢劫", **at(106.3)),
            report(2, 6, "S1", text="门口抢劫"),
        ]
    )
    unclear, clear = (msgspec.json.decode(line, type=Alert) for line in world.alerts)
    assert (unclear.area.id, unclear.area.unclear) == ("S2", True)
    assert unclear.area.path == ["P", "K", "S2"]
    assert "管辖待定，就近先行处置" in unclear.message.zh
    assert "jurisdiction unclear" in unclear.message.en
    assert not clear.area.unclear
    assert b"unclear" not in world.alerts[1]
