"""A tick over areas of a file: a suggestion with its gaps, and what rests."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.coverage.redeployment import Units
from detectors.coverage.strength import add_up
from rules.coverage.model import CoverageModel
from rules.coverage.recent_moves import Pause
from streams.areas import AreaTree
from streams.records import Area, Text2

NOBODY = Pause(frozenset(), frozenset(), frozenset())
NAMES = [f"U{row}" for row in range(6)]


@pytest.fixture
def model():
    def station(name, column):
        west = 116.0 + column * 0.02
        ring = [[west, 40], [west + 0.02, 40], [west + 0.02, 40.02], [west, 40.02], [west, 40]]
        return Area(
            area_id=name,
            name=Text2(name, name),
            kind="station",
            population=9_000,
            min_units=1,
            geometry={"type": "Polygon", "coordinates": [ring]},
        )

    return CoverageModel(AreaTree([station("A", 0), station("B", 2)]), ["A", "B"])


def suggested(model, pause=NOBODY, names=NAMES):
    """Five cars in A and one in B, with as much to do in both."""
    area, every = np.array([0, 0, 0, 0, 0, 1]), np.ones(6, np.bool_)
    own = add_up(area, np.ones(6), every, every, 2)
    demand = model.demand(np.array([0.5, 0.9]), 40.0, np.zeros(2, np.bool_))
    assert demand.need.tolist() == [2, 3]
    return model.suggest(
        demand,
        own,
        Units(area, np.ones(6), every),
        np.array([0.75, 1.35]),
        name=names.__getitem__,
        pause=pause,
    )


def test_a_suggestion_names_unit_areas_and_gaps_before_and_after(model):
    first, second = suggested(model)
    assert (first.unit, first.giver, first.taker) == ("U0", "A", "B")
    assert (second.unit, second.row) == ("U1", 1)
    assert first.giver_gap == second.giver_gap == (-3.0, -1.0)
    assert first.taker_gap == (2.0, 0.0)
    assert first.gain > second.gain > 0
    assert first.minutes == pytest.approx(9.7, abs=0.1)


def test_of_equal_units_the_first_by_name_goes_whatever_the_order_of_rows(model):
    turned = suggested(model, names=["U4", "U3", "U2", "U1", "U0", "U5"])
    assert [(move.unit, move.row) for move in turned] == [("U0", 4), ("U1", 3)]


def test_codes_of_areas_that_are_not_judged_have_no_place(model):
    assert model.places(["B", "unknown", "A"]).tolist() == [1, -1, 0]


def test_units_and_areas_that_rest_are_left_alone(model):
    units = frozenset({"U0", "U2"})
    assert [move.unit for move in suggested(model, Pause(units, frozenset(), frozenset()))] == [
        *("U1", "U3"),
    ]
    assert not suggested(model, Pause(frozenset(), frozenset({"B"}), frozenset()))
    assert not suggested(model, Pause(frozenset(), frozenset(), frozenset({"A"})))
