"""Adapters: one raw record of a feed to one incident or unit position, pure; the registry by format.

To add one: a file here with a class that has `decode`, one line in `FORMATS`, one golden test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from streams.records import Incident, UnitPosition

__all__ = ["Adapter", "Decoded", "Notice", "Refusal", "Raw"]

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


class Adapter(Protocol):
    """Turns the raw records of one feed format into records. Pure: same input, same output."""

    def decode(
        self, raws: Sequence[Raw]
    ) -> list[Incident | UnitPosition | Decoded | Refusal]:
        """One result per raw record, in order. Never raises on data."""
        ...
