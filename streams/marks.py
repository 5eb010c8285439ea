"""Marks: a feed's own word that no older record will come, so that windows can close."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Struct

from streams.clock import TICK_MS

__all__ = ["closing_mark", "read_mark"]

_LONGEST = 256


class Mark(Struct, frozen=True, forbid_unknown_fields=True):
    """`mark/1`: no record older than `closes` will come on this source partition."""

    schema: Literal["mark/1"]
    closes: datetime


_decoder = msgspec.json.Decoder(Mark)


def closing_mark(last_event_ms: int) -> bytes:
    """The mark that ends a feed: closes the tick of its last event time, and nothing beyond it."""
    closes = datetime.fromtimestamp((last_event_ms // TICK_MS + 1) * TICK_MS / 1000, UTC)
    return msgspec.json.encode(Mark(schema="mark/1", closes=closes))


def read_mark(raw: object) -> int | None:
    """The closing time (ms) if a raw record is a mark, else None."""
    if not isinstance(raw, bytes) or len(raw) > _LONGEST or b'"mark/1"' not in raw:
        return None
    try:
        closes = _decoder.decode(raw).closes
    except msgspec.DecodeError:
        return None
    return round(closes.timestamp() * 1000) if closes.tzinfo is not None else None
