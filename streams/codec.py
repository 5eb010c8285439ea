"""Bytes to records and back: a strict decoder for good records, a close look at bad ones.

The strict decoder accepts a record whole or not at all. What it refuses is read again as a plain
JSON object by `build`, which decides field by field: a fault in a field that says what the record
is refuses the record, a fault elsewhere costs only that field. No sentence made here repeats a
value of the record, since a value may be personal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args, get_type_hints

import msgspec
from msgspec import json

from streams.coordinates import looks_swapped
from streams.raw import Notice, Refusal
from streams.records import Alert, Area, Incident, UnitPosition

__all__ = [
    "MAX_RECORD_BYTES",
    "RECORD_TYPES",
    "build",
    "decode_incident",
    "decode_unit_position",
    "encode_record",
    "field_types",
    "parse_object",
]

MAX_RECORD_BYTES: Final = 1 << 20
MAX_TEXT: Final = 8000
MAX_CATEGORY: Final = 64

decode_incident = json.Decoder(Incident).decode
"""A flawless incident/1 in JSON; raises ValueError (msgspec's, or of UTF-8) on anything else."""
decode_unit_position = json.Decoder(UnitPosition).decode
"""A flawless unit_position/1 in JSON; raises ValueError (msgspec's, or of UTF-8) otherwise."""
_encode = json.Encoder().encode
_decode_any = json.Decoder().decode

RECORD_TYPES: Final[dict[str, type[Incident | UnitPosition]]] = {
    "incident/1": Incident,
    "unit_position/1": UnitPosition,
}
# A fault in one of these changes what the record says, so it cannot be dropped.
_DECISIVE_OPTIONAL = {Incident: {"rev", "event", "test"}, UnitPosition: set[str]()}
_POINT = ("lat", "lon")
# Inside strings a raw line break becomes a space, outside strings it means nothing: JSON survives.
_TAME = bytes.maketrans(b"\t\n\r", b"   ")
_CONTROL_BYTES = bytes(b for b in range(32) if b not in b"\t\n\r") + b"\x7f"


def encode_record(record: Incident | UnitPosition | Alert | Area) -> bytes:
    """One record as compact JSON, UTF-8, defaults of incident and position fields left out."""
    return _encode(record)


def parse_object(raw: bytes) -> tuple[dict[str, Any], list[Notice]] | Refusal:
    """The JSON object in a record that strict decoding refused, or why there is none."""
    if len(raw) > MAX_RECORD_BYTES:
        return Refusal("too_large", "the record is larger than 1 MiB; send attachments apart")
    body = raw.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        return Refusal("empty", "the record has no content; stop sending empty records")
    notices: list[Notice] = []
    try:
        value = _decode_any(body)
    except (ValueError, RecursionError) as first:
        tame = body.translate(_TAME, _CONTROL_BYTES)
        try:
            value = _decode_any(tame)
        except (ValueError, RecursionError):
            return _no_json(body, first)
        notices.append(Notice("control_characters", "$: raw control characters were taken out"))
    if not isinstance(value, dict):
        return Refusal("not_an_object", "$ is not a JSON object; send one object per record")
    return value, notices


def _no_json(body: bytes, error: Exception) -> Refusal:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as fault:
        return Refusal("not_utf8", f"byte {fault.start} is not UTF-8; let the feed write UTF-8")
    if isinstance(error, RecursionError):
        return Refusal("broken_json", "the JSON is nested too deeply to be a record")
    place = re.search(r"\(byte (\d+)\)", str(error))
    where = f"at byte {place[1]}" if place else "before its end"
    return Refusal("broken_json", f"the JSON breaks off {where}; send one whole object per record")


class Built(msgspec.Struct, frozen=True):
    """A record made field by field, what was dropped, and how many fields were unknown."""

    record: Incident | UnitPosition
    notices: list[Notice]
    unknown_fields: int


def build(
    fields: Mapping[str, Any], *, strict: bool = True, china: bool = False
) -> Built | Refusal:
    """A record from the fields of an object that may hold faults.

    strict: refuse numbers and flags that are written as strings (a CSV row has nothing else).
    china: judge swapped coordinates by the rule for places in China (lat > 55 and lon < 55).
    """
    kind = _kind(fields)
    if isinstance(kind, Refusal):
        return kind
    known = _FIELDS[kind]
    unknown = sum(1 for name in fields if name not in known)
    if unknown:
        # A feed with a field of its own brings it in every record: no reason to be slow for it.
        try:
            own = {name: value for name, value in fields.items() if name in known}
            return Built(msgspec.convert(own, kind, strict=strict), [], unknown)
        except (ValueError, TypeError, RecursionError):
            pass
    return _build_by_field(kind, fields, unknown, strict=strict, china=china)


def _build_by_field(
    kind: type[Incident | UnitPosition],
    fields: Mapping[str, Any],
    unknown: int,
    *,
    strict: bool,
    china: bool,
) -> Built | Refusal:
    good: dict[str, Any] = {}
    notices: list[Notice] = []
    for name, (hint, decisive) in _FIELDS[kind].items():
        value = fields.get(name)
        if name == "text" and isinstance(value, str) and len(value) > MAX_TEXT:
            notices.append(Notice("text_truncated", "$.text has more than 8000 characters: cut"))
            value = value[:MAX_TEXT]
        elif name == "category" and isinstance(value, str):
            # Too long for any code: it becomes 99 like every other unknown one.
            value = value[:MAX_CATEGORY]
        if value is None and name in fields and name in _REQUIRED[kind]:
            return Refusal("wrong_type", f"$.{name} is null; it must have a value")
        if value is None or (name in _POINT and kind is Incident):
            continue
        try:
            good[name] = msgspec.convert(value, hint, strict=strict)
        except (ValueError, TypeError, RecursionError) as error:
            fault = _fault(name, value, hint, error, china=china and _swapped(fields))
            if decisive:
                return fault
            notices.append(Notice(_as_notice(fault.reason), f"{fault.detail}; it was dropped"))
    missing = [name for name in _REQUIRED[kind] if name not in good]
    if missing:
        names = ", ".join(f"$.{name}" for name in missing)
        return Refusal("missing_field", f"{names}: not there, and every {kind.__name__} needs it")
    if kind is Incident:
        _add_point(fields, good, notices, strict=strict, china=china)
    return Built(kind(**good), notices, unknown)


def field_types(kind: type[Incident | UnitPosition]) -> dict[str, Any]:
    """The annotated type of every field of a record, by name."""
    return {name: hint for name, (hint, _) in _FIELDS[kind].items()}


def _kind(fields: Mapping[str, Any]) -> type[Incident | UnitPosition] | Refusal:
    schema = fields.get("schema")
    if schema is None:
        return Refusal("missing_field", "$.schema: not there; it names the kind of record")
    if not isinstance(schema, str):
        return Refusal("wrong_type", "$.schema is not a string")
    kind = RECORD_TYPES.get(schema)
    if kind is None:
        known = ", ".join(RECORD_TYPES)
        return Refusal("unknown_schema", f"$.schema names no record read here (known: {known})")
    return kind


def _add_point(
    fields: Mapping[str, Any],
    good: dict[str, Any],
    notices: list[Notice],
    *,
    strict: bool,
    china: bool,
) -> None:
    """Latitude and longitude of an incident: both or none, never a reason to refuse the report."""
    if all(fields.get(name) is None for name in _POINT):
        return
    system = good.pop("coord_sys", None)
    if china and _swapped(fields):
        notices.append(Notice("point_swapped", "$.lat and $.lon look swapped: point dropped"))
        return
    try:
        lat, lon = (
            msgspec.convert(fields.get(name), _FIELDS[Incident][name][0], strict=strict)
            for name in _POINT
        )
    except (ValueError, TypeError):
        lat = lon = None
    if lat is None or lon is None:
        detail = "$.lat and $.lon are not a point in degrees (both are needed): point dropped"
        notices.append(Notice("point_invalid", detail))
        return
    good["lat"], good["lon"] = lat, lon
    if fields.get("coord_sys") is not None:
        # A word that is not in the list was dropped above; the point stays, its system unknown.
        good["coord_sys"] = system or "unknown"


def _swapped(fields: Mapping[str, Any]) -> bool:
    try:
        return looks_swapped(float(fields["lat"]), float(fields["lon"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def _fault(name: str, value: object, hint: Any, error: Exception, *, china: bool) -> Refusal:
    """Reason and sentence for one field; of the decoder's message only what holds no value."""
    message = str(error)
    words = _words(hint)
    if name in _POINT:
        if china:
            return Refusal("point_swapped", "$.lat and $.lon look swapped")
        return Refusal("point_invalid", f"$.{name} is not a number of degrees within its range")
    if "timezone" in message:
        return Refusal("naive_time", f"$.{name} carries no offset from UTC (such as +08:00)")
    if "RFC3339" in message:
        return Refusal("bad_time", f"$.{name} is not an RFC 3339 time with an offset")
    if words and isinstance(value, str | list) and "got" not in message:
        return Refusal("bad_enum", f"$.{name} is not one of {', '.join(words)}")
    if re.search(r"got `\w+`", message):
        expected = re.sub(r" - at `.*", "", message)
        return Refusal("wrong_type", f"$.{name}: {_lower(expected)}")
    if message.startswith("Expected `"):
        expected = re.sub(r" - at `.*", "", message)
        return Refusal("bad_value", f"$.{name}: {_lower(expected)}")
    return Refusal("bad_value", f"$.{name} cannot be read")


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _as_notice(reason: str) -> str:
    """Reasons that only speak of whole records become the one for a dropped field."""
    keep = {"naive_time", "bad_time"}
    return reason if reason in keep else "field_invalid"


def _words(hint: Any) -> list[str]:
    """The words of a Literal anywhere inside a type, in their order."""
    if getattr(hint, "__origin__", None) is Literal:
        return [str(word) for word in get_args(hint)]
    return [word for part in get_args(hint) for word in _words(part)]


def _fields_of(kind: type[Incident | UnitPosition]) -> dict[str, tuple[Any, bool]]:
    hints = get_type_hints(kind, include_extras=True)
    decisive = _DECISIVE_OPTIONAL[kind]
    return {
        field.name: (hints[field.name], field.required or field.name in decisive)
        for field in msgspec.structs.fields(kind)
    }


_FIELDS: Final = {kind: _fields_of(kind) for kind in RECORD_TYPES.values()}
_REQUIRED: Final = {
    kind: [field.name for field in msgspec.structs.fields(kind) if field.required]
    for kind in RECORD_TYPES.values()
}
