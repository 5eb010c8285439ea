"""How many marks are false, and since when that share is another one than before."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from rules.critical.learning.layer import Drift, Share
from rules.critical.learning.marks import Disposition

__all__ = ["drift_of", "shares_of"]

_DIGITS = 3
_TO_BE_SURE = 16


def shares_of(marks: Sequence[Disposition]) -> list[Share]:
    """False marks and all, by tier."""
    return [
        Share(tier, sum(mark.mark == "false" for mark in of), len(of))
        for tier in ("critical", "review")
        if (of := [mark for mark in marks if mark.tier == tier])
    ]


def drift_of(marks: Sequence[Disposition]) -> Drift | None:
    """The last change of the share of false marks, if there is one; marks in order of time.

    Noticed by adaptive windowing (ADWIN: Bifet and Gavalda, 2007), which takes some marks to be
    sure of it: the last ones before that count for what is now.
    """
    from river.drift import ADWIN  # noqa: PLC0415 -- seconds of import, only where learning runs

    window: Any = ADWIN(clock=1)
    noticed = None
    false = [mark.mark == "false" for mark in marks]
    for at, value in enumerate(false):
        window.update(int(value))
        if window.drift_detected:
            noticed = at
    if noticed is None:
        return None
    begins = max(noticed - _TO_BE_SURE, noticed // 2)
    before, now = fmean(false[:begins]), fmean(false[begins:])
    return Drift(marks[noticed].at, round(before, _DIGITS), round(now, _DIGITS))
