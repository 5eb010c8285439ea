"""Baselines on river: whether it is there, and over more areas than they are fit for."""

from __future__ import annotations

from collections.abc import Iterator

from detectors.river_areas import RiverParameters, need_river
from rules.language.checks.subject import Subject
from rules.language.faults import Fault
from rules.language.schema.heat import HeatRule

__all__ = ["check"]

_MOST_AREAS = 300


def check(subject: Subject) -> Iterator[Fault]:
    """Rules that cannot run here, and rules that judge every one of many stations slowly."""
    stations = _stations(subject)
    for entry in subject.parts.rules:
        rule = entry.rule
        if not isinstance(rule, HeatRule) or not isinstance(rule.baseline, RiverParameters):
            continue
        try:
            need_river()
        except ImportError as error:
            yield Fault(entry.place("baseline"), "E227", str(error))
        if stations > _MOST_AREAS and rule.by in {"station", "neighbourhood"}:
            model = rule.baseline.__struct_config__.tag
            message = f"the baseline {model} keeps an object an area, and there are {stations}"
            yield Fault(entry.place("baseline"), "W227", message)


def _stations(subject: Subject) -> int:
    entries = [placed.value for placed in subject.tree.entries.values()]
    own = [subject.tree.own.get(area_id) for area_id in subject.tree.own.ids()]
    return sum(1 for area in (*entries, *own) if area is not None and area.kind == "station")
