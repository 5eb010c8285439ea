"""Invented surges: their kinds, when and where they happen, and the events they add."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.evaluation.history import History, typical_week

__all__ = ["KINDS", "Kind", "Surges", "draw", "kind_of"]

Ints = NDArray[np.int64]

KINDS = ("+5/1h", "+5/2h", "+10/2h", "x3/2h", "+10/4h", "x2/4h")
"""The kinds that detectors were compared by: some events more, or a multiple of the usual."""
_FORM = re.compile(r"(?P<sign>[+x])(?P<size>\d{1,4}(?:\.\d)?)/(?P<hours>\d{1,3})h")
_GAP_DAYS = (1.75, 5.25)
"""Days from one surge of an area to its next, uniform: 3.5 in the mean."""
AFTER_HOURS = 0.5
"""Until this long after a surge its detection counts."""
_APART_HOURS = 2.0


class Kind(Struct, frozen=True):
    """One kind of surge: `add` events, or `factor` times the usual number, over `hours`."""

    name: str
    add: int
    factor: float
    hours: int


def kind_of(text: str) -> Kind | None:
    """`+5/1h` is five events more within an hour, `x3/2h` three times the usual; else None."""
    match = _FORM.fullmatch(text)
    if match is None or int(match["hours"]) == 0:
        return None
    size = float(match["size"])
    if match["sign"] == "+":
        whole = size == int(size) and size > 0
        return Kind(text, int(size), 1.0, int(match["hours"])) if whole else None
    return Kind(text, 0, size, int(match["hours"])) if size > 1 else None


class Surges(NamedTuple):
    """Surges and their events. kind: index; start: row; length: ticks; all [surges].

    rows, areas: where the additional events lie, [events].
    """

    kind: Ints
    area: Ints
    start: Ints
    length: Ints
    event_rows: Ints
    event_areas: Ints

    def injected(self, history: History) -> History:
        """The history with the surges in it."""
        return history.adding(self.event_rows, self.event_areas)


def draw(history: History, begin: int, kinds: list[Kind], seed: int) -> Surges:
    """One surge per area and 3.5 days on the rows from `begin` on, its kind by lot.

    Events lie uniformly in the surge. A surge that would reach into a gap of the data, or beyond
    its end, is left out.
    """
    rng = np.random.default_rng(seed)
    usual, shape = typical_week(history)
    hours = history.hours_of_week()
    per_hour, end = history.per_hour, len(history.seen)
    unseen = np.concatenate(([0], np.cumsum(~history.seen)))
    low, high = (int(days * 24 * per_hour) for days in _GAP_DAYS)
    found: list[tuple[int, int, int, int]] = []
    rows: list[Ints] = []
    areas: list[Ints] = []
    for area in range(history.areas):
        start = begin + int(rng.integers(0, (low + high) // 2))
        while start < end:
            index = int(rng.integers(0, len(kinds)))
            kind = kinds[index]
            length = kind.hours * per_hour
            reach = min(start + length + int(_APART_HOURS * per_hour), end)
            expected = usual[area] * shape[hours[start : start + length]].sum()
            number = kind.add or int(rng.poisson((kind.factor - 1.0) * expected))
            places = start + rng.integers(0, length, number)
            if start + length + AFTER_HOURS * per_hour <= end and unseen[start] == unseen[reach]:
                found.append((index, area, start, length))
                rows.append(places)
                areas.append(np.full(number, area, dtype=np.int64))
            start += int(rng.integers(low, high))
    table = np.array(found, dtype=np.int64).reshape(-1, 4)
    return Surges(
        kind=table[:, 0],
        area=table[:, 1],
        start=table[:, 2],
        length=table[:, 3],
        event_rows=np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64),
        event_areas=np.concatenate(areas) if areas else np.zeros(0, dtype=np.int64),
    )
