"""When a receiver is tried again: jitter within bounds, what it asks for, open and half open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.dispatch.circuit import COOL_S, LONGEST_S, OBEYED_S, OPENS_AFTER, SHORTEST_S, Circuit


def failed(times, chance=0.5, now=0.0):
    circuit = Circuit()
    for _ in range(times):
        circuit.failed(now, chance)
    return circuit


def test_a_new_circuit_lets_everything_through():
    circuit = Circuit()
    assert (circuit.state(0.0), circuit.wait_s(0.0)) == ("closed", 0.0)


def test_it_opens_after_some_failures_and_lets_one_try():
    assert failed(OPENS_AFTER - 1).state(0.0) == "closed"
    circuit = failed(OPENS_AFTER, chance=0.0)
    assert circuit.state(0.0) == "open"
    assert circuit.state(COOL_S) == "half_open"
    circuit.succeeded()
    assert circuit.state(COOL_S) == "closed"


def test_a_trial_that_fails_opens_it_again():
    circuit = failed(OPENS_AFTER, chance=0.0)
    circuit.failed(COOL_S, 0.0)
    assert circuit.state(COOL_S + 1) == "open"


@given(st.integers(1, 60), st.floats(0, 1))
def test_a_wait_is_never_nothing_and_never_for_ever(times, chance):
    wait = failed(times, chance).wait_s(0.0)
    assert SHORTEST_S <= wait <= LONGEST_S


def test_waits_grow_twofold():
    waits = [failed(times, chance=1.0).wait_s(0.0) for times in range(1, 5)]
    assert waits == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize(("asked", "given_"), [(20.0, 20.0), (86_400.0, OBEYED_S)])
def test_a_receiver_that_asks_for_quiet_gets_it_within_reason(asked, given_):
    circuit = Circuit()
    circuit.failed(0.0, 0.0, asked)
    assert circuit.wait_s(0.0) == given_
