"""Routes and contacts: names that exist, entries that are reached, no circles."""

from __future__ import annotations

from collections.abc import Iterator

from rules.language.checks.subject import Subject, nearest
from rules.language.faults import Fault
from rules.language.parts import Placed
from rules.language.routing import unreached
from rules.language.schema.channels import CHANNELS, Contact
from rules.language.schema.common import RouteEntry
from rules.language.schema.names import LEVELS
from streams.yaml_nodes import Place

__all__ = ["check"]


def check(subject: Subject) -> Iterator[Fault]:
    """Who is told."""
    used: set[str] = set()
    for route, place in _used(subject):
        used.add(route)
        if route not in subject.names("routes") and subject.whole:
            known = subject.names("routes")
            yield Fault(place, "E401", f'unknown route "{route}"', nearest(route, known))
    for name, placed in subject.parts.routes.items():
        if name not in used:
            yield Fault(placed.key(), "W407", f'no rule uses the route "{name}"')
        yield from _route(subject, name, placed)
    for contact in subject.parts.contacts.values():
        yield from _contact(subject, contact)
    yield from _circles(subject)


def _used(subject: Subject) -> Iterator[tuple[str, Place]]:
    """Names of routes that rules and their overrides use, with their places."""
    for entry in subject.parts.rules:
        if entry.rule.route is not None:
            yield entry.rule.route, entry.place("route")
        for index, override in enumerate(entry.rule.overrides):
            route = override.set.get("route")
            if isinstance(route, str):
                yield route, entry.place("overrides", index, "set", "route")


def _route(subject: Subject, name: str, placed: Placed[list[RouteEntry]]) -> Iterator[Fault]:
    route = placed.value
    for index in unreached(route):
        message = f"entry {index + 1} of route {name} is never taken: earlier ones have its levels"
        yield Fault(placed.place(index), "W404", message)
    told = {level for entry in route for level in (entry.level or LEVELS)}
    missing = [level for level in LEVELS if level not in told]
    if missing:
        message = f"route {name} tells nobody of level {', '.join(missing)}"
        yield Fault(placed.key(), "W408", message)
    for index, entry in enumerate(route):
        for side in ("to", "otherwise"):
            for at, target in enumerate(getattr(entry, side)):
                yield from _target(subject, target, placed.place(index, side, at))
        if entry.otherwise and entry.ack_within is None:
            message = "`otherwise` is never told: without `ack_within` nobody is waited for"
            yield Fault(placed.place(index, "otherwise"), "E409", message)
        if entry.when is not None and any(
            getattr(entry.when, part) for part in ("area", "tag", "source", "category")
        ):
            message = "the `when` of a route's entry takes only `time` and `day`"
            yield Fault(placed.place(index, "when"), "E404", message)
        if entry.mechanism is not None and entry.level and "I" not in entry.level:
            message = "the joint mechanism is proposed with alerts of level I only"
            yield Fault(placed.place(index, "mechanism"), "E431", message)
        for why in _digest(entry):
            yield Fault(placed.place(index, "digest"), "E430", f"a digest {why}")


def _digest(entry: RouteEntry) -> Iterator[str]:
    """Why an entry's alerts cannot wait for a list."""
    if entry.digest is None:
        return
    if not entry.level or not set(entry.level) <= {"III", "IV"}:
        yield "keeps back what must be told at once: name the levels, of III and IV"
    if entry.ack_within is not None:
        yield "is nothing to acknowledge in time: remove `ack_within`"
    if entry.group is not None:
        yield "gathers by itself: remove `group`"
    if entry.repeat is not None:
        yield "comes again by itself: remove `repeat`"


def _target(subject: Subject, target: str, place: Place) -> Iterator[Fault]:
    sink, named, _ = target.partition(":")
    if not named:
        known = [*subject.names("contacts"), *CHANNELS]
        if target not in known and subject.whole:
            yield Fault(place, "E403", f'unknown contact "{target}"', nearest(target, known))
    elif sink not in CHANNELS:
        message = f'unknown kind of channel "{sink}" (known: {", ".join(CHANNELS)})'
        yield Fault(place, "E402", message, nearest(sink, CHANNELS))
    elif subject.names("channels") and target not in subject.names("channels") and subject.whole:
        known = list(subject.names("channels"))
        yield Fault(place, "E402", f'unknown channel "{target}"', nearest(target, known))


def _contact(subject: Subject, placed: Placed[Contact]) -> Iterator[Fault]:
    contact = placed.value
    if not contact.to:
        message = f"contact {contact.id} has no channel, so nobody is reached"
        yield Fault(placed.place("id"), "E406", message)
    for side in ("to", "otherwise"):
        for at, target in enumerate(getattr(contact, side)):
            yield from _target(subject, target, placed.place(side, at))


def _circles(subject: Subject) -> Iterator[Fault]:
    """Contacts that hand over to each other; told once, at the first id of the circle."""
    contacts = subject.parts.contacts
    for start in contacts:
        circle = _circle(contacts, start)
        if circle and start == min(circle):
            way = " -> ".join([*circle, start])
            place = contacts[start].place("otherwise")
            yield Fault(place, "E405", f"contacts hand over in a circle ({way}); end it")


def _circle(contacts: dict[str, Placed[Contact]], start: str) -> list[str]:
    """Contacts from `start` back to itself, or nothing."""
    ways: list[list[str]] = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for next_ in contacts[way[-1]].value.otherwise:
            if next_ == start:
                return way
            if next_ in contacts and next_ not in seen:
                seen.add(next_)
                ways.append([*way, next_])
    return []
