"""Every `when`: bands, days, channels and categories that exist, and at least one condition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from rules.language.checks.subject import Subject, nearest, of_problems
from rules.language.faults import Fault
from rules.language.schema.common import SuppressWhen, When, listed
from rules.language.schema.heat import HeatRule
from rules.language.schema.names import SOURCES, CriticalName
from rules.language.when import problems
from streams.categories import CATEGORIES
from streams.yaml_nodes import Document, Path_

__all__ = ["check"]

_CODES = {"when.time": "E306", "when.day": "E307"}
_CRITICAL = get_args(CriticalName)


def check(subject: Subject) -> Iterator[Fault]:
    """All conditions, and the categories that rules count."""
    for when, document, path, whose in subject.conditions():
        yield from of_problems(problems(when, subject.calendar), _CODES, document, path)
        if not any(getattr(when, name) is not None for name in when.__struct_fields__):
            message = f"`when` of {whose} has no condition, so it would hold everywhere and always"
            yield Fault(document.place(path), "E223", message, "name an area, a tag, a time ...")
        yield from _empty(when, document, path)
        yield from _sources(when, document, path)
        yield from _categories(when, document, path)
        if isinstance(when, SuppressWhen) and subject.whole:
            yield from _rules(subject, when, document, path)
    for entry in subject.parts.rules:
        if isinstance(entry.rule, HeatRule):
            for index, code in enumerate(entry.rule.count.category):
                if not _is_category(code):
                    place = entry.place("count", "category", index)
                    yield Fault(place, "W314", f'no category begins with "{code}"')


def _empty(when: When, document: Document, path: Path_) -> Iterator[Fault]:
    for name in when.__struct_fields__:
        if getattr(when, name) == []:
            message = f"`{name}` names nothing, so the condition never holds"
            yield Fault(document.place((*path, name)), "E114", message, "take the line out")


def _sources(when: When, document: Document, path: Path_) -> Iterator[Fault]:
    for index, source in enumerate(listed(when.source)):
        if source not in SOURCES:
            inner = () if isinstance(when.source, str) else (index,)
            message = f'unknown source "{source}" (known: {", ".join(SOURCES)})'
            place = document.place((*path, "source", *inner))
            yield Fault(place, "E313", message, nearest(source, SOURCES))


def _categories(when: When, document: Document, path: Path_) -> Iterator[Fault]:
    for index, category in enumerate(listed(when.category)):
        if category not in _CRITICAL and not _is_category(category):
            inner = () if isinstance(when.category, str) else (index,)
            message = f'unknown category "{category}": neither a code nor a critical category'
            place = document.place((*path, "category", *inner))
            yield Fault(place, "E314", message, nearest(category, _CRITICAL))


def _rules(
    subject: Subject, when: SuppressWhen, document: Document, path: Path_
) -> Iterator[Fault]:
    known = subject.names("rules")
    for index, rule in enumerate(listed(when.rule)):
        if rule not in known:
            inner = () if isinstance(when.rule, str) else (index,)
            place = document.place((*path, "rule", *inner))
            yield Fault(place, "E310", f'unknown rule "{rule}"', nearest(rule, known))


def _is_category(code: str) -> bool:
    return any(known.startswith(code) for known in CATEGORIES)
