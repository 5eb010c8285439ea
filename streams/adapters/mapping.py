"""The adapter that a mapping file describes: rows or JSON objects of a foreign feed to records.

What a field becomes is decided once, when the adapter is made; a record then costs one small call a
field and one conversion that checks them all. Only what fails that is looked at field by field.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final

import msgspec

from streams.adapters import mapping_file as file
from streams.adapters.repair import Notices, settle
from streams.adapters.times import TimeReader, time_reader
from streams.codec import RECORD_TYPES, build, field_types, parse_object
from streams.privacy import caller_hash, keyed_hash
from streams.raw import Item, Notice, Raw, Refusal

__all__ = ["MappingAdapter"]

Cells = Mapping[str, Any]
Texts = Mapping[str, str | None]
"""The used columns of a record as text, None where a cell holds nothing."""
Reader = Callable[[Texts], Any]

_ID_BYTES: Final = 12
"""96 bits: two of a thousand million rows share an id with a chance of one in 10^11."""


class MappingAdapter:
    """Adapter of one mapping file.

    china: take lat > 55 with lon < 55 for a swapped pair. hash_key: the deployment's secret for
    fields with `hmac: true`; without one they stay empty.
    """

    def __init__(
        self, mapping: file.Mapping, *, china: bool = False, hash_key: bytes | None = None
    ) -> None:
        self._china = china
        self._kind = RECORD_TYPES[mapping.record]
        self._id_field = "incident_id" if mapping.record == "incident/1" else "unit_id"
        self._identify = _identity(mapping)
        self._coord_sys = mapping.coord_sys
        self._skips = mapping.skip
        self._constants: dict[str, Any] = {"schema": mapping.record}
        self._readers: list[tuple[str, Reader]] = []
        self._sources: dict[str, str] = {}
        self._compile(mapping, hash_key)
        self.columns = _needed_columns(mapping, self._kind)
        self._used = _used_columns(mapping)
        self.unknown_field_total = 0

    def decode(self, raws: Sequence[Raw]) -> list[Item]:
        """One result per raw record, in order. Never raises on data."""
        items: list[Item] = []
        notices: Notices = {}
        for raw in raws:
            found: list[Notice] = []
            if raw is None:
                items.append(Refusal("empty", "the record has no value (a tombstone)"))
                continue
            if isinstance(raw, bytes):
                parsed = parse_object(raw)
                if isinstance(parsed, Refusal):
                    items.append(parsed)
                    continue
                fields, found = parsed
                items.append(self._one(fields, found))
            else:
                items.append(self._one(raw, found))
            if found:
                notices[len(items) - 1] = found
        return settle(items, notices, china=self._china)

    def _one(self, cells: Cells, found: list[Notice]) -> Item:
        if not cells:
            return Refusal("wrong_shape", "the row does not fit the header (a quotation mark?)")
        texts = {column: _text(cells, column) for column in self._used}
        for skip in self._skips:
            value = texts[skip.column]
            if (value is None and skip.empty) or value in skip.in_:
                return Refusal("skipped", f"column {skip.column} meets a skip rule of the mapping")
        fields = self._constants.copy()
        for name, read in self._readers:
            value = read(texts)
            if value is not None:
                fields[name] = value
        if "lat" in fields or "lon" in fields:
            fields["coord_sys"] = self._coord_sys
        fields[self._id_field] = self._identify(texts)
        try:
            return msgspec.convert(fields, self._kind, strict=False)
        except (ValueError, TypeError, RecursionError):
            return self._look_closely(fields, found)

    def _look_closely(self, fields: dict[str, Any], found: list[Notice]) -> Item:
        built = build(fields, strict=False, china=self._china)
        if isinstance(built, Refusal):
            return Refusal(built.reason, self._in_feed_terms(built.detail))
        found += [Notice(n.reason, self._in_feed_terms(n.detail)) for n in built.notices]
        return built.record

    def _in_feed_terms(self, detail: str) -> str:
        """Name the feed's column beside our field, since that is what its owner can mend."""
        return re.sub(r"\$\.(\w+)", lambda m: f"{m[0]}{self._sources.get(m[1], '')}", detail)

    def _compile(self, mapping: file.Mapping, hash_key: bytes | None) -> None:
        hints = field_types(self._kind)
        for name in mapping.fields:
            rule = mapping.rule(name) or file.FieldRule()
            as_list = file.is_list(hints[name])
            if rule.constant is not None:
                self._constants[name] = [rule.constant] if as_list else rule.constant
                continue
            if rule.hmac and hash_key is None:
                continue
            reader = _column_reader(rule, frozenset(mapping.absent))
            if file.is_time(hints[name]):
                reader = _as_time(reader, _forms(rule), mapping.time_zone)
            elif rule.hmac and hash_key is not None:
                hashed = caller_hash if name == "caller_hash" else keyed_hash
                reader = _as_hash(reader, partial(hashed, hash_key))
            elif rule.table is not None or as_list:
                table = mapping.tables.get(rule.table or "", file.Table())
                reader = _as_codes(reader, table, as_list=as_list)
            elif name == "text":
                reader = _or_empty(reader)
            self._readers.append((name, reader))
            self._sources[name] = f" (from {', '.join(_columns(rule))})"


def _columns(rule: file.FieldRule) -> list[str]:
    return [rule.column] if isinstance(rule.column, str) else rule.column or []


def _forms(rule: file.FieldRule) -> list[str]:
    return [rule.time] if isinstance(rule.time, str) else rule.time or ["iso"]


def _needed_columns(mapping: file.Mapping, kind: Any) -> tuple[str, ...]:
    """Columns without which no record comes about: those of the id and of required fields.

    Of joined columns only the first is needed.
    """
    identity = mapping.id
    names = [identity.column] if identity.column else list(identity.hash or ())
    names += re.findall(r"\{([^{}]+)\}", identity.template or "")
    for info in msgspec.structs.fields(kind):
        rule = mapping.rule(info.name)
        if info.required and rule is not None and rule.default is None:
            names += _columns(rule)[:1]
    return tuple(dict.fromkeys(names))


def _used_columns(mapping: file.Mapping) -> tuple[str, ...]:
    """Every column that a rule reads: each cell is looked at once, however many rules read it."""
    identity = mapping.id
    names = [identity.column] if identity.column else list(identity.hash or ())
    names += re.findall(r"\{([^{}]+)\}", identity.template or "")
    for name in mapping.fields:
        names += _columns(mapping.rule(name) or file.FieldRule())
    names += [skip.column for skip in mapping.skip]
    return tuple(dict.fromkeys(names))


def _identity(mapping: file.Mapping) -> Callable[[Texts], str | None]:
    identity = mapping.id
    if identity.column is not None:
        column = identity.column
        return lambda cells: cells[column]
    if identity.template is not None:
        template = identity.template
        return lambda cells: re.sub(r"\{([^{}]+)\}", lambda place: cells[place[1]] or "", template)
    columns = identity.hash or []

    def digest(cells: Texts) -> str:
        whole = "\x1f".join([cells[column] or "" for column in columns])
        body = whole.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(body, digest_size=_ID_BYTES).hexdigest()

    return digest


def _text(cells: Cells, column: str) -> str | None:
    """A cell as text without the space around it; None where it holds nothing."""
    value: Any = cells.get(column)
    if value is None and "." in column:
        value = _walk(cells, column)
    if type(value) is str:
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def _walk(cells: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(cells, Mapping):
            cells = cells.get(step)
        elif isinstance(cells, list) and step.isdecimal() and int(step) < len(cells):
            cells = cells[int(step)]
        else:
            return None
    return cells


def _column_reader(rule: file.FieldRule, absent: frozenset[str]) -> Reader:
    columns, default = _columns(rule), rule.default

    def one(cells: Texts) -> str | None:
        value = cells[columns[0]]
        return default if value is None or value in absent else value

    def joined(cells: Texts) -> str | None:
        values = [cells[column] for column in columns]
        return " ".join(v for v in values if v is not None and v not in absent) or default

    return one if len(columns) == 1 else joined


def _as_time(read: Reader, forms: list[str], zone: str | None) -> Reader:
    to_instant: TimeReader = time_reader(forms, zone)

    def instant(cells: Texts) -> Any:
        value = read(cells)
        # What cannot be read is passed on as it is, so that the check of the record says why.
        return None if value is None else to_instant(value) or value

    return instant


def _as_hash(read: Reader, hashed_with_key: Callable[[str], str]) -> Reader:
    def hashed(cells: Texts) -> str | None:
        value = read(cells)
        return None if value is None else hashed_with_key(value)

    return hashed


def _as_codes(read: Reader, table: file.Table, *, as_list: bool) -> Reader:
    @lru_cache(maxsize=4096)
    def code(value: str | None) -> str | None:
        if value is None:
            return table.default
        if value in table.exact:
            return table.exact[value]
        for line in table.rules:
            if (line.prefix and value.startswith(line.prefix)) or (
                line.contains and line.contains in value
            ):
                return line.to
        return value if table.default is None else table.default

    def many(cells: Texts) -> list[str] | None:
        value = read(cells)
        if value is None:
            return None
        parts = [part.strip() for part in value.split(",")]
        return [word for part in parts if part and (word := code(part)) is not None]

    return many if as_list else lambda cells: code(read(cells))


def _or_empty(read: Reader) -> Reader:
    """A report may have no text; the record says so with an empty one."""
    return lambda cells: read(cells) or ""
