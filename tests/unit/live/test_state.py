"""The `state` topic's records: parts, slots, torn writes, zombies, foreign bytes."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.intake import Progress
from streams.live.state import Snapshot, StateView, Told, cut, progress_record

Records = list[tuple[bytes, bytes]]


def _snapshot(next_offset: int, blob: bytes = b"state") -> Snapshot:
    return Snapshot(partition=2, next_offset=next_offset, totals={"accepted": 5}, blob=blob)


def _read(*writes: Records) -> StateView:
    view = StateView()
    for write in writes:
        for key, value in write:
            view.add(key, value)
    return view


def _compacted(records: Records) -> Records:
    """As a compacted topic would keep them: the newest of each key."""
    newest = {key: number for number, (key, _) in enumerate(records)}
    return [record for number, record in enumerate(records) if newest[record[0]] == number]


@given(blob=st.binary(max_size=300), size=st.integers(1, 100))
def test_a_snapshot_comes_back_whatever_the_size_of_its_parts(blob, size):
    snapshot = _snapshot(7, blob)
    records = list(cut(snapshot, writer="w", generation=1, epoch=1, size=size))
    assert len(records) == max(-(-len(blob) // size), 1)
    assert _read(records).snapshots == {2: snapshot}


def test_a_crash_in_mid_write_leaves_the_older_snapshot_whole():
    older = list(cut(_snapshot(10, b"a" * 30), writer="w", generation=1, epoch=1, size=10))
    newer = list(cut(_snapshot(20, b"b" * 30), writer="w", generation=1, epoch=2, size=10))
    for written in range(3):
        view = _read(_compacted(older + newer[:written]))
        assert view.snapshots[2].next_offset == 10
    assert _read(_compacted(older + newer)).snapshots[2].next_offset == 20


def test_a_crash_over_the_third_snapshot_leaves_the_second():
    writes = [
        list(cut(_snapshot(n * 10, bytes([n]) * 30), writer="w", generation=1, epoch=n, size=10))
        for n in (1, 2, 3)
    ]
    view = _read(_compacted(writes[0] + writes[1] + writes[2][:2]))
    assert view.snapshots[2] == _snapshot(20, bytes([2]) * 30)


def test_parts_of_two_writers_in_one_slot_never_mix():
    one = list(cut(_snapshot(10, b"a" * 20), writer="v", generation=1, epoch=1, size=10))
    two = list(cut(_snapshot(10, b"b" * 20), writer="w", generation=1, epoch=1, size=10))
    assert _read([one[0], two[1]]).snapshots == {}


def test_a_zombies_late_snapshot_cannot_tear_its_successors():
    mine = list(cut(_snapshot(30, b"m" * 30), writer="new", generation=6, epoch=1, size=10))
    late = list(cut(_snapshot(25, b"z" * 30), writer="old", generation=5, epoch=9, size=10))
    mixed = [mine[0], late[0], mine[1], late[1], mine[2], late[2]]
    assert _read(_compacted(mixed)).snapshots[2].next_offset == 30


def test_progress_comes_back_and_the_furthest_wins():
    near, far = Progress(10, 5, 6), Progress(20, 7, 8)
    view = _read(
        [progress_record("incidents", 3, far)],
        [progress_record("incidents", 3, near)],
        [progress_record("positions", 3, near)],
    )
    assert view.progress == {("incidents", 3): far, ("positions", 3): near}


@given(key=st.one_of(st.none(), st.binary(max_size=20)), value=st.binary(max_size=40))
def test_foreign_records_are_counted_not_raised(key, value):
    view = StateView()
    for name in (key, b"intake/incidents/x", b"watch/1", b"watch/1/0/0", b"other/1"):
        view.add(name, value)
    view.add(b"watch/1/0/0", None)
    assert view.foreign == 5
    assert not view.snapshots


def test_what_was_told_of_rules_comes_back_and_older_snapshots_know_nothing_of_it():
    told = Told("sha256:b", 12, 70, "heat.yaml:1:1: error")
    snapshot = msgspec.structs.replace(_snapshot(9, bytes(30)), told=told)
    records = list(cut(snapshot, writer="w", generation=1, epoch=1, size=10))
    assert _read(records).snapshots == {2: snapshot}
    older = [(key, msgspec.msgpack.encode(msgspec.msgpack.decode(v)[:-1])) for key, v in records]
    assert _read(older).snapshots == {2: msgspec.structs.replace(snapshot, told=None)}
