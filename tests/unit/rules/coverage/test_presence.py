"""Unit presence: the newest fix wins by event time, ages by event time, and what is forgotten."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.coverage.redeployment import Limits
from rules.coverage.presence import Presence
from rules.coverage.unit_weights import UnitWeights
from rules.coverage.units_view import FRESH, LOST, STALE, UnitsView
from streams.clock import tick_of
from streams.intake import Source
from streams.unit_rows import STATUSES
from tests.core_cases import FAR, START_MS, World, fix, report, small_city

UNITS = Source("positions", 0, 1, "positions")
CALLS = Source("incidents", 0, 1)
TICK = tick_of(START_MS)
SOUTH_EAST = {"lat": 30.005, "lon": 100.035}  # station D, the other county


@pytest.fixture
def world() -> World:
    return World(areas=small_city(), partitions=3, lateness_min=2)


def at(world: World, minute: float) -> None:
    """Event time of incidents and positions passes a minute after the start."""
    world.close(minute - 0.01, [CALLS, UNITS])


def here(view: UnitsView) -> dict[str, str]:
    return {view.name(row): view.areas[view.area[row]] for row in range(len(view.index))}


def everywhere(world: World) -> dict[str, str]:
    found: dict[str, str] = {}
    for watch in world.watches:
        mine = here(watch.presence.view())
        assert not found.keys() & mine.keys(), "a unit is in two partitions"
        found |= mine
    return found


def only(world: World) -> UnitsView:
    """The view of the partition of station A."""
    return world.watches[1].presence.view()


def test_a_unit_is_where_its_newest_fix_was(world: World) -> None:
    world.feed([fix(1, 0), fix(2, 0, **SOUTH_EAST), fix(1, 1, lon=100.015)], UNITS)
    at(world, 2)
    assert everywhere(world) == {"U1": "B", "U2": "D"}


def test_state_at_a_tick_is_made_of_the_fixes_before_it(world: World) -> None:
    world.feed([fix(1, 0.5), fix(1, 1.5, lon=100.015), fix(1, 2.5, status="off")], UNITS)
    presence = world.watches[1].presence
    presence.seal(START_MS + 3 * 60_000)
    found = []
    for tick in (1, 2, 3):
        presence.settle(TICK + tick)
        found.append(here(presence.view()))
    assert found == [{"U1": "A"}, {"U1": "B"}, {}]


def test_a_crossing_moves_a_unit_between_partitions(world: World) -> None:
    world.feed([fix(1, 0)], UNITS)
    at(world, 1)
    assert [len(w.presence.view().index) for w in world.watches] == [0, 1, 0]
    world.feed([fix(1, 5, **SOUTH_EAST)], UNITS)
    at(world, 6)
    assert [len(w.presence.view().index) for w in world.watches] == [0, 0, 1]
    assert [len(w.presence) for w in world.watches] == [0, 0, 1]


def test_after_a_restart_of_intake_a_unit_that_moved_meanwhile_is_in_one_place(
    world: World,
) -> None:
    world.feed([fix(1, 0)], UNITS)
    at(world, 1)
    world.intake.resume(UNITS, world.intake.progress(UNITS))
    world.feed([fix(1, 5, **SOUTH_EAST)], UNITS)
    at(world, 6)
    assert everywhere(world) == {"U1": "D"}


@pytest.mark.parametrize(
    ("minute", "freshness"), [(1, FRESH), (5, FRESH), (6, STALE), (15, STALE), (16, LOST)]
)
def test_a_silent_unit_is_stale_and_then_lost(world: World, minute: int, freshness: int) -> None:
    world.feed([fix(1, 0.5)], UNITS)
    at(world, minute)
    assert only(world).freshness.tolist() == [freshness]


def test_ages_may_be_other_ones(world: World) -> None:
    world.feed([fix(1, 0.5)], UNITS)
    at(world, 3)
    view = world.watches[1].presence.view(fresh=1, unknown_after=2)
    assert view.freshness.tolist() == [LOST]


def test_a_silent_feed_of_positions_lets_event_time_pass(world: World) -> None:
    world.feed([fix(1, 0)], UNITS)
    world.feed([report(1, 30)], CALLS)
    assert only(world).tick < TICK + 28
    for partition, mark in world.intake.idle_mark(UNITS, clock=FAR).items():
        world.watches[partition].step(mark)
    assert only(world).tick == TICK + 28
    assert only(world).freshness.tolist() == [LOST]


def test_positions_hold_no_tick_of_incidents_back(world: World) -> None:
    world.feed([fix(1, 0)], UNITS)
    world.feed([report(1, 30)], CALLS)
    assert {watch.watermark() for watch in world.watches} == {(TICK + 28) * 60_000}


def test_shift_end_is_the_handover(world: World) -> None:
    world.feed(
        [fix(1, 0, shift_end="2026-03-02T08:02:00Z"), fix(2, 0, shift_end="2026-03-02T16:00:00Z")],
        UNITS,
    )
    at(world, 1)
    assert only(world).leaving.tolist() == [False, False]
    at(world, 2)
    view = only(world)
    assert {view.name(row): bool(view.leaving[row]) for row in (0, 1)} == {"U1": True, "U2": False}


def test_strength_is_made_of_a_view_as_it_is(world: World) -> None:
    world.feed([fix(status, 0, status=status) for status in STATUSES], UNITS)
    world.feed([fix("busy", 0, incident_id="J1"), fix("near", 0, lon=100.015)], UNITS)
    at(world, 1)
    view = only(world)
    place = np.arange(len(view.areas))
    supplied = UnitWeights().supply(view, place, len(place), Limits())
    free = {view.name(row) for row in np.flatnonzero(supplied.units.movable).tolist()}
    assert free == {"Uon_duty", "Upatrol", "Unear"}
    assert dict(zip(view.areas, supplied.own.total.tolist(), strict=True)) == {"A": 5.0, "B": 1.0}


def test_units_by_status_tell_the_silent_ones_apart(world: World) -> None:
    world.feed([fix(1, 0), fix(2, 0, status="break"), fix(3, 0, status="off")], UNITS)
    at(world, 1)
    told = {status: count for status, count in only(world).by_status().items() if count}
    assert told == {"patrol": 1, "break": 1}
    at(world, 7)
    assert only(world).by_status()["stale"] == 2
    assert set(only(world).by_status()) == (set(STATUSES) - {"off"}) | {"stale", "lost"}


def test_the_newest_fixes_show_at_once(world: World) -> None:
    world.feed([fix(1, 0)], UNITS)
    at(world, 1)
    world.feed([fix(1, 1.5, lon=100.015, status="en_route"), fix(2, 1.5)], UNITS)
    presence = world.watches[1].presence
    assert here(presence.view()) == {"U1": "A"}
    assert here(presence.latest(TICK + 2)) == {"U1": "B", "U2": "A"}
    assert presence.latest(TICK + 30).freshness.tolist() == [LOST, LOST]
    assert here(presence.view()) == {"U1": "A"}


def test_lost_units_are_forgotten_after_a_day(world: World) -> None:
    world.feed([fix(1, 0), fix(2, 0)], UNITS)
    at(world, 24 * 60)
    assert everywhere(world) == {"U1": "A", "U2": "A"}
    world.feed([fix(2, 24 * 60)], UNITS)
    at(world, 25 * 60 + 1)
    assert everywhere(world) == {"U2": "A"}
    assert len(world.watches[1].presence) == 1
    world.feed([fix(3, 25 * 60 + 2)], UNITS)
    at(world, 25 * 60 + 3)
    assert everywhere(world) == {"U2": "A", "U3": "A"}


def test_waiting_rows_are_bounded_while_event_time_stands() -> None:
    world = World(areas=small_city(), lateness_min=2)
    presence = world.watches[0].presence
    for minute in range(0, 900, 3):
        rows = [fix(n, minute + m) for m in range(3) for n in range(100)]
        world.feed(rows, UNITS)
    assert presence._count < 70_000
    assert sum(len(part) for parts in presence._waiting.values() for part in parts) == (
        presence._count
    )
    at(world, 900)
    assert len(everywhere(world)) == 100
    assert (world.watches[0].presence.view().age == 0).all()


def test_a_unit_that_was_never_here_cannot_leave() -> None:
    world = World(areas=small_city(), partitions=3)
    world.feed([fix(1, 0), fix(2, 0, status="off")], UNITS)
    assert [len(watch.presence) for watch in world.watches] == [0, 1, 0]
    empty = Presence()
    assert empty.view().index.size == 0
    assert empty.latest(5).by_status()["lost"] == 0
