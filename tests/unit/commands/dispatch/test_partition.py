"""Messages of a partition as attempts: together where they may, whole, and again what is left."""

from __future__ import annotations

import pytest
from msgspec import structs

from commands.dispatch.partition import Partition
from rules.language.routing import Rung
from rules.notify.outbox import Outbox
from rules.notify.router import Targets
from streams.areas import AreaTree
from tests.unit.rules.notify.alerts import NOON_MS, alert

HALL = "webhook:hall"
PLAIN = Targets(
    route="command",
    rungs=(Rung(0, (HALL,), (HALL,)),),
    reached=0,
    channels=(HALL,),
    commands=("station",),
    quiet=False,
    lifeline=False,
    languages=("zh", "en"),
)


@pytest.fixture
def partition() -> Partition:
    return Partition(3, Outbox(HALL, 0, AreaTree()))


def fill(partition, count, targets=PLAIN, first=0):
    for number in range(first, first + count):
        partition.outbox.take(number, alert(f"A{number}"), targets, NOON_MS)


def ids(pieces):
    return [piece.alert.id for piece in pieces]


def test_single_alerts_go_together_up_to_a_limit(partition):
    fill(partition, 5)
    assert ids(partition.batch(NOON_MS, 3)) == ["A0", "A1", "A2"]
    assert ids(partition.batch(NOON_MS, 3)) == ["A3", "A4"]


def test_what_was_not_taken_goes_first_the_next_time(partition):
    fill(partition, 4)
    pieces = partition.batch(NOON_MS, 2)
    partition.put_back(pieces[1:])
    assert partition.pending
    assert ids(partition.batch(NOON_MS, 1)) == ["A1"]
    assert ids(partition.batch(NOON_MS, 9)) == ["A2", "A3"]


def test_a_group_is_one_message_by_itself(partition):
    group = structs.replace(PLAIN, key=("K",), wait_ms=30_000)
    fill(partition, 3, group)
    assert ids(partition.batch(NOON_MS, 9)) == ["A0"]
    fill(partition, 1, first=3)
    later = NOON_MS + 60_000
    assert ids(partition.batch(later, 9)) == ["A3"]
    pieces = partition.batch(later, 1)
    assert ids(pieces) == ["A1", "A2"]
    assert [piece.last for piece in pieces] == [False, True]
    partition.put_back(pieces[1:])
    assert ids(partition.batch(later, 1)) == ["A2"]


def test_a_message_is_settled_as_a_whole(partition):
    fill(partition, 2)
    partition.arrived.update({0: NOON_MS, 1: NOON_MS})
    first, second = partition.batch(NOON_MS, 2)
    partition.settle(second.parcel)
    assert partition.outbox.position == 0
    partition.settle(first.parcel)
    assert partition.outbox.position == 2
    assert partition.arrived == {}
