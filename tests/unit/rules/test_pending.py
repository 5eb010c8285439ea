"""Open ticks: sparse counts that come out dense, whatever their order."""

from __future__ import annotations

import numpy as np

from rules.pending import PendingCounts


def filled(rows: list[tuple[int, int]]) -> PendingCounts:
    pending = PendingCounts()
    for tick, column in rows:
        pending.add(np.array([tick]), np.array([column]))
    return pending


def test_counts_come_out_once_and_in_place() -> None:
    pending = filled([(7, 1), (5, 0), (7, 1), (9, 2)])
    assert pending.earliest() == 5
    assert pending.take(5, 8, 3).tolist() == [[1, 0, 0], [0, 0, 0], [0, 2, 0]]
    assert pending.take(8, 10, 3).tolist() == [[0, 0, 0], [0, 0, 1]]
    assert pending.earliest() is None


def test_order_and_snapshot_do_not_matter() -> None:
    rows = [(3, 0), (1, 2), (3, 0), (2, 1)]
    one, other = filled(rows), filled(rows[::-1])
    assert one.snapshot() == other.snapshot()
    restored = PendingCounts()
    restored.restore(one.snapshot())
    restored.add(np.array([3]), np.array([0]))
    assert restored.take(1, 4, 3).tolist() == [[0, 0, 1], [0, 1, 0], [3, 0, 0]]


def test_many_events_of_few_cells_take_little_room() -> None:
    pending = PendingCounts()
    for _ in range(50):
        pending.add(np.full(10_000, 5), np.arange(10_000) % 4)
    assert len(pending.snapshot()["keys"]) == 4 * 8
    assert pending.take(5, 6, 4).tolist() == [[125_000] * 4]
