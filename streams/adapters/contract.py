"""What an adapter takes and gives: raw records, and records, repaired records or refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from streams.records import Incident, UnitPosition

__all__ = ["Adapter", "Decoded", "Item", "Notice", "Raw", "Refusal"]

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


class Adapter(Protocol):
    """Turns the raw records of one feed format into records. Pure: same input, same output.

    `unknown_field_total` counts the top-level fields that were accepted and ignored; it is a
    figure for metrics and has no influence on the results.
    """

    unknown_field_total: int

    def decode(self, raws: Sequence[Raw]) -> list[Item]:
        """One result per raw record, in order. Never raises on data."""
        ...
