"""Dispositions: what duty officers say a report turned out to be, one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Literal, NamedTuple

from msgspec import DecodeError, Meta, Struct, ValidationError
from msgspec import json as msgjson
from msgspec.structs import replace

from streams.records import Instant

__all__ = ["Disposition", "MarkLine", "in_order", "mark_id", "read_marks"]

Reason = Annotated[str, Meta(min_length=1, max_length=128)]
By = Annotated[str, Meta(pattern=r"^([a-z][a-z0-9_-]*|[0-9a-f]{8,64})$", max_length=64)]
_ID_LENGTH = 16
_BOM = b"\xef\xbb\xbf"


class Disposition(Struct, frozen=True, kw_only=True):
    """The mark of a duty officer on an alert or a report for review; never the caller's text.

    reasons: of the finding; those that are codes of entries (`word:robbery:...`) teach something.
    """

    schema: Literal["disposition/1"] = "disposition/1"
    incident_id: Annotated[str, Meta(min_length=1, max_length=128)]
    at: Instant
    mark: Literal["real", "false", "unclear"]
    by: By
    tier: Literal["critical", "review"]
    category: str
    reasons: Annotated[list[Reason], Meta(max_length=128)]
    score: Annotated[float, Meta(ge=0)] | None = None


class MarkLine(NamedTuple):
    """Line number, from 1, with its mark, or with what is wrong and what to do."""

    number: int
    mark: Disposition | None
    fault: str = ""


def mark_id(mark: Disposition) -> str:
    """The same for the same mark of the same officer at the same time, whatever file it is in."""
    parts = (mark.incident_id, mark.by, mark.at.astimezone(UTC).isoformat(), mark.mark)
    return sha256("\0".join(parts).encode()).hexdigest()[:_ID_LENGTH]


def in_order(marks: Iterable[Disposition]) -> list[Disposition]:
    """By time; marks of the same instant in an order that no file decides."""
    return sorted(marks, key=lambda mark: (mark.at, mark_id(mark)))


def read_marks(lines: Iterable[bytes], latest: datetime) -> Iterator[MarkLine]:
    """Every line that is not blank, times in UTC; a mark later than `latest` is a fault."""
    decoder = msgjson.Decoder(Disposition)
    for number, raw in enumerate(lines, start=1):
        line = raw.strip().removeprefix(_BOM)
        if line:
            yield _read(decoder, number, line, latest)


def _read(
    decoder: msgjson.Decoder[Disposition], number: int, line: bytes, latest: datetime
) -> MarkLine:
    try:
        mark = decoder.decode(line)
    except ValidationError as error:
        return MarkLine(number, None, _validation(str(error)))
    except (DecodeError, UnicodeDecodeError) as error:
        fault = f"not a JSON object in UTF-8: {error}; write one mark a line"
        return MarkLine(number, None, fault)
    if mark.at > latest:
        fault = f"the mark is of {mark.at.isoformat()}, which is still to come; correct `at`"
        return MarkLine(number, None, fault)
    return MarkLine(number, replace(mark, at=mark.at.astimezone(UTC)))


def _validation(error: str) -> str:
    if "$.by" in error:
        return (
            "`by` must be a role (lower-case letters, digits, _ and -) or a hashed id "
            "(8 to 64 hexadecimal digits); a name has no place here"
        )
    return f"not a mark: {error}; see the record disposition/1"
