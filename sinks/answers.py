"""What an HTTP answer means for alerts: taken, to be sent again, or never to be taken.

Source: RFC 9110 (status codes, Retry-After), RFC 6585 (429), RFC 8470 (425).
"""

from __future__ import annotations

import math
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from sinks.base import Rejected, Retryable

__all__ = ["judge", "retry_after"]

_OK: Final = range(200, 300)
_ELSEWHERE: Final = range(300, 400)
_WHO_ARE_YOU: Final = frozenset({401, 403, 407})
"""The receiver does not know us: nothing that is wrong with the alerts, so they are kept."""
_LATER: Final = frozenset({408, 425, 429})
_BROKEN: Final = 500
_LONGEST_S: Final = 24 * 3600.0
"""No receiver is left alone for longer than this, whatever it asks."""


def judge(name: str, status: int, after: str | None, *, now: float) -> None:
    """Raise what a status means; nothing for success.

    name: of the receiver. after: its header Retry-After. now: seconds since the epoch.
    """
    if status in _OK:
        return
    if status in _ELSEWHERE:
        msg = f"{name} sends us elsewhere ({status}), where we do not go: name its new address"
        raise Retryable(msg)
    if status in _WHO_ARE_YOU:
        msg = f"{name} does not let us in ({status}): look at the channel's token or password"
        raise Retryable(msg)
    if status in _LATER or status >= _BROKEN:
        msg = f"{name} cannot take the alerts now (it answered {status})"
        raise Retryable(msg, retry_after(after, now))
    msg = f"{name} does not take these alerts (it answered {status}): does it know their format?"
    raise Rejected(msg)


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds that a Retry-After asks for, from whole seconds or an HTTP date; else None.

    >>> retry_after("120", 0.0)
    120.0
    >>> retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 30.0)
    30.0
    """
    if value is None:
        return None
    text = value.strip()
    try:
        if text.isascii() and text.isdigit():
            seconds = float(text)
        else:
            at = parsedate_to_datetime(text)
            seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _LONGEST_S) if math.isfinite(seconds) else None
