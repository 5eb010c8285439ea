"""The ladder of a coverage rule: every rung is reached and left, and a graver one never easier."""

from __future__ import annotations

from collections.abc import Iterator

from rules.language.checks.remark import Remark
from rules.language.schema.coverage import CoverageLevel, CoverageRule, Enough, Short
from rules.language.schema.names import LEVELS, Level

__all__ = ["coverage_levels"]

_SIDES = {"free_below": "free_at_least", "gap": "gap", "cold": "cold"}
"""What a rung fires at, and what of the same it clears at."""


def coverage_levels(rule: CoverageRule) -> Iterator[Remark]:
    """Each rung by itself, and against the one below it."""
    lesser: tuple[Level, Short] | None = None
    for level in reversed(LEVELS):
        rung = rule.levels.get(level)
        if rung is None:
            continue
        yield from _rung(level, rung)
        if lesser is not None:
            yield from _order(level, rung.fire, *lesser)
        lesser = level, rung.fire


def _rung(level: Level, rung: CoverageLevel) -> Iterator[Remark]:
    fires = {name: getattr(rung.fire, name) for name in _SIDES}
    if all(value is None for value in fires.values()):
        message = f"level {level} never says when it fires: give free_below, gap or cold"
        yield Remark(("levels", level, "fire"), "E210", message)
    if rung.clear == Enough():
        message = f"level {level} never says when it clears: give free_at_least, gap or cold"
        yield Remark(("levels", level, "clear"), "E210", message)
    for name, other in _SIDES.items():
        limit, enough = fires[name], getattr(rung.clear, other)
        path = ("levels", level, "clear", other)
        if enough is not None and limit is None:
            message = f"level {level} clears at {other}, but does not fire at {name}"
            yield Remark(path, "E212", message)
        elif enough is not None and name == "free_below" and enough < limit:
            message = (
                f"level {level} clears at {enough:g} free units but fires below {limit:g}; clear "
                "must lie above"
            )
            yield Remark(path, "E214", message)
        elif enough is not None and name != "free_below" and enough >= limit:
            message = (
                f"level {level} fires at {name} {limit:g} but clears at {enough:g}; clear must lie "
                "below fire"
            )
            yield Remark(path, "E214", message)


def _order(level: Level, fire: Short, lesser: Level, below: Short) -> Iterator[Remark]:
    for name in _SIDES:
        graver, easier = getattr(fire, name), getattr(below, name)
        if graver is None or easier is None:
            continue
        if graver > easier if name == "free_below" else graver < easier:
            named = f"below {graver:g}" if name == "free_below" else f"{name} {graver:g}"
            under = f"below {easier:g}" if name == "free_below" else f"{name} {easier:g}"
            message = f"level {level} is easier to reach ({named}) than level {lesser} ({under})"
            yield Remark(("levels", level, "fire", name), "E215", message)
