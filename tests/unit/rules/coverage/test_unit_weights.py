"""Which units are strength, which are free, and which could be sent."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec import Struct

from detectors.coverage.redeployment import Limits
from rules.coverage.unit_weights import UnitWeights

KINDS = ["patrol_car", "motorcycle", "foot", "station_desk"]
STATUSES = ["on_duty", "patrol", "en_route", "on_scene", "busy_other", "break", "off"]
NOW = 1_800_000_000_000
HOUR = 3_600_000


class Rows(Struct):
    area: np.ndarray
    kind: np.ndarray
    status: np.ndarray
    freshness: np.ndarray
    assigned: np.ndarray
    leaving: np.ndarray
    shift_end: np.ndarray


def rows(*units):
    """(kind, status, freshness, assigned, leaving, shift_end) each, all in area 0."""
    kind, status, freshness, assigned, leaving, end = zip(*units, strict=True)
    return Rows(
        np.zeros(len(units), np.int32),
        np.array([KINDS.index(word) for word in kind], np.uint8),
        np.array([STATUSES.index(word) for word in status], np.uint8),
        np.array(freshness, np.uint8),
        np.array(assigned),
        np.array(leaving),
        np.array(end, np.int64),
    )


def unit(
    kind="patrol_car",
    status="patrol",
    freshness=0,
    assigned=False,
    leaving=False,
    end=NOW + 2 * HOUR,
):
    return kind, status, freshness, assigned, leaving, end


def supplied(*units, **options):
    weights = UnitWeights(KINDS, STATUSES, **options)
    return weights.supply(rows(*units), np.array([0]), 1, NOW, Limits())


@pytest.mark.parametrize(
    ("one", "total", "free", "mobile", "able"),
    [
        (unit(), 1.0, 1.0, 1.0, True),
        (unit(kind="motorcycle"), 0.8, 0.8, 0.8, True),
        (unit(kind="foot"), 0.5, 0.5, 0.0, False),
        (unit(kind="station_desk", status="on_duty"), 0.0, 0.0, 0.0, False),
        (unit(status="on_scene"), 1.0, 0.0, 0.0, False),
        (unit(assigned=True), 1.0, 0.0, 0.0, False),
        (unit(status="busy_other"), 0.0, 0.0, 0.0, False),
        (unit(status="break"), 0.0, 0.0, 0.0, False),
        (unit(freshness=1), 0.5, 0.5, 0.5, False),
        (unit(freshness=2), 0.0, 0.0, 0.0, False),
        (unit(leaving=True), 0.0, 0.0, 0.0, False),
        (unit(end=NOW + HOUR - 1), 1.0, 1.0, 1.0, False),
        (unit(end=0), 1.0, 1.0, 1.0, True),
    ],
)
def test_a_unit_counts_by_what_it_is_and_does(one, total, free, mobile, able):
    found = supplied(one)
    assert [column[0] for column in found.own] == [total, free, mobile]
    assert found.units.movable.tolist() == [able]


def test_a_rule_may_count_some_kinds_and_take_others_for_free():
    both = unit(), unit(kind="motorcycle")
    assert supplied(*both, counted=["patrol_car"]).own.total[0] == 1.0
    assert supplied(unit(status="busy_other"), free=["busy_other"]).own.free[0] == 1.0
