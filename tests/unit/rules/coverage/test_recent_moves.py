"""What was suggested lately rests: units, givers and takers, for half an hour of event time."""

from __future__ import annotations

from msgspec import msgpack

from rules.coverage.recent_moves import RecentMoves

MINUTE = 60_000


def test_for_half_an_hour_nothing_is_repeated_or_turned_round():
    recent = RecentMoves()
    recent.remember(0, "U7", "A", "B")
    recent.remember(10 * MINUTE, "U8", "A", "C")
    pause = recent.pause(30 * MINUTE - 1)
    assert pause.units == {"U7", "U8"}
    assert (set(pause.givers), set(pause.takers)) == ({"A"}, {"B", "C"})
    assert recent.pause(30 * MINUTE).units == {"U8"}
    assert recent.pause(40 * MINUTE).units == frozenset()


def test_a_snapshot_holds_what_rests_and_nothing_older():
    recent, again = RecentMoves(), RecentMoves()
    for minute in range(1000):
        recent.remember(minute * MINUTE, f"U{minute}", "A", "B")
        recent.pause(minute * MINUTE)
    state = msgpack.encode(recent.snapshot())
    assert len(recent.snapshot()) == 30
    again.restore(msgpack.decode(state))
    assert again.pause(1000 * MINUTE) == recent.pause(1000 * MINUTE)
    assert again.snapshot() == recent.snapshot()
