"""Reads a directory of rule files: every part that can be used, and all faults of all files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from rules.language.book import RuleBook, book_of
from rules.language.checks import CHECKS
from rules.language.checks.subject import Subject, calendar_of
from rules.language.faults import Fault, of_form, of_mismatch
from rules.language.leaves import close
from rules.language.overrides import over_defaults
from rules.language.parts import Parts, Placed, RuleEntry, Tree
from rules.language.repair import repaired
from rules.language.schema import KINDS, RULE_KINDS, Rule
from rules.language.schema.areas import AreaEntry
from rules.language.schema.calendar import CalendarFile
from rules.language.schema.cases import TestCase
from rules.language.schema.channels import Channel, Contact
from rules.language.schema.common import RouteEntry, Suppression
from rules.language.typed import Mismatch, typed
from streams.areas import AreaTree
from streams.errors import RuleError
from streams.yaml_nodes import Document, Path_, Place, read_yaml

__all__ = ["SHIPPED", "Reading", "load_book", "read_documents", "read_rules"]

SHIPPED = Path(__file__).parents[1] / "library"
"""The rule book that comes with the engine."""
_SECTIONS: dict[str, Any] = {
    "suppress": Suppression,
    "tests": TestCase,
    "areas": AreaEntry,
    "channels": Channel,
    "contacts": Contact,
}
_REPAIRS = 4
"""Rounds of taking out what is wrong: what held a wrong part may be wrong without it."""


class Reading(Struct, frozen=True):
    """What a directory holds: the book, every fault by place, and the files' texts by name.

    The book of a reading with errors lacks what is wrong; it is for looking at, not for running.
    """

    book: RuleBook
    faults: list[Fault]
    texts: dict[str, str]

    @property
    def errors(self) -> list[Fault]:
        """The faults for which the book is not taken."""
        return [fault for fault in self.faults if fault.severity == "error"]


def load_book(directory: Path = SHIPPED, areas: AreaTree | None = None) -> RuleBook:
    """The rule book of a directory. Raises RuleError listing all errors of all files."""
    reading = read_rules(directory, areas=areas)
    if reading.errors:
        raise RuleError("\n".join(str(fault) for fault in reading.errors))
    return reading.book


def read_rules(
    directory: Path,
    *,
    shown: str | None = None,
    areas: AreaTree | None = None,
    now_ms: int | None = None,
    partitions: int | None = None,
    lateness_ms: int | None = None,
) -> Reading:
    """Every `*.yaml` and `*.yml` directly in a directory, checked in one pass.

    shown: how places name the directory; without it by its last part alone, since an alert must
    not tell on which machine the rule book lies. areas: what the installation knows of areas.
    now_ms: the moment for which what has ended is told; without it nothing is. partitions: of the
    log of the installation, and lateness_ms: what its intake allows; without them no rule is held
    against them.

    Raises RuleError where the directory has no rule file.
    """
    files = sorted(f for f in directory.glob("*.y*ml") if f.suffix in {".yaml", ".yml"})
    if not files:
        msg = f"{directory.as_posix()}: no rule files (*.yaml) here; name a directory that has some"
        raise RuleError(msg)
    base = shown if shown is not None else directory.name
    if directory == SHIPPED and shown is None:
        base = "rules/library"
    return read_documents(
        [read_yaml(file, name=f"{base}/{file.name}" if base else file.name) for file in files],
        areas=areas,
        now_ms=now_ms,
        partitions=partitions,
        lateness_ms=lateness_ms,
    )


def read_documents(
    documents: Iterable[Document],
    *,
    areas: AreaTree | None = None,
    now_ms: int | None = None,
    partitions: int | None = None,
    lateness_ms: int | None = None,
) -> Reading:
    """The same for files that were read already, in the order of their names."""
    collector = _Collector()
    digest = hashlib.sha256()
    texts: dict[str, str] = {}
    for document in documents:
        texts[document.file] = document.text
        digest.update(f"{document.file.rpartition('/')[2]}\0".encode())
        if document.value is not None:
            digest.update(_hash(document.value).encode())
        collector.add(document)
    parts = collector.parts
    tree = Tree(parts.areas, areas or AreaTree())
    subject = Subject(parts, tree, calendar_of(parts), now_ms, partitions, lateness_ms)
    faults = collector.faults + [fault for check in CHECKS for fault in check(subject)]
    bundle = f"sha256:{digest.hexdigest()[:16]}"
    book = book_of(parts, tree, bundle, subject.calendar)
    return Reading(book, sorted(set(faults), key=lambda fault: fault.order), texts)


class _Collector:
    """Collects the parts of many files, and every fault of their form."""

    def __init__(self) -> None:
        self.parts = Parts()
        self.faults: list[Fault] = []

    def add(self, document: Document) -> None:
        """Take in one file."""
        self.faults += [of_form(fault) for fault in document.faults]
        if not isinstance(document.value, dict):
            self.parts.incomplete.append(document.file)
            if not document.faults:
                self._fault(
                    document, (), "E114", "the file holds no rules: it begins with `format: 1`"
                )
            return
        kind = document.value.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            self.parts.incomplete.append(document.file)
            self._unknown_kind(document, kind)
            return
        _, found = typed(document.value, KINDS[kind])
        self.faults += [of_mismatch(document, (), mismatch) for mismatch in found]
        _Sections(self, document, kind, found).take()

    def _unknown_kind(self, document: Document, kind: Any) -> None:
        known = ", ".join(KINDS)
        if kind is None:
            self._fault(document, ("kind",), "E111", f"the file has no `kind` (one of: {known})")
            return
        said = kind if isinstance(kind, str) else "..."
        meant = close(said, KINDS)
        hint = f'did you mean "{meant}"?' if meant else ""
        message = f'unknown kind "{said}" (known: {known})'
        self._fault(document, ("kind",), "E111", message, hint)

    def _fault(
        self, document: Document, path: Path_, code: str, message: str, hint: str = ""
    ) -> None:
        self.faults.append(Fault(document.place(path), code, message, hint))

    def name(self, section: str, name: str, place: Place) -> None:
        """Note an id; a second one of the same section is a fault."""
        held = self.parts.named.setdefault(section, {})
        if name in held:
            noun = {"rules": "rule id", "routes": "route", "areas": "area"}.get(section, "id")
            self.faults.append(
                Fault(place, "E110", f'{noun} "{name}" already used at {held[name]}')
            )
        held.setdefault(name, place)


class _Sections:
    """The parts of one file, those with faults left out."""

    def __init__(
        self, collector: _Collector, document: Document, kind: str, found: list[Mismatch]
    ) -> None:
        self._collector = collector
        self._parts = collector.parts
        self._document = document
        self._kind = kind
        self._wrong: dict[Path_, list[Mismatch]] = {}
        for mismatch in found:
            for length in range(len(mismatch.path)):
                self._wrong.setdefault(mismatch.path[: length + 1], []).append(mismatch)

    def take(self) -> None:
        """Put every part without faults where it belongs."""
        if self._kind in RULE_KINDS:
            for path, raw in self._items("rules"):
                if isinstance(raw, dict):
                    self._rule(path, raw)
            self._routes()
        if self._kind == "calendar":
            for placed in self._placed((), self._document.value, CalendarFile):
                self._parts.calendars.append(placed)
        for section, type_ in _SECTIONS.items():
            for path, raw in self._items(section):
                if path not in self._wrong:
                    for placed in self._placed(path, raw, type_):
                        self._put(section, placed)

    def _placed(self, path: Path_, raw: Any, type_: Any) -> Iterator[Placed[Any]]:
        """The value as its type; nothing where it does not fit, which was told already."""
        made, found = typed(raw, type_, path, self._document.value)
        if not found:
            yield Placed(made, self._document, path)

    def _put(self, section: str, placed: Placed[Any]) -> None:
        parts = self._parts
        if section == "suppress":
            parts.suppressions.append(placed)
        elif section == "tests":
            parts.tests.append(placed)
        elif section == "areas":
            parts.areas.setdefault(placed.value.id, placed)
        elif section == "channels":
            parts.channels.setdefault(f"{placed.value.sink}:{placed.value.id}", placed)
        else:
            parts.contacts.setdefault(placed.value.id, placed)

    def _items(self, section: str) -> Iterator[tuple[Path_, Any]]:
        """Entries of a list; their ids are noted, so that no reference to them is a fault."""
        values = self._document.value.get(section)
        if not isinstance(values, list):
            return
        for index, raw in enumerate(values):
            path = (section, index)
            if section != "tests" and isinstance(raw, dict) and isinstance(raw.get("id"), str):
                name = raw["id"]
                if section == "channels":
                    name = f"{raw.get('sink')}:{name}"
                self._collector.name(section, name, self._document.place((*path, "id")))
            yield path, raw

    def _rule(self, path: Path_, raw: dict[str, Any]) -> None:
        defaults = self._document.value.get("defaults")
        if not isinstance(defaults, dict) or ("defaults",) in self._wrong:
            defaults = {}
        values = over_defaults(defaults, raw)
        rule: Rule | None = None
        found = self._wrong.get(path, [])
        if not found:
            rule, found = typed(values, RULE_KINDS[self._kind], path, self._document.value)
            self._collector.faults += [of_mismatch(self._document, (), m) for m in found]
        mended: set[str] = set()
        for _ in range(_REPAIRS):
            mended |= {str(m.path[len(path)]) for m in found if len(m.path) > len(path)}
            fixed = repaired(values, found, path) if found else None
            if fixed is None:
                break
            values = fixed
            rule, found = typed(values, RULE_KINDS[self._kind], path, self._document.value)
        if rule is None or found:
            return
        entry = RuleEntry(
            self._kind, rule, values, _hash(values), self._document, path, frozenset(mended)
        )
        self._parts.rules.append(entry)

    def _routes(self) -> None:
        routes = self._document.value.get("routes")
        if not isinstance(routes, dict):
            return
        for name, raw in routes.items():
            path = ("routes", name)
            self._collector.name("routes", name, self._document.key(path))
            if path not in self._wrong and name not in self._parts.routes:
                for placed in self._placed(path, raw, list[RouteEntry]):
                    self._parts.routes[name] = placed


def _hash(content: Any) -> str:
    encoded = msgspec.json.encode(content, order="deterministic")
    return f"sha256:{hashlib.sha256(encoded).hexdigest()[:16]}"
