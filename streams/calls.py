"""By what two reports are told to be about one event: texts, callers, the seat's own link."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from streams.observations import Call, Finding
from streams.records import Incident
from streams.sketch import NO_SKETCH, sketch_of

__all__ = ["calls_of"]

_KEY_BYTES: Final = 64
_CALLER_BYTES: Final = 8


def calls_of(
    incidents: Sequence[Incident], findings: Mapping[int, Finding], area_ids: Sequence[str]
) -> dict[int, Call]:
    """By what a report is told to be about the same event as another, where it may be asked."""
    rows = set(findings)
    rows.update(row for row, record in enumerate(incidents) if record.linked_to is not None)
    return {
        row: Call(
            sketch_of(incidents[row].text) if row in findings else NO_SKETCH,
            _caller(incidents[row].caller_hash, area_ids[row]),
            incidents[row].linked_to or "",
        )
        for row in sorted(rows)
    }


def _caller(caller_hash: str | None, area_id: str) -> int:
    """The hash of a caller cut to 8 bytes and keyed by the area: nobody is followed elsewhere."""
    if caller_hash is None:
        return 0
    key = area_id.encode()[:_KEY_BYTES]
    digest = hashlib.blake2b(caller_hash.encode(), digest_size=_CALLER_BYTES, key=key).digest()
    return int.from_bytes(digest, "big") | 1
