"""Reading dead letters: each once, in order, and what counts as a moment."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import msgspec
import pytest

from commands.deadletters import newest, since_ms
from streams.observations import DeadLetter

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_MS = 1772323200000


def letter(offset: int, reason: str = "empty", arrived_ms: int = 5) -> DeadLetter:
    return DeadLetter(
        reason=reason,
        detail="a sentence",
        disposition="rejected",
        topic="incidents",
        partition=0,
        offset=offset,
        arrived_ms=arrived_ms,
        size=1,
        excerpt="",
    )


def test_a_letter_that_was_written_twice_is_told_once_and_foreign_bytes_are_counted():
    written = [letter(3, arrived_ms=9), letter(1), letter(1), letter(1, "bad_time")]
    values = [*map(msgspec.json.encode, written), None, b"{}", b"\xff"]
    letters, foreign = newest(values)
    assert letters == [letter(1, "bad_time"), letter(1), letter(3, arrived_ms=9)]
    assert foreign == 3


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", 1800), ("2h", 7200), ("7d", 604800), ("15s", 15), ("2026-03-01T07:59:00+08:00", 60)],
)
def test_since_takes_ages_and_times_with_an_offset(text, seconds):
    assert since_ms(text, NOW) == NOW_MS - seconds * 1000


@pytest.mark.parametrize("text", ["yesterday", "2026-03-01T08:00:00", "5w", ""])
def test_since_refuses_what_has_more_than_one_meaning(text):
    with pytest.raises(click.BadParameter, match="neither a time with an offset"):
        since_ms(text, NOW)
