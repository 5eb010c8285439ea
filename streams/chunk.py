"""One chunk while intake sorts it: rows that are in, records that are out, repairs told of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.adapters import Decoded, Item, Notice, Raw, Refusal
from streams.clock import TICK_MS
from streams.marks import read_mark
from streams.observations import FLAG_LATE, Call, Change, DeadLetter, Finding
from streams.privacy import excerpt
from streams.records import Incident, UnitPosition

__all__ = ["Chunk", "Source"]

_NOTICES_EACH: Final = 100
"""Repairs told one by one per chunk and reason; the rest of a flood is told as one with a count."""
_FUTURE: Final = Refusal(
    reason="future_time",
    detail="the event time lies more than the allowed minutes after the record's arrival: "
    "check the sender's clock and time zone",
)


class Source(Struct, frozen=True):
    """A source partition: topic, partition number, and how many partitions the topic has.

    stream: what it is trusted to tell the event time of; `mixed` is a file, which may hold both.
    """

    topic: str
    partition: int
    partitions: int
    stream: Literal["incidents", "positions", "mixed"] = "incidents"

    @property
    def name(self) -> str:
        """`topic/partition`, as it stands in batches and metrics."""
        return f"{self.topic}/{self.partition}"


class Chunk:
    """The records of a chunk, sorted. Row i of `incidents`, `times` and `offsets_in` go together.

    So do row i of `fixes` and `fix_rows` (its place among the raws), `fix_times` (ms).
    rejected holds source offsets; closes is the latest time that a mark closes (ms).
    """

    def __init__(
        self,
        source: Source,
        offsets: Sequence[int],
        arrivals: Sequence[int],
        raws: Sequence[Raw],
    ) -> None:
        self.incidents: list[Incident] = []
        self.rejected: list[int] = []
        self.fixes: list[UnitPosition] = []
        self.fix_rows: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.fix_times: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.closes: int | None = None
        self.times: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.offsets_in: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._source = source
        self._offsets = offsets
        self._arrivals = arrivals
        self._raws = raws
        self._letters: list[DeadLetter] = []
        self._floods: dict[str, list[tuple[int, Notice]]] = {}
        self._marks = 0

    @property
    def read(self) -> int:
        """Records read; marks are the feed's own and do not count."""
        return len(self._raws) - self._marks

    def sort(self, items: Iterable[Item], future_ms: int) -> None:
        """Sort what the adapter made of the raws; a time too far ahead of arrival is refused."""
        items = list(items)
        kinds = set(map(type, items))
        if kinds == {Incident} and self._all_in(items, future_ms):
            return
        if kinds == {UnitPosition} and self._all_fixes(items, future_ms):
            return
        times: list[int] = []
        rows: list[int] = []
        fix_rows: list[int] = []
        fix_times: list[int] = []
        for row, item in enumerate(items):
            record = item
            if isinstance(item, Refusal):
                self._refuse_or_mark(row, item, future_ms)
                continue
            if isinstance(item, Decoded):
                record = item.record
                self._note(row, item)
            is_incident = isinstance(record, Incident)
            time_ms = _millis(record.reported_at if is_incident else record.ts)  # type: ignore[union-attr]
            if time_ms > self._arrivals[row] + future_ms:
                self.refuse(row, _FUTURE)
            elif is_incident:
                rows.append(row)
                times.append(time_ms)
                self.incidents.append(record)  # type: ignore[arg-type]
            else:
                fix_rows.append(row)
                fix_times.append(time_ms)
                self.fixes.append(record)  # type: ignore[arg-type]
        self.fix_rows = np.array(fix_rows, dtype=np.int64)
        self.fix_times = np.array(fix_times, dtype=np.int64)
        self.times = np.array(times, dtype=np.int64)
        self.offsets_in = np.array([self._offsets[row] for row in rows], dtype=np.int64)

    def _all_in(self, items: list[Any], future_ms: int) -> bool:
        """The common case at array speed: nothing but clean incidents, none of the future."""
        seconds = np.array([item.reported_at.timestamp() for item in items])
        times = np.rint(seconds * 1000).astype(np.int64)
        if (times > self.arrivals + future_ms).any():
            return False
        self.incidents = items
        self.times = times
        self.offsets_in = self.offsets
        return True

    def _all_fixes(self, items: list[Any], future_ms: int) -> bool:
        """The same of nothing but clean unit positions."""
        seconds = np.array([item.ts.timestamp() for item in items])
        times = np.rint(seconds * 1000).astype(np.int64)
        if (times > self.arrivals + future_ms).any():
            return False
        self.fixes = items
        self.fix_times = times
        self.fix_rows = np.arange(len(items))
        return True

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Source offsets of the raws."""
        return np.asarray(self._offsets, dtype=np.int64)

    @property
    def arrivals(self) -> NDArray[np.int64]:
        """Arrival times of the raws (ms)."""
        return np.asarray(self._arrivals, dtype=np.int64)

    def columns(
        self,
        mine: NDArray[np.intp],
        homes: Sequence[tuple[str, str]],
        flags: NDArray[np.uint8],
        places: NDArray[np.int64],
        standing: NDArray[np.int64],
        findings: Mapping[int, Finding],
        calls: Mapping[int, Call],
        addresses: NDArray[np.int64] | None,
    ) -> dict[str, Any]:
        """The fields of a Batch for the rows `mine`; homes are (area, command) per row.

        standing: the watermark (ms) that stood when each row arrived.
        """
        areas: dict[tuple[str, str], int] = {}
        categories: dict[str, int] = {}
        rows = mine.tolist()
        records = [self.incidents[row] for row in rows]
        area = [areas.setdefault(homes[row], len(areas)) for row in rows]
        late = np.flatnonzero(flags[mine] & FLAG_LATE)
        category = [categories.setdefault(r.category, len(categories)) for r in records]
        return {
            "areas": [area_id for area_id, _ in areas],
            "commands": [command for _, command in areas],
            "categories": list(categories),
            "ids": [record.incident_id for record in records],
            "offset": self.offsets_in[mine].astype("<i8").tobytes(),
            "time": self.times[mine].astype("<i8").tobytes(),
            "flags": flags[mine].tobytes(),
            "place": places[mine].astype("<i8").tobytes(),
            "address": b"" if addresses is None else addresses[mine].astype("<i8").tobytes(),
            "area": np.array(area, dtype="<i4").tobytes(),
            "category": np.array(category, dtype="<i4").tobytes(),
            "behind": dict(zip(late.tolist(), standing[mine][late].tolist(), strict=True)),
            "changes": {
                at: _change(record)
                for at, record in enumerate(records)
                if record.rev or record.event != "created"
            },
            "findings": {at: findings[row] for at, row in enumerate(rows) if row in findings},
            "calls": {at: calls[row] for at, row in enumerate(rows) if row in calls},
            "channels": {
                at: record.source
                for at, (row, record) in enumerate(zip(rows, records, strict=True))
                if row in findings or row in calls
            },
        }

    def dead_letters(self) -> list[DeadLetter]:
        """All letters of the chunk, floods of repairs summed up at the end."""
        summed = []
        for flood in self._floods.values():
            if len(flood) > _NOTICES_EACH:
                row, notice = flood[_NOTICES_EACH]
                rest = len(flood) - _NOTICES_EACH
                summed.append(self._letter(row, notice.reason, notice.detail, "repaired", rest))
        return self._letters + summed

    def _refuse_or_mark(self, row: int, refusal: Refusal, future_ms: int) -> None:
        closes = read_mark(self._raws[row])
        if closes is None:
            self.refuse(row, refusal)
        elif closes > self._arrivals[row] + future_ms + TICK_MS:
            self.refuse(row, _FUTURE)
        else:
            self.closes = closes if self.closes is None else max(self.closes, closes)
            self._marks += 1

    def refuse(self, row: int, refusal: Refusal) -> None:
        """Reject the record at this place among the raws."""
        self.rejected.append(self._offsets[row])
        self._letters.append(self._letter(row, refusal.reason, refusal.detail, "rejected"))

    def _note(self, row: int, decoded: Decoded) -> None:
        for notice in decoded.notices:
            flood = self._floods.setdefault(notice.reason, [])
            flood.append((row, notice))
            if len(flood) <= _NOTICES_EACH:
                self._letters.append(self._letter(row, notice.reason, notice.detail, "repaired"))

    def _letter(
        self,
        row: int,
        reason: str,
        detail: str,
        disposition: Literal["rejected", "repaired"],
        count: int = 1,
    ) -> DeadLetter:
        raw = self._raws[row]
        return DeadLetter(
            reason=reason,
            detail=detail,
            disposition=disposition,
            topic=self._source.topic,
            partition=self._source.partition,
            offset=self._offsets[row],
            arrived_ms=self._arrivals[row],
            size=len(raw) if isinstance(raw, bytes) else 0,
            excerpt=excerpt(raw),
            count=count,
        )


def _change(record: Incident) -> Change:
    closed, dispatched = (
        None if moment is None else _millis(moment)
        for moment in (record.closed_at, record.dispatched_at)
    )
    # When units were sent matters once their time on task is known.
    return Change(record.rev, record.event, closed, None if closed is None else dispatched)


def _millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
