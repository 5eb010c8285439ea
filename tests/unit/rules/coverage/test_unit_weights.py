"""Which units are strength, which are free, and which could be sent."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.coverage.redeployment import Limits
from rules.coverage.model import CoverageModel
from rules.coverage.unit_weights import UnitWeights
from rules.coverage.units_view import FRESH, LOST, STALE
from streams.intake import Source
from tests.core_cases import World, fix, small_city
from tests.unit.rules.coverage.units import HOUR_MS, NOW_MS, Unit, view

LIMITS = Limits()


def supplied(*units, **options):
    return UnitWeights(**options).supply(view(units, ["A"]), np.array([0]), 1, LIMITS)


@pytest.mark.parametrize(
    ("one", "total", "free", "mobile", "able"),
    [
        (Unit(), 1.0, 1.0, 1.0, True),
        (Unit(kind="motorcycle"), 0.8, 0.8, 0.8, True),
        (Unit(kind="foot"), 0.5, 0.5, 0.0, False),
        (Unit(kind="station_desk", status="on_duty"), 0.0, 0.0, 0.0, False),
        (Unit(status="on_scene"), 1.0, 0.0, 0.0, False),
        (Unit(assigned=True), 1.0, 0.0, 0.0, False),
        (Unit(status="busy_other"), 0.0, 0.0, 0.0, False),
        (Unit(status="break"), 0.0, 0.0, 0.0, False),
        (Unit(freshness=STALE), 0.5, 0.5, 0.5, False),
        (Unit(freshness=LOST), 0.0, 0.0, 0.0, False),
        (Unit(freshness=FRESH, leaving=True), 0.0, 0.0, 0.0, False),
        (Unit(shift_end=NOW_MS + HOUR_MS - 1), 1.0, 1.0, 1.0, False),
        (Unit(shift_end=0), 1.0, 1.0, 1.0, True),
    ],
)
def test_a_unit_counts_by_what_it_is_and_does(one, total, free, mobile, able):
    found = supplied(one)
    assert [column[0] for column in found.own] == [total, free, mobile]
    assert found.units.movable.tolist() == [able]


def test_a_rule_may_count_some_kinds_and_take_others_for_free():
    both = Unit(), Unit(kind="motorcycle")
    assert supplied(*both, counted=["patrol_car"]).own.total[0] == 1.0
    assert supplied(Unit(status="busy_other"), free=["busy_other"]).own.free[0] == 1.0


def test_units_on_the_log_are_strength_where_they_stand():
    world = World(areas=small_city(), partitions=3, lateness_min=2)
    positions = Source("positions", 0, 1, "positions")
    world.feed([fix(1, 0), fix(2, 0, status="on_scene"), fix(3, 0, lon=100.015)], positions)
    world.close(1, [Source("incidents", 0, 1), positions])
    found = world.watches[1].presence.view()
    model = CoverageModel(small_city(), ["B", "A"])
    own, units, *_ = UnitWeights().supply(found, model.places(found.areas), 2, model.limits)
    assert own.total.tolist() == [1.0, 2.0]
    assert own.free.tolist() == [1.0, 1.0]
    assert sorted(units.area.tolist()) == [0, 1, 1]
