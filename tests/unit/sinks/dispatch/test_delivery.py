"""One attempt as a result: what was taken, what was refused, what is left, and faults of a sink."""

from __future__ import annotations

import pytest

from sinks.base import Rejected, Retryable
from sinks.dispatch.delivery import Attempt, attempt
from tests.unit.rules.notify.alerts import alert

ALERTS = [alert(f"A{number}") for number in range(5)]


class Sink:
    """Raises what it is given, if anything."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def send(self, alerts):
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (None, Attempt(5)),
        (Retryable("away"), Attempt(0, failed=True, said="away")),
        (Retryable("busy", 7.0, done=2), Attempt(2, failed=True, after_s=7.0, said="busy")),
        (Retryable("odd", done=99), Attempt(5, failed=True, said="odd")),
        (Rejected("no"), Attempt(0, 5, said="no")),
        (Rejected("no", done=1, count=1), Attempt(1, 1, said="no")),
        (Rejected("no", done=4, count=9), Attempt(4, 1, said="no")),
        (
            ZeroDivisionError("secret"),
            Attempt(0, failed=True, said="the sink failed unexpectedly: ZeroDivisionError"),
        ),
    ],
)
def test_an_attempt_says_how_it_went(error, result):
    assert attempt(Sink(error), ALERTS) == result
