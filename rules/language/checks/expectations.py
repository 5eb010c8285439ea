"""Tests beside the rules: rules and incidents that exist, and expectations that say when."""

from __future__ import annotations

from collections.abc import Iterator

from rules.language.checks.subject import Subject, nearest
from rules.language.faults import Fault
from rules.language.parts import Placed
from rules.language.schema.cases import Expectation, TestCase, TestEvent

__all__ = ["check"]

_WHENS = ("at", "by", "total")


def check(subject: Subject) -> Iterator[Fault]:
    """All tests, as far as they can be judged without being run."""
    for placed in subject.parts.tests:
        case = placed.value
        known = subject.names("rules")
        if case.rule not in known and subject.whole:
            message = f'test of an unknown rule "{case.rule}"'
            yield Fault(placed.place("rule"), "E520", message, nearest(case.rule, known))
        for index, expected in enumerate(case.expect):
            yield from _expectation(placed, index, expected)
        ids = {event.id for event in case.events if event.id is not None}
        yield from _units(placed)
        for index, event in enumerate(case.events):
            yield from _event(placed, index, event, ids)


def _expectation(placed: Placed[TestCase], index: int, expected: Expectation) -> Iterator[Fault]:
    given = [name for name in _WHENS if getattr(expected, name) is not None]
    if len(given) != 1:
        message = "an expectation has one of `at`, `by` and `total`"
        yield Fault(placed.place("expect", index), "E521", message)
        return
    others = [name for name in expected.__struct_fields__ if name not in (*_WHENS, "area")]
    if given[0] != "total" and all(getattr(expected, name) is None for name in others):
        yield Fault(placed.place("expect", index), "E522", "the expectation says nothing to expect")


def _units(placed: Placed[TestCase]) -> Iterator[Fault]:
    """Events of units that nobody knows: neither given nor told of with an area before."""
    met = {unit.id for unit in placed.value.given.units}
    for index, event in enumerate(placed.value.events):
        if event.unit is None or event.status is None:
            continue  # half an event is a fault of its own
        if event.area is None and event.unit not in met:
            message = f'unit "{event.unit}" is not given, and the event names no area'
            hint = nearest(event.unit, met)
            yield Fault(placed.place("events", index, "unit"), "E525", message, hint)
        met.add(event.unit)


def _event(
    placed: Placed[TestCase], index: int, event: TestEvent, ids: set[str]
) -> Iterator[Fault]:
    if (event.unit is None) != (event.status is None):
        message = "a unit's event has both `unit` and `status`"
        yield Fault(placed.place("events", index), "E523", message)
    if event.near is not None and event.near.id not in ids:
        place = placed.place("events", index, "near", "id")
        message = f'no event of this test has the id "{event.near.id}"'
        yield Fault(place, "E524", message, nearest(event.near.id, ids))
    if event.event != "created" and event.id is None:
        message = f"`event: {event.event}` needs the id of an earlier event"
        yield Fault(placed.place("events", index, "event"), "E524", message)
