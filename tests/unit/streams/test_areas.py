"""The area tree: chains and names, faults of the file with their places, points to stations."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import json

from streams.areas import AreaTree, load_areas
from streams.errors import ConfigError
from streams.records import Text2


def square(west: float, south: float, size: float = 0.02) -> dict[str, Any]:
    east, north = west + size, south + size
    # Clockwise on purpose: the loader has to turn it.
    ring = [[west, south], [west, north], [east, north], [east, south], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def area(
    area_id: str, kind: str, parent: str | None = None, geometry: object = None, **more: object
) -> dict[str, Any]:
    name = {"zh": f"区{area_id}", "en": f"Area {area_id}"}
    fields = {"area_id": area_id, "kind": kind, "name": name, **more}
    if parent is not None:
        fields["parent_id"] = parent
    return {"type": "Feature", "properties": fields, "geometry": geometry}


CITY = [
    area("99", "province"),
    area("9901", "city", "99"),
    area("990101", "county", "9901"),
    area("990102", "county", "9901"),
    area("s2", "station", "990101", square(100.02, 30.0)),
    area("s1", "station", "990101", square(100.0, 30.0)),
    area("s3", "station", "990102", square(100.0, 30.02)),
]


def write(folder: Path, features: object) -> Path:
    path = folder / "areas.geojson"
    path.write_bytes(json.encode({"type": "FeatureCollection", "features": features}))
    return path


@pytest.fixture
def tree(tmp_path: Path) -> AreaTree:
    return load_areas(write(tmp_path, CITY))


def locate(tree: AreaTree, *points: tuple[float, float]) -> list[str | None]:
    lat, lon = np.array(points, dtype=np.float64).T
    return tree.locate(lat, lon)


def test_chains_names_and_commands(tree: AreaTree) -> None:
    assert len(tree) == 7
    assert "s1" in tree
    assert "s9" not in tree
    assert tree.path("s3") == ["99", "9901", "990102", "s3"]
    assert tree.command_of("s3") == "990102"
    assert tree.command_of("990102") == "990102"
    assert tree.command_of("9901") == "unassigned"
    assert tree.name("s1") == Text2("区s1", "Area s1")


def test_the_empty_tree_lets_ids_stand() -> None:
    tree = AreaTree()
    assert len(tree) == 0
    assert "x" not in tree
    assert tree.path("x") == ["x"]
    assert tree.name("x") == Text2("x", "x")
    assert tree.command_of("x") == "unassigned"
    assert tree.locate(np.array([30.0]), np.array([100.0])) == [None]


def test_points_find_their_station(tree: AreaTree) -> None:
    assert locate(tree, (30.01, 100.01), (30.01, 100.03), (30.03, 100.01)) == ["s1", "s2", "s3"]


def test_a_shared_edge_belongs_to_the_lowest_id(tree: AreaTree) -> None:
    assert locate(tree, (30.01, 100.02), (30.02, 100.01), (30.02, 100.02)) == ["s1", "s1", "s1"]


def test_near_points_go_to_the_nearest_station(tree: AreaTree) -> None:
    """0.004 degrees are 445 m, 0.005 degrees are 557 m."""
    assert locate(tree, (29.996, 100.01), (29.995, 100.01)) == ["s1", None]


def test_a_point_of_unknown_system_must_lie_deep_inside(tmp_path: Path) -> None:
    wide = [area("c", "county"), area("s", "station", "c", square(100.0, 30.0, 0.1))]
    tree = load_areas(write(tmp_path, wide))
    lat, lon = np.array([30.05, 30.01, 29.999]), np.array([100.05, 100.05, 100.05])
    doubtful = np.array([True, True, True])
    assert tree.locate(lat, lon, doubtful) == ["s", None, None]
    assert tree.locate(lat, lon) == ["s", "s", "s"]


def test_what_is_no_point_is_nowhere(tree: AreaTree) -> None:
    assert locate(tree, (np.nan, 100.0), (30.01, 100.01)) == [None, "s1"]


def test_rings_are_turned_counter_clockwise(tree: AreaTree) -> None:
    found = tree.get("s1")
    assert found is not None
    assert found.geometry is not None
    (ring,) = found.geometry["coordinates"]
    steps = pairwise(ring)
    assert sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in steps) > 0


BOW_TIE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
OPEN = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1]]]}


@pytest.mark.parametrize(
    ("extra", "place", "cause"),
    [
        ([area("s9", "station", "99010")], "features[7] (s9)", "did you mean"),
        ([area("s9", "station", "zzzzzzzz")], "features[7] (s9)", "no area here"),
        ([area("s1", "station", "990101")], "features[7] (s1)", "stands 2 times"),
        ([area("c9", "county", "s1")], "features[7] (c9)", "cannot lie under the station"),
        ([area("p9", "province")], "features[7] (p9)", "one root"),
        ([area("a", "beat", "b"), area("b", "grid", "a")], "features[7] (a)", "a -> b -> a"),
        ([area("s9", "station", "990101", BOW_TIE)], "features[7] (s9)", "Self-intersection"),
        ([area("s9", "station", "990101", OPEN)], "features[7] (s9)", "cannot be read"),
        ([area("s9", "station", "990101", {"type": "Point"})], "features[7] (s9)", "no Polygon"),
        ([area("s9", "station", "990101", square(500, 0))], "features[7] (s9)", "the globe"),
        ([area("s9", "hut", "990101")], "features[7] (s9)", "$.kind"),
        ([{"type": "Feature"}], "features[7]", "properties"),
    ],
)
def test_faults_are_told_with_their_place(
    tmp_path: Path, extra: list[object], place: str, cause: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_areas(write(tmp_path, [*CITY, *extra]))
    assert any(place in line and cause in line for line in str(caught.value).splitlines())


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    bad = [area("s9", "station", "zz"), area("s8", "station", "990101", BOW_TIE), 3]
    with pytest.raises(ConfigError) as caught:
        load_areas(write(tmp_path, [*CITY, *bad]))
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"type":"FeatureCollection"}'])
def test_a_file_that_is_no_geojson(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "areas.geojson"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"areas\.geojson"):
        load_areas(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_areas(tmp_path / "none.geojson")


def test_levels_above_an_area(tree: AreaTree) -> None:
    assert tree.above("s1", "county") == "990101"
    assert tree.above("s1", "city") == "9901"
    assert tree.above("990101", "county") == "990101"
    assert tree.above("s1", "grid") == tree.above("nowhere", "city") == "unassigned"


def test_neighbours_touch_or_lie_within_200_m(tmp_path: Path) -> None:
    gap = 0.0015  # degrees of latitude: 167 m
    tree = load_areas(
        write(
            tmp_path,
            [
                *CITY,
                area("s4", "station", "990102", square(100.0, 30.04 + gap)),
                area("s5", "station", "990102", square(100.0, 30.06 + 3 * gap)),
                area("s6", "station", "990102"),
            ],
        )
    )
    assert tree.neighbours("s1") == ("s2", "s3")
    assert tree.neighbours("s4") == ("s3",)
    assert tree.neighbours("s5") == tree.neighbours("s6") == tree.neighbours("nowhere") == ()
    assert tree.nearest("s3", 8) == ("s4", "s5")
    assert tree.nearest("s1", 8) == ("s2",)
    assert tree.nearest("s3", 1) == ("s4",)
    assert tree.nearest("s6", 8) == tree.nearest("nowhere", 8) == ()
