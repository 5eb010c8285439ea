"""The areas file: parents that exist, no circles, kinds in order; and areas that are named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.language.checks.subject import Subject, nearest
from rules.language.faults import Fault
from rules.language.leaves import close
from rules.language.schema.cases import TestCase
from rules.language.schema.common import listed
from streams.area_file import KIND_ORDER
from streams.yaml_nodes import Place

__all__ = ["check"]

_CORNERS: Final = 3


def check(subject: Subject) -> Iterator[Fault]:
    """Everything about areas."""
    yield from _tree(subject)
    if not subject.whole:
        return
    if subject.tree.known:
        for area_id, place in _named(subject):
            if area_id not in subject.tree.entries and area_id not in subject.tree.own:
                yield _unknown(subject, area_id, place)
    yield from _tags(subject)


def _tree(subject: Subject) -> Iterator[Fault]:
    entries = subject.tree.entries
    known = {*entries, *subject.tree.own.ids(), *subject.names("areas")}
    for area_id, placed in entries.items():
        area = placed.value
        if 0 < len(area.polygon) < _CORNERS:
            yield Fault(placed.place("polygon"), "E309", "a polygon has at least three corners")
        if area.parent is None:
            continue
        place = placed.place("parent")
        if area.parent not in known:
            if subject.whole:
                message = f'parent "{area.parent}" of area {area_id} is no area'
                yield Fault(place, "E303", message, nearest(area.parent, known))
            continue
        chain = _chain(subject, area_id)
        if chain[-1] == area_id and len(chain) > 1:
            if area_id == min(chain):
                way = " -> ".join(chain)
                yield Fault(place, "E302", f"the parents go in a circle ({way}); cut it")
            continue
        above = entries.get(area.parent)
        if above and KIND_ORDER.index(above.value.kind) >= KIND_ORDER.index(area.kind):
            message = f"a {area.kind} cannot lie in the {above.value.kind} {area.parent}"
            yield Fault(place, "E304", message, f"the order is {' > '.join(KIND_ORDER)}")


def _chain(subject: Subject, area_id: str) -> list[str]:
    """From an area up to its root, or round a circle back to it."""
    chain = [area_id]
    while (placed := subject.tree.entries.get(chain[-1])) is not None:
        parent = placed.value.parent
        if parent is None:
            break
        chain.append(parent)
        if parent in chain[:-1]:
            break
    return chain


def _named(subject: Subject) -> Iterator[tuple[str, Place]]:
    """Every area id that a file names, with its place."""
    for when, document, path, _ in subject.conditions():
        for index, area_id in enumerate(listed(when.area)):
            at = () if isinstance(when.area, str) else (index,)
            yield area_id, document.place((*path, "area", *at))
    # Without a list of its own a book is tested on areas that no installation has to have.
    for placed in subject.parts.tests if subject.tree.entries else ():
        for inner, area_id in _of_test(placed.value):
            yield area_id, placed.place(*inner)


def _of_test(case: TestCase) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for section in ("history", "events", "expect"):
        for index, item in enumerate(getattr(case, section)):
            if item.area is not None:
                yield (section, index, "area"), item.area
    for section in ("firing", "units"):
        for index, item in enumerate(getattr(case.given, section)):
            yield ("given", section, index, "area"), item.area


def _unknown(subject: Subject, area_id: str, place: Place) -> Fault:
    meant = close(area_id, subject.tree.ids())
    if not meant:
        return Fault(place, "E301", f'unknown area "{area_id}"')
    name = subject.tree.name(meant)
    held = subject.tree.entries.get(meant)
    where = f" [{held.place('id')}]" if held else ""
    known = f" ({name})" if name else ""
    return Fault(
        place, "E301", f'unknown area "{area_id}"', f'did you mean "{meant}"{known}?{where}'
    )


def _tags(subject: Subject) -> Iterator[Fault]:
    known = {tag for placed in subject.tree.entries.values() for tag in placed.value.tags}
    for when, document, path, _ in subject.conditions():
        for index, tag in enumerate(listed(when.tag)):
            if tag not in known:
                inner = () if isinstance(when.tag, str) else (index,)
                place = document.place((*path, "tag", *inner))
                yield Fault(place, "E305", f'no area has the tag "{tag}"', nearest(tag, known))
