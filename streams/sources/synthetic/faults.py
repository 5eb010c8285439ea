"""Bad records, one kind each, with the reason that the intake must give for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from msgspec import Struct, json, structs, to_builtins

from streams.records import Incident

__all__ = ["FAULTS", "Fault", "spoil"]


class Fault(Struct, frozen=True):
    """A kind of bad record: the reason code expected, and whether the record stays in."""

    reason: str
    repaired: bool = False


FAULTS: Final = (
    Fault("broken_json"),
    Fault("not_an_object"),
    Fault("missing_field"),
    Fault("wrong_type"),
    Fault("bad_enum"),
    Fault("bad_value"),
    Fault("naive_time"),
    Fault("unknown_schema"),
    Fault("future_time"),
    Fault("unknown_category", repaired=True),
    Fault("point_invalid", repaired=True),
    Fault("control_characters", repaired=True),
)


def spoil(incident: Incident, fault: Fault) -> bytes:
    """The incident as a JSON line that has exactly this fault."""
    if fault.reason == "future_time":
        # A century: also ahead of the clock of whoever reads the file years from now.
        ahead = incident.reported_at + timedelta(days=36_525)
        return json.encode(structs.replace(incident, reported_at=ahead))
    line = json.encode(incident)
    if fault.reason == "broken_json":
        return line[: len(line) // 2].decode("utf-8", "ignore").encode()
    if fault.reason == "not_an_object":
        return b"[" + line + b"]"
    record = to_builtins(incident)
    if fault.reason == "missing_field":
        del record["reported_at"]
    else:
        record |= _CHANGES[fault.reason](record)
    return json.encode(record)


_CHANGES: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "wrong_type": lambda record: {"reported_at": len(record)},
    "bad_enum": lambda _: {"source": "pigeon"},
    "bad_value": lambda record: {"incident_id": record["incident_id"] + " ?"},
    "naive_time": lambda record: {"reported_at": record["reported_at"][:19]},
    "unknown_schema": lambda _: {"schema": "incident/0"},
    "unknown_category": lambda _: {"category": "7Z"},
    "point_invalid": lambda _: {"lat": 0.0, "lon": 0.0, "coord_sys": "wgs84"},
    "control_characters": lambda record: {"text": record["text"] + "\x00\x07"},
}
