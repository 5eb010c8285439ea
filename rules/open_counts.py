"""All that heat rules count in ticks that still take rows; rules that count the same share it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.language.schema.heat import Count
from rules.late_rows import LateCall
from rules.linked_counts import LinkedCounts
from rules.pending import PendingCounts
from rules.same_type import UNKNOWN_TYPE
from rules.sliding import Fresh
from streams.categories import OTHER_CATEGORY
from streams.clock import TICK_MS
from streams.observations import FLAG_LINKED, FLAG_OFFICER, Batch

__all__ = ["OpenCounts", "Taken"]

Ints = NDArray[np.int64]
_REVISED = " +late"


class Taken:
    """What was counted in the ticks from `first` on, [ticks, areas], by what a rule counts.

    late: calls that take effect with the first tick, by what is counted, and which are repeats.
    """

    def __init__(
        self,
        first: int,
        counts: dict[str, Ints],
        linked: dict[str, tuple[Ints, Ints]],
        late: dict[str, tuple[list[LateCall], NDArray[np.bool_]]],
    ) -> None:
        self._first = first
        self._counts = counts
        self._linked = linked
        self._late = late

    def of(self, counted: Count, revised: int) -> Fresh:
        """What a rule counts. revised: so many ticks back it corrects; 0 where it ignores."""
        key = _key(counted, revises=revised > 0)
        incidents, behind = self._linked.get(key) or (self._counts[key],) * 2
        counts, calls = self._named(counted, incidents, behind)
        late, repeats = self._late.get(key, ([], np.zeros(0, dtype=np.bool_)))
        if not late or not revised:
            return Fresh(counts, calls)
        pair = np.zeros((2, revised, counts.shape[1]), dtype=np.int64)
        for call, repeat in zip(late, repeats.tolist(), strict=True):
            row = revised - 1 - (self._first - call.tick)
            if row >= 0:
                pair[:, row, call.column] += (not repeat, 1)
        late_counts, late_calls = self._named(counted, pair[0], pair[1])
        return Fresh(counts, calls, late_counts, late_calls)

    @staticmethod
    def _named(counted: Count, incidents: Ints, calls: Ints) -> tuple[Ints, Ints | None]:
        if counted.link is None:
            return calls, None
        by_name = {"incidents": incidents, "calls": calls, "repeats": calls - incidents}
        return by_name[counted.of], calls


class OpenCounts:
    """Counts of open ticks, plain ones and those of linked calls, by `Count.rows`.

    Where calls are linked, rules that revise have counts of their own: there late calls are places
    to link to, while elsewhere what is late changes nothing.
    """

    def __init__(self) -> None:
        self._counted: dict[str, Count] = {}
        self._plain: dict[str, PendingCounts] = {}
        self._linked: dict[str, LinkedCounts] = {}

    def provide(self, counts: Iterable[tuple[Count, bool]]) -> None:
        """Keep what these rules count, begin what is new, drop the rest.

        counts: what is counted, and whether late calls correct it.
        """
        self._counted = {_key(counted, revises=late): counted for counted, late in counts}
        links = {key for key, counted in self._counted.items() if counted.link is not None}
        self._plain = {
            key: self._plain.get(key) or PendingCounts() for key in self._counted.keys() - links
        }
        self._linked = {
            key: self._linked.get(key) or _linked_counts(self._counted[key]) for key in links
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
                np.array([_type(code) for code in batch.categories])[category[mine]],
            )

    def earliest(self) -> int | None:
        """The first tick in which anything was counted."""
        ticks = [pending.earliest() for pending in self._all().values()]
        return min((tick for tick in ticks if tick is not None), default=None)

    def take(self, first: int, end: int, areas: int, late: Sequence[LateCall]) -> Taken:
        """What was counted in the ticks first..end-1, which are forgotten here.

        late: calls of earlier ticks that take effect with the first one, in order of time.
        """
        found = {key: self._late(key, late) for key in self._counted if late}
        return Taken(
            first,
            {key: pending.take(first, end, areas) for key, pending in self._plain.items()},
            {key: pending.take(first, end, areas) for key, pending in self._linked.items()},
            found,
        )

    def _late(self, key: str, late: Sequence[LateCall]) -> tuple[list[LateCall], NDArray[np.bool_]]:
        """The late calls that are counted, and which of them are repeats."""
        counted = self._counted[key]
        calls = [
            call
            for call in late
            if counted.takes(call.category)
            and not (counted.drops_officer_initiated and call.flags & FLAG_OFFICER)
        ]
        if not calls or not key.endswith(_REVISED):
            return calls, np.zeros(len(calls), dtype=np.bool_)
        columns, times, places = (
            np.array([getattr(call, name) for call in calls], dtype=np.int64)
            for name in ("column", "time", "place")
        )
        groups = np.array([_group(counted, call.category) for call in calls], dtype=np.int64)
        types = np.array([_type(call.category) for call in calls], dtype=np.int64)
        linked = np.array([call.linked for call in calls])
        repeats = self._linked[key].mark_late(columns, times, places, groups, linked, types)
        return calls, repeats

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


def _key(counted: Count, *, revises: bool) -> str:
    """Whose open counts are shared."""
    return counted.rows + _REVISED if revises and counted.link is not None else counted.rows


def _linked_counts(counted: Count) -> LinkedCounts:
    return LinkedCounts(counted.link_ms, counted.link_type_ms)


def _type(code: str) -> int:
    """A category code as a number, where it says what a call is about."""
    return int(code) if code.isdecimal() and code != OTHER_CATEGORY else UNKNOWN_TYPE


def _group(counted: Count, code: str) -> int:
    """What calls must have in common to be linked, besides their place: 0 where that is nothing."""
    asked = counted.link is not None and counted.link.group
    return int(code[:2]) if asked and code[:2].isdecimal() else 0
