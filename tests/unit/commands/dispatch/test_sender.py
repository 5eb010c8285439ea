"""Attempts of a channel: what is settled, what goes back, when the receiver is left alone."""

from __future__ import annotations

import logging
from contextlib import nullcontext

import pytest

from commands.dispatch.letters import Letters
from commands.dispatch.partition import Partition
from commands.dispatch.sender import Sender
from rules.notify.outbox import Outbox
from sinks.base import Rejected, Retryable
from sinks.metrics import Metrics
from streams.areas import AreaTree
from streams.errors import ConfigError
from streams.settings import Settings
from tests.unit.commands.dispatch.test_partition import HALL, fill
from tests.unit.rules.notify.alerts import NOON_MS


class Taking:
    """Takes alerts, or raises what it is told, one after the other."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.taken: list[str] = []
        self.opened = 0

    def __call__(self):
        self.opened += 1
        return nullcontext(self)

    def send(self, alerts):
        error = self.errors.pop(0) if self.errors else None
        done = getattr(error, "done", len(alerts))
        self.taken += [alert.id for alert in alerts[:done]]
        if error is not None:
            raise error


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def partition() -> Partition:
    return Partition(0, Outbox(HALL, 0, AreaTree()))


def sender(opener, metrics) -> Sender:
    return Sender(HALL, opener, Letters(Settings(), HALL, metrics), metrics)


def series(metrics) -> dict[str, float]:
    lines = metrics.render()[0].decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if line.startswith("watchfloor_deliveries_t"))
    return {name.partition('outcome="')[2].partition('"')[0]: float(n) for name, _, n in pairs}


def drain(one, partition):
    while one.send(partition, NOON_MS):
        pass


def test_all_that_is_due_goes_in_growing_attempts(metrics, partition):
    sink = Taking()
    fill(partition, 7)
    drain(sender(sink, metrics), partition)
    assert sink.taken == [f"A{number}" for number in range(7)]
    assert (partition.outbox.position, partition.backlog, sink.opened) == (7, 0, 1)
    assert series(metrics) == {"delivered": 7.0}


def test_what_fails_goes_back_and_the_receiver_is_left_alone(metrics, partition):
    sink = Taking(Retryable("busy", 30.0))
    fill(partition, 2)
    one = sender(sink, metrics)
    assert not one.send(partition, NOON_MS)
    assert 29 < one.wait_s() <= 30
    assert (partition.outbox.position, partition.backlog) == (0, 2)
    drain(one, partition)
    assert sink.taken[-2:] == ["A0", "A1"]
    assert partition.outbox.position == 2


def test_what_is_refused_is_settled_and_the_rest_goes_on(metrics, partition, caplog):
    sink = Taking(Rejected("no", done=0, count=1))
    fill(partition, 3)
    with caplog.at_level(logging.ERROR):
        drain(sender(sink, metrics), partition)
    assert sink.taken == ["A1", "A2"]
    assert partition.outbox.position == 3
    assert series(metrics) == {"rejected": 1.0, "delivered": 2.0}
    assert "refused (no)" in caplog.text  # no broker here: at least our own log says it


def test_what_was_taken_of_an_attempt_is_not_sent_again(metrics, partition):
    sink = Taking()
    fill(partition, 1)
    one = sender(sink, metrics)
    drain(one, partition)
    fill(partition, 2, first=1)
    sink.errors.append(Retryable("cut off", done=1))
    assert not one.send(partition, NOON_MS)
    drain(one, partition)
    assert sink.taken == ["A0", "A1", "A2"]


def test_after_some_failures_the_sink_is_opened_anew(metrics, partition):
    sink = Taking(*[Retryable("away") for _ in range(5)])
    fill(partition, 1)
    one = sender(sink, metrics)
    for _ in range(5):
        assert not one.send(partition, NOON_MS)
    assert one.wait_s() > 1
    drain(one, partition)
    assert (sink.opened, sink.taken[-1]) == (2, "A0")


def test_a_channel_that_a_person_has_to_put_right_says_so_and_waits(metrics, partition, caplog):
    def opener():
        raise ConfigError("the secret env:KEY is not there")

    fill(partition, 1)
    one = sender(opener, metrics)
    with caplog.at_level(logging.WARNING):
        assert not one.send(partition, NOON_MS)
        assert not one.send(partition, NOON_MS)
    assert caplog.text.count("env:KEY") == 1
    assert one.wait_s() > 10
    assert partition.backlog == 1
