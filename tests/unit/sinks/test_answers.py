"""What HTTP answers mean for alerts."""

from __future__ import annotations

import pytest

from sinks.answers import judge, retry_after
from sinks.base import Rejected, Retryable

NOON = 1_772_454_600.0
"""Mon, 02 Mar 2026 12:30:00 GMT."""


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success_is_taken(status):
    judge("hall", status, None, now=NOON)


@pytest.mark.parametrize("status", [301, 307, 401, 403, 408, 425, 429, 500, 502, 503, 504, 599])
def test_what_is_no_fault_of_the_alerts_is_sent_again(status):
    with pytest.raises(Retryable, match=f"hall .*{status}"):
        judge("hall", status, None, now=NOON)


@pytest.mark.parametrize("status", [400, 404, 410, 413, 415, 422])
def test_what_is_their_fault_is_not(status):
    with pytest.raises(Rejected, match=f"hall .*{status}"):
        judge("hall", status, None, now=NOON)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Mon, 02 Mar 2026 12:31:30 GMT", 90.0),
        ("Mon, 02 Mar 2026 20:31:30 +0800", 90.0),
        ("Mon, 02 Mar 2026 12:00:00 GMT", 0.0),
        ("99999999999", 24 * 3600.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("²", None),
    ],
)
def test_how_long_a_receiver_wants_to_be_left_alone(value, seconds):
    assert retry_after(value, NOON) == seconds


def test_the_wait_is_told():
    with pytest.raises(Retryable) as caught:
        judge("hall", 429, "7", now=NOON)
    assert caught.value.after_s == 7.0
