"""Format `watchfloor`: our own JSON (incident/1 and unit_position/1), fast where records are good.

A good record is decoded and checked in one C call; whatever that refuses takes the slow path,
which finds the reason field by field. CSV rows whose columns bear the field names are read too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from streams.adapters.repair import Notices, settle
from streams.codec import (
    MAX_RECORD_BYTES,
    build,
    decode_incident,
    decode_unit_position,
    parse_object,
)
from streams.raw import Item, Notice, Raw, Refusal
from streams.records import Incident, UnitPosition

__all__ = ["OwnFormat"]

_Decode = Callable[[bytes], Incident | UnitPosition]


class OwnFormat:
    """Adapter of our own records. china: take lat > 55 with lon < 55 for a swapped pair."""

    def __init__(self, *, china: bool = False) -> None:
        self._china = china
        self.unknown_field_total = 0

    def decode(self, raws: Sequence[Raw]) -> list[Item]:
        """One result per raw record, in order. Never raises on data."""
        items: list[Item] = []
        notices: Notices = {}
        first, other = _likely_order(raws)
        source = iter(raws)
        while len(items) < len(raws):
            try:
                # Good records run through without a step of Python each; what was decoded before a
                # bad one stays in the list, whose length then tells which one it was.
                items.extend(map(first, source))  # type: ignore[arg-type]  # others raise TypeError
            except (ValueError, TypeError, RecursionError):
                items.append(self._second(raws[len(items)], other, len(items), notices))
        return settle(items, notices, china=self._china)

    def _second(self, raw: Raw, decode: _Decode, index: int, notices: Notices) -> Item:
        try:
            return decode(raw)  # type: ignore[arg-type]  # others raise TypeError, as meant
        except (ValueError, TypeError, RecursionError):
            return self._slow(raw, index, notices)

    def _slow(self, raw: Raw, index: int, notices: Notices) -> Item:
        found: list[Notice] = []
        if raw is None:
            return Refusal("empty", "the record has no value (a tombstone)")
        if isinstance(raw, Mapping):
            # An empty cell of a CSV file means that the value is absent.
            fields = {key: cell for key, cell in raw.items() if cell != "" or key == "text"}
            built = build(fields, strict=False, china=self._china)
        else:
            parsed = parse_object(raw)
            if isinstance(parsed, Refusal):
                return parsed
            fields, found = parsed
            built = build(fields, china=self._china)
        if isinstance(built, Refusal):
            return built
        self.unknown_field_total += built.unknown_fields
        if found or built.notices:
            notices[index] = [*found, *built.notices]
        return built.record


def _likely_order(raws: Sequence[Raw]) -> tuple[_Decode, _Decode]:
    """Both decoders, that of the chunk's first record in front: chunks are mostly of one kind."""
    incident, position = _limited(decode_incident, raws), _limited(decode_unit_position, raws)
    if raws and isinstance(raws[0], bytes) and b"unit_position/1" in raws[0]:
        return position, incident
    return incident, position


def _limited(decode: Callable[[bytes], Any], raws: Sequence[Raw]) -> _Decode:
    """The decoder; with a look at each record's size only where the chunk has one too large."""

    def limited(raw: bytes) -> Any:
        if len(raw) > MAX_RECORD_BYTES:
            raise ValueError("too large")
        return decode(raw)

    try:
        all_fit = max(map(len, raws), default=0) <= MAX_RECORD_BYTES  # type: ignore[arg-type]
    except TypeError:  # a tombstone has no length
        all_fit = False
    return decode if all_fit else limited
