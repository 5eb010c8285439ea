"""The mapping file: which columns of a foreign feed become which fields, read and checked.

Every scalar stays text, so that an area code 0110 stays one. All faults of a file are listed, each
with file:line:column.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, field

from streams.categories import CATEGORIES
from streams.codec import RECORD_TYPES, field_types
from streams.errors import ConfigError
from streams.records import CoordSys, Incident
from streams.yaml_nodes import Document, Fault, convert, read_yaml

__all__ = ["FieldRule", "Identity", "Mapping", "SkipRule", "Table", "TableRule", "read_mapping"]


class _Strict(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the file's parts: an unknown key is a fault, not a wish."""


class TableRule(_Strict, frozen=True):
    """A line of a code table: values that begin with, or hold, a text become `to`."""

    to: str
    prefix: str = ""
    contains: str = ""


class Table(_Strict, frozen=True):
    """A code table: exact values first, then the rules in their order, then the default.

    Without a default a value that is not listed passes as it is.
    """

    exact: dict[str, str] = {}
    rules: list[TableRule] = []
    default: str | None = None


class FieldRule(_Strict, frozen=True):
    """Where a field comes from: columns (several are joined by a space) or a constant.

    column: names of a CSV file's columns, or dotted paths into a JSON object. time: `iso`,
    `epoch_s`, `epoch_ms` or strptime patterns, the first that fits. table: name of a code table.
    default: for an absent cell. hmac: the value is hashed with the deployment's key (and left out
    where there is none).
    """

    column: str | list[str] | None = None
    constant: str | None = None
    time: str | list[str] | None = None
    table: str | None = None
    default: str | None = None
    hmac: bool = False


class Identity(_Strict, frozen=True):
    """The record's id: a column, a template such as `{station}-{number}`, or a hash of columns."""

    column: str | None = None
    template: str | None = None
    hash: list[str] | None = None


class SkipRule(_Strict, frozen=True):
    """Records to leave out: a column holds one of some values, or nothing."""

    column: str
    in_: list[str] = field(default=[], name="in")
    empty: bool = False


class Mapping(_Strict, frozen=True):
    """A whole mapping file. time_zone: zone of times that carry no offset (else they are refused).

    absent: cell texts that mean "no value", besides the empty one.
    """

    format: Literal["mapping/1"]
    name: str
    id: Identity
    fields: dict[str, FieldRule | str]
    about: str = ""
    record: Literal["incident/1", "unit_position/1"] = "incident/1"
    time_zone: str | None = None
    coord_sys: CoordSys | None = None
    absent: list[str] = []
    skip: list[SkipRule] = []
    tables: dict[str, Table] = {}

    def rule(self, name: str) -> FieldRule | None:
        """The rule of a field; the short form `text: column` written out."""
        rule = self.fields.get(name)
        return FieldRule(column=rule) if isinstance(rule, str) else rule


def read_mapping(path: Path) -> Mapping:
    """A checked mapping. Raises ConfigError with one line per fault: place, cause, remedy."""
    document = read_yaml(path)
    mapping: Mapping | None = None
    if not document.faults:
        mapping = convert(document, (), document.value, Mapping)
    if mapping is not None:
        document.faults.extend(_faults(mapping, document))
    if mapping is None or document.faults:
        raise ConfigError("\n".join(map(str, document.faults)))
    return mapping


def _faults(mapping: Mapping, document: Document) -> Iterator[Fault]:
    def at(*place: str | int) -> Any:
        return document.place(place)

    yield from _head_faults(mapping, at)
    kind = RECORD_TYPES[mapping.record]
    hints = field_types(kind)
    reserved = ("schema", "coord_sys", "incident_id" if kind is Incident else "unit_id")
    for name in mapping.fields:
        if name not in hints or name in reserved:
            yield Fault(at("fields", name), _no_field(name, mapping.record, hints))
        else:
            yield from _rule_faults(name, hints[name], mapping, at)
    for info in msgspec.structs.fields(kind):
        if info.required and info.name not in (*mapping.fields, *reserved):
            yield Fault(at("fields"), f"{info.name} is missing; every {mapping.record} needs it")


def _head_faults(mapping: Mapping, at: Any) -> Iterator[Fault]:
    identity = mapping.id
    ways = [way for way in (identity.column, identity.template, identity.hash) if way]
    if len(ways) != 1:
        yield Fault(at("id"), "give exactly one of column, template and hash")
    if mapping.time_zone is not None and not _zone_exists(mapping.time_zone):
        message = f"time zone {mapping.time_zone!r} is not known; write one such as Asia/Shanghai"
        yield Fault(at("time_zone"), message)
    if "lat" in mapping.fields and mapping.coord_sys is None:
        yield Fault(at("fields", "lat"), "a point needs coord_sys at the top of the file")
    for name, table in mapping.tables.items():
        for number, line in enumerate(table.rules):
            if bool(line.prefix) == bool(line.contains):
                yield Fault(at("tables", name, "rules", number), "give prefix or contains")


def _rule_faults(name: str, hint: Any, mapping: Mapping, at: Any) -> Iterator[Fault]:
    rule = mapping.rule(name) or FieldRule()
    where = at("fields", name)
    if (rule.column is None) == (rule.constant is None):
        yield Fault(where, "give either column or constant")
    if rule.table is not None and rule.table not in mapping.tables:
        yield Fault(at("fields", name, "table"), f"there is no table {rule.table!r} in `tables`")
    if rule.time is not None and not is_time(hint):
        yield Fault(at("fields", name, "time"), f"{name} is not a time")
    if rule.hmac and name not in ("caller_hash", "address_hash"):
        yield Fault(at("fields", name, "hmac"), "only caller_hash and address_hash are hashed")
    if name in ("caller_hash", "address_hash") and not rule.hmac:
        yield Fault(where, f"{name} would hold the plain value; write hmac: true")
    for pattern in [rule.time] if isinstance(rule.time, str) else rule.time or []:
        if not _time_form_works(pattern):
            yield Fault(
                at("fields", name, "time"),
                f"{pattern!r} is no form of a time; write iso, epoch_s, epoch_ms or a strptime "
                "pattern such as %Y%m%d%H%M%S",
            )
    for place, value in _written_values(name, rule, mapping):
        if not _fits(name, value, hint):
            yield Fault(at(*place), f"{value!r} cannot stand in {name}; see the record catalogue")


def _written_values(
    name: str, rule: FieldRule, mapping: Mapping
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The values that the file itself puts into a field, and where they stand."""
    if rule.constant is not None:
        yield ("fields", name, "constant"), rule.constant
    if rule.default is not None:
        yield ("fields", name, "default"), rule.default
    table = mapping.tables.get(rule.table or "")
    if table is not None:
        for key, value in table.exact.items():
            yield ("tables", rule.table or "", "exact", key), value
        for number, line in enumerate(table.rules):
            yield ("tables", rule.table or "", "rules", number, "to"), line.to
        if table.default is not None:
            yield ("tables", rule.table or "", "default"), table.default


def _fits(name: str, value: str, hint: Any) -> bool:
    if name == "category":
        return value in CATEGORIES
    try:
        msgspec.convert([value] if is_list(hint) else value, hint, strict=False)
    except (ValueError, TypeError):
        return False
    return True


def is_time(hint: Any) -> bool:
    """Whether a field's type is an instant (or none)."""
    return "datetime.datetime" in str(hint)


def is_list(hint: Any) -> bool:
    """Whether a field's type is a list."""
    return getattr(hint, "__origin__", None) is list


def _no_field(name: str, record: str, hints: Iterable[str]) -> str:
    if name in hints:
        return f"{name} is set by the keys at the top of the file, not here"
    near = difflib.get_close_matches(name, list(hints), n=1)
    hint = f"did you mean {near[0]}?" if near else "see docs/reference/records.md"
    return f"{record} has no field {name}; {hint}"


_FORMS: Final = {"iso", "epoch_s", "epoch_ms"}


def _time_form_works(pattern: str) -> bool:
    if pattern in _FORMS:
        return True
    sample = datetime(2026, 11, 21, 22, 14, 33)  # noqa: DTZ001  only to try the pattern
    try:
        back = datetime.strptime(sample.strftime(pattern), pattern)  # noqa: DTZ007
    except (ValueError, re.error):
        return False
    return back.date() == sample.date()


@cache
def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
