"""Counts of linked calls: calls and incidents by tick, whatever the order in which calls come."""

from __future__ import annotations

import numpy as np
import pytest

from rules.linked_counts import LinkedCounts
from rules.same_type import UNKNOWN_TYPE

MINUTE = 60_000
Call = tuple[float, int, int, bool]
"""Minute, area column, place, linked by the seat."""


def filled(*calls: Call, within: int = 30, by_type: int = 0, types: str = "") -> LinkedCounts:
    """types: a digit a call, `-` for unknown; all are unknown without."""
    counts = LinkedCounts(within * MINUTE, by_type * MINUTE)
    kinds = [-1 if kind == "-" else int(kind) for kind in types or "-" * len(calls)]
    for (minute, column, place, linked), kind in zip(calls, kinds, strict=True):
        time = np.array([round(minute * MINUTE)], dtype=np.int64)
        counts.add(
            time // MINUTE,
            np.array([column]),
            time,
            np.array([place]),
            np.zeros(1, dtype=np.int64),
            np.array([linked]),
            np.array([kind]),
        )
    return counts


def taken(counts: LinkedCounts, first: int, end: int, areas: int = 1) -> list[list[list[int]]]:
    return [found.tolist() for found in counts.take(first, end, areas)]


def test_calls_about_one_place_are_one_incident() -> None:
    counts = filled((0.1, 0, 7, False), (0.2, 0, 7, False), (0.3, 0, 8, False), (2, 0, 7, False))
    assert taken(counts, 0, 3) == [[[2], [0], [0]], [[3], [0], [1]]]
    assert taken(counts, 3, 4) == [[[0]], [[0]]]


def test_the_order_of_arrival_does_not_matter() -> None:
    calls = [(4, 0, 7, False), (0.5, 0, 7, False), (0.1, 1, 7, False), (2, 0, -1, False)]
    for cut in range(5):
        counts = filled(*calls[cut:], *calls[:cut])
        assert counts.earliest() == 0
        assert counts.snapshot() == filled(*calls).snapshot()
        assert taken(counts, 0, 5, 2)[0] == [[1, 1], [0, 0], [1, 0], [0, 0], [0, 0]]


def test_a_chain_goes_over_the_ticks_that_were_taken_and_over_a_restart() -> None:
    counts = filled((0, 0, 7, False), (29, 0, 7, False), (58, 0, 7, False), (89, 0, 7, False))
    assert [r[0] for r in taken(counts, 0, 30)[0]].count(1) == 1
    again = LinkedCounts(30 * MINUTE)
    again.restore(counts.snapshot())
    for rest in (counts, again):
        assert [i for i, (n,) in enumerate(taken(rest, 30, 90)[0]) if n] == [59]


def test_areas_are_linked_each_by_itself() -> None:
    assert taken(filled((0, 0, 7, False), (1, 1, 7, False)), 0, 2, 2)[0] == [[1, 0], [0, 1]]


@pytest.mark.parametrize(("place", "incidents"), [(7, 1), (-1, 2)])
def test_what_the_seat_linked_is_a_repeat(place: int, incidents: int) -> None:
    counts = filled((0, 0, place, False), (0.1, 0, place, True), (0.2, 0, place, False))
    assert taken(counts, 0, 1) == [[[incidents]], [[3]]]


def test_a_place_that_begins_with_a_linked_call_has_no_incident_here() -> None:
    assert taken(filled((0, 0, 7, True), (0.1, 0, 7, False)), 0, 1) == [[[0]], [[2]]]


def test_a_crowd_of_calls_takes_no_more_room_than_one() -> None:
    one = filled((0, 0, 7, False), (0.9, 0, 7, False))
    crowd = filled(*((n / 1000, 0, 7, False) for n in range(901)))
    assert {k: len(v) for k, v in one.snapshot().items()} == {
        k: len(v) for k, v in crowd.snapshot().items()
    }


def test_late_calls_are_linked_to_what_is_known_and_what_comes_to_them() -> None:
    counts = filled((10, 0, 7, False), (55, 0, 8, False))
    taken(counts, 0, 50)

    def repeat(minute: float, place: int) -> bool:
        one = np.zeros(1, dtype=np.int64)
        time = np.array([round(minute * MINUTE)], dtype=np.int64)
        alone = np.zeros(1, dtype=np.bool_), np.full(1, UNKNOWN_TYPE)
        return bool(counts.mark_late(one, time, np.array([place]), one, *alone)[0])

    assert repeat(2, 7)
    assert not repeat(30, 8)
    assert repeat(25, 8)
    assert not repeat(30, -1)
    assert taken(counts, 50, 60)[0][5] == [0]


def test_an_event_that_desks_put_at_several_places_is_one_incident_by_its_type() -> None:
    calls = [(0, 0, 7, False), (0.5, 0, 8, False), (1.5, 0, 9, False), (1.6, 1, 9, False)]
    assert taken(filled(*calls, types="3333"), 0, 2, 2)[0] == [[2, 0], [1, 1]]
    assert taken(filled(*calls, types="3333", by_type=2), 0, 2, 2)[0] == [[1, 0], [0, 1]]
    assert taken(filled(*calls, types="3435", by_type=2), 0, 2, 2)[0] == [[2, 0], [0, 1]]
    assert taken(filled(*calls, by_type=2), 0, 2, 2)[0] == [[2, 0], [1, 1]]


def test_by_type_it_does_not_take_a_place_nor_the_order_of_arrival() -> None:
    calls = [(0.1, 0, -1, False), (0.2, 0, -1, False), (0.9, 0, 7, False), (3, 0, -1, False)]
    for cut in range(4):
        kinds = "33-3"[cut:] + "33-3"[:cut]
        counts = filled(*calls[cut:], *calls[:cut], types=kinds, by_type=2)
        assert counts.snapshot() == filled(*calls, types="33-3", by_type=2).snapshot()
        assert [row[0] for row in taken(counts, 0, 4)[0]] == [2, 0, 0, 1]


def test_a_riot_all_over_an_area_is_counted_every_two_minutes_over_restarts() -> None:
    calls = [(minute / 2, 0, minute, False) for minute in range(40)]
    counts = filled(*calls, types="3" * 40, by_type=2)
    found = taken(counts, 0, 7)[0]
    again = LinkedCounts(30 * MINUTE, 2 * MINUTE)
    again.restore(counts.snapshot())
    found += taken(again, 7, 20)[0]
    assert sum(row[0] for row in found) == 8
