"""What the marks say of each entry, counted: one word per officer and report, capped by officer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from math import fsum

from msgspec import Struct

from rules.critical.learning.marks import Disposition, in_order

__all__ = ["MEMORY", "Tally", "contradicted", "said_of", "standing", "tallies"]

MEMORY = timedelta(days=90)
"""Marks count for so long; what was learnt halves in as long, unless new marks renew it."""

_DIGITS = 9
"""Thirds of marks add up to whole ones."""

Shares = Callable[[Disposition], Mapping[str, float]]
"""How much of a mark each key gets."""


class Tally(Struct, frozen=True):
    """Marks on one entry, in marks' worth. A mark on a report with two entries is half of each.

    contradicted: marks `false` on reports that another officer marked `real`. They count as real
    ones against a lowering and as false ones against a raise, so that they move nothing.
    """

    real: float = 0.0
    false: float = 0.0
    contradicted: float = 0.0
    officers: int = 0


def standing(marks: Iterable[Disposition], as_of: datetime) -> list[Disposition]:
    """The last word of each officer on each report, not older than `MEMORY`, without `unclear`."""
    last: dict[tuple[str, str], Disposition] = {}
    for mark in in_order(marks):
        last[mark.incident_id, mark.by] = mark
    since = as_of - MEMORY
    return in_order(m for m in last.values() if m.mark != "unclear" and m.at > since)


def contradicted(marks: Iterable[Disposition]) -> set[str]:
    """The reports that one officer marks `real` and another `false`."""
    said: dict[str, set[str]] = {}
    for mark in marks:
        said.setdefault(mark.incident_id, set()).add(mark.mark)
    return {report for report, words in said.items() if len(words) > 1}


def said_of(marks: Iterable[Disposition], shares: Shares) -> dict[str, set[str]]:
    """What is said of each key by marks that nobody contradicts."""
    said: dict[str, set[str]] = {}
    for mark in marks:
        for key in shares(mark):
            said.setdefault(key, set()).add(mark.mark)
    return said


def tallies(marks: Iterable[Disposition], shares: Shares, cap: float) -> dict[str, Tally]:
    """The marks by key. No officer counts for more than `cap`: what exceeds it is scaled down."""
    marks = list(marks)
    disputed = contradicted(marks)
    heard: dict[str, dict[str, dict[str, list[float]]]] = {}
    for mark in marks:
        word = mark.mark
        if mark.incident_id in disputed:
            if word == "real":
                continue  # its counterpart says already that nothing is certain
            said = "contradicted"
        else:
            said = word
        for key, share in shares(mark).items():
            by = heard.setdefault(key, {}).setdefault(mark.by, defaultdict(list))
            by[said].append(share)
    return {key: _tally(officers.values(), cap) for key, officers in heard.items()}


def _tally(officers: Iterable[Mapping[str, list[float]]], cap: float) -> Tally:
    totals: dict[str, list[float]] = {"real": [], "false": [], "contradicted": []}
    count = 0
    for said in officers:
        count += 1
        total = fsum(share for shares in said.values() for share in shares)
        scale = min(1.0, cap / total)
        for word, shares in said.items():
            totals[word].append(scale * fsum(shares))
    real, false, disputed = (round(fsum(sums), _DIGITS) for sums in totals.values())
    return Tally(real, false, disputed, count)
