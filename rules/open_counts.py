"""All that heat rules count in ticks that still take rows; rules that count the same share it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.language.schema.heat import Count
from rules.linked_counts import LinkedCounts
from rules.pending import PendingCounts
from streams.clock import TICK_MS
from streams.observations import FLAG_LINKED, FLAG_OFFICER, Batch

__all__ = ["OpenCounts", "Taken"]

Ints = NDArray[np.int64]


class Taken:
    """What was counted in some ticks, [ticks, areas], by what a rule counts."""

    def __init__(self, counts: dict[str, Ints], linked: dict[str, tuple[Ints, Ints]]) -> None:
        self._counts = counts
        self._linked = linked

    def of(self, counted: Count) -> tuple[Ints, Ints | None]:
        """What a rule counts, and the calls behind it where it links them."""
        if counted.link is None:
            return self._counts[counted.rows], None
        incidents, calls = self._linked[counted.rows]
        by_name = {"incidents": incidents, "calls": calls, "repeats": calls - incidents}
        return by_name[counted.of], calls


class OpenCounts:
    """Counts of open ticks, plain ones and those of linked calls, by `Count.rows`."""

    def __init__(self) -> None:
        self._counted: dict[str, Count] = {}
        self._plain: dict[str, PendingCounts] = {}
        self._linked: dict[str, LinkedCounts] = {}

    def provide(self, counts: Iterable[Count]) -> None:
        """Keep what these rules count, begin what is new, drop the rest."""
        self._counted = {counted.rows: counted for counted in counts}
        links = {key for key, counted in self._counted.items() if counted.link is not None}
        self._plain = {
            key: self._plain.get(key) or PendingCounts() for key in self._counted.keys() - links
        }
        self._linked = {
            key: self._linked.get(key) or LinkedCounts(self._counted[key].link_ms) for key in links
        }

    def add(self, batch: Batch, rows: NDArray[np.intp], columns: Ints) -> None:
        """Count rows of a batch, each in an area column, for every rule that takes them."""
        times = batch.column("time")[rows]
        ticks = times // TICK_MS
        category = batch.column("category")[rows]
        flags = batch.column("flags")[rows]
        for key, counted in self._counted.items():
            mine = np.array([counted.takes(code) for code in batch.categories])[category]
            if counted.drops_officer_initiated:
                mine &= (flags & FLAG_OFFICER) == 0
            if counted.link is None:
                self._plain[key].add(ticks[mine], columns[mine])
                continue
            group = np.array([_group(counted, code) for code in batch.categories])[category]
            self._linked[key].add(
                ticks[mine],
                columns[mine],
                times[mine],
                batch.column("place")[rows][mine],
                group[mine],
                (flags[mine] & FLAG_LINKED) > 0,
            )

    def earliest(self) -> int | None:
        """The first tick in which anything was counted."""
        ticks = [pending.earliest() for pending in self._all().values()]
        return min((tick for tick in ticks if tick is not None), default=None)

    def take(self, first: int, end: int, areas: int) -> Taken:
        """What was counted in the ticks first..end-1, which are forgotten here."""
        return Taken(
            {key: pending.take(first, end, areas) for key, pending in self._plain.items()},
            {key: pending.take(first, end, areas) for key, pending in self._linked.items()},
        )

    def snapshot(self) -> list[Any]:
        """Plain values and bytes, in order of what is counted."""
        pending = self._all()
        return [[key, pending[key].snapshot()] for key in sorted(pending)]

    def restore(self, state: list[Any]) -> None:
        """Take over a snapshot, as far as it has what is counted here."""
        pending = self._all()
        for key, counts in state:
            if key in pending:
                pending[key].restore(counts)

    def _all(self) -> dict[str, PendingCounts | LinkedCounts]:
        return {**self._plain, **self._linked}


def _group(counted: Count, code: str) -> int:
    """What calls must have in common to be linked, besides their place: 0 where that is nothing."""
    asked = counted.link is not None and counted.link.group
    return int(code[:2]) if asked and code[:2].isdecimal() else 0
