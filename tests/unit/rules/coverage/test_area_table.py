"""Areas as columns and their neighbours: from the area file, with the gaps it has."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.coverage.travel import TravelModel
from rules.coverage.area_checks import remarks_on_areas, stations_of
from rules.coverage.area_table import area_table, neighbours
from streams.areas import AreaTree
from streams.records import Area, Text2

MODEL = TravelModel()
SIDE = 0.02  # degrees: 2.2 km from south to north


def station(name, row, column, **fields):
    west, south = 116.0 + column * SIDE, 40.0 + row * SIDE
    ring = [[west, south], [west + SIDE, south], [west + SIDE, south + SIDE], [west, south + SIDE]]
    known = {
        "population": 9_000,
        "min_units": 2,
        "parent_id": "110101",
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
    return Area(area_id=name, name=Text2(name, name), kind="station", **{**known, **fields})


def tree(*stations):
    return AreaTree([Area(area_id="110101", name=Text2("县", "County"), kind="county"), *stations])


def row_of(count):
    return [station(f"S{column}", 0, column) for column in range(count)]


def test_columns_come_from_the_file_and_from_outlines():
    areas = tree(station("A", 0, 0), station("B", 0, 1, area_km2=9.0, population=20_000))
    table = area_table(areas, ["B", "A", "elsewhere"])
    assert table.km2[:2] == pytest.approx([9.0, 3.79], abs=0.01)
    assert np.isnan(table.km2[2])
    assert table.place.tolist() == [0, 0, 1]
    assert table.minimum.tolist() == [2, 2, 0]
    assert table.lat[:2] == pytest.approx([40.01, 40.01])


def test_neighbours_are_those_within_reach_nearest_first():
    table = area_table(tree(*row_of(8)), [f"S{column}" for column in range(8)])
    pairs = neighbours(table, MODEL, limit_min=10.0)
    step = 60 * 1.3 / 27.5 * SIDE * 111.195 * np.cos(np.radians(40.01))
    to_first = pairs.taker == 0
    assert pairs.giver[to_first].tolist() == [1, 2]
    assert pairs.minutes[to_first] == pytest.approx([step, 2 * step], rel=1e-6)
    assert sorted(zip(pairs.giver, pairs.taker, strict=True)) == sorted(
        zip(pairs.taker, pairs.giver, strict=True)
    )


def test_of_many_neighbours_the_nearest_are_kept():
    ids = [f"S{row}-{column}" for row in range(9) for column in range(9)]
    grid = tree(
        *(station(f"S{row}-{column}", row, column) for row in range(9) for column in range(9))
    )
    pairs = neighbours(area_table(grid, ids), MODEL, limit_min=60.0)
    assert np.bincount(pairs.taker).tolist() == [24] * 81
    assert set(pairs.giver[pairs.taker == 40]) >= {31, 39, 41, 49}


def test_a_road_engine_can_take_the_place_of_straight_lines():
    class River:
        """No bridge between the first and the second area."""

        def minutes(self, giver, taker):
            return np.where((giver + taker) == 1, 99.0, 4.0)

    table = area_table(tree(*row_of(3)), ["S0", "S1", "S2"])
    pairs = neighbours(table, MODEL, limit_min=15.0, roads=River())
    assert sorted(zip(pairs.giver.tolist(), pairs.taker.tolist(), strict=True)) == [
        *((0, 2), (1, 2)),
        *((2, 0), (2, 1)),
    ]


def test_areas_without_outlines_have_no_neighbours():
    bare = tree(station("A", 0, 0, geometry=None), station("B", 0, 1, geometry=None))
    assert neighbours(area_table(bare, ["A", "B"]), MODEL, limit_min=15.0).giver.size == 0


def test_a_whole_file_has_no_remarks():
    assert remarks_on_areas(tree(*row_of(3)), MODEL, 15.0) == []


@pytest.mark.parametrize(
    ("fields", "lacks"),
    [
        ({"min_units": None}, ["min_units"]),
        ({"population": None}, ["population"]),
        ({"geometry": None, "area_km2": 4.0}, ["geometry"]),
        ({"geometry": None}, ["geometry", "area_km2"]),
        ({"area_km2": 90.0, "population": 200_000}, ["size", "travel"]),
        ({"area_km2": 2.0}, ["size"]),
    ],
)
def test_what_an_area_lacks_is_told_in_a_sentence(fields, lacks):
    areas = tree(*row_of(3), station("X", 0, 3, **fields))
    remarks = remarks_on_areas(areas, MODEL, 15.0)
    assert [(remark.area, remark.lacks) for remark in remarks] == [("X", lack) for lack in lacks]
    assert all("; " in remark.message for remark in remarks), "each has its remedy"


def test_a_station_that_nobody_owns_or_reaches_is_told():
    far = station("far", 90, 0)
    assert [r.lacks for r in remarks_on_areas(tree(*row_of(2), far), MODEL, 15.0)] == ["neighbours"]
    orphan = AreaTree([*(station(f"S{n}", 0, n, parent_id=None) for n in range(2))])
    assert [r.lacks for r in remarks_on_areas(orphan, MODEL, 15.0)] == ["command", "command"]
    assert len(stations_of(orphan)) == 2
