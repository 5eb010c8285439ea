"""A rule without what is wrong in it, so that the rest of it is checked in the same pass."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from rules.language.typed import Mismatch
from streams.yaml_nodes import Path_

__all__ = ["repaired"]

_STAND_IN = {"title": {"zh": "?", "en": "?"}}
"""For what every rule must have and no check looks at."""


def repaired(
    values: dict[str, Any], found: Sequence[Mismatch], base: Path_
) -> dict[str, Any] | None:
    """A copy without the values that do not fit; None where nothing would be left to check.

    A list is cut where its first entry is wrong, so that the others keep their places; of a level
    nothing is left where a part of it is wrong, since half a level looks like another fault.
    """
    fixed = copy.deepcopy(values)
    for mismatch in found:
        inner = mismatch.path[len(base) :]
        if inner:
            _drop(fixed, inner[:2] if inner[0] == "levels" else inner)
        elif mismatch.code == "E106":
            name = mismatch.message.rpartition(' has no "')[2].rstrip('"')
            if name not in _STAND_IN:
                return None
            fixed[name] = _STAND_IN[name]
        else:
            return None
    return fixed


def _drop(values: Any, path: Path_) -> None:
    at = values
    for position, step in enumerate(path):
        if isinstance(at, list) and isinstance(step, int):
            del at[step:]
            return
        if not isinstance(at, dict) or step not in at:
            return
        if position == len(path) - 1:
            del at[step]
            return
        at = at[step]
