"""What a feed gives, and what becomes of it: a record, a repaired record or a refusal."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from streams.records import Incident, UnitPosition

__all__ = ["Decoded", "Item", "Notice", "Raw", "Refusal"]

Raw = bytes | None | Mapping[str, str]
"""What a feed gives: the bytes of a message (None is a tombstone), or the columns of a CSV row."""


class Refusal(Struct, frozen=True):
    """Why a whole record is out. `reason` is a code from docs/reference/dead-letters.md."""

    reason: str
    detail: str


class Notice(Struct, frozen=True):
    """Why a part of an accepted record was dropped or replaced (disposition `repaired`)."""

    reason: str
    detail: str


class Decoded(Struct, frozen=True):
    """A record that was accepted with repairs. A clean record is passed on bare, without this."""

    record: Incident | UnitPosition
    notices: tuple[Notice, ...]


Item = Incident | UnitPosition | Decoded | Refusal
"""What becomes of one raw record."""
