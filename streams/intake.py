"""The intake stage, pure: a chunk of one source partition in, observation batches and dead letters out."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, Protocol

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.adapters import Adapter, Decoded, Item, Notice, Raw, Refusal
from streams.areas import UNKNOWN_AREA, AreaTree
from streams.categories import CRITICAL_OF_CATEGORY
from streams.clock import TICK_MS, late_rows
from streams.observations import (
    FLAG_LATE,
    FLAG_OFFICER,
    FLAG_TEST,
    Batch,
    Change,
    DeadLetter,
    Finding,
)
from streams.privacy import mask
from streams.records import Incident, Level, UnitPosition

__all__ = [
    "Intake",
    "IntakeResult",
    "IntakeSettings",
    "Matcher",
    "Progress",
    "Source",
    "closing_mark",
    "partition_of",
]

_EXCERPT = 200
_NOTICES_EACH = 100
"""Repairs told one by one per chunk and reason; the rest of a flood is told as one with a count."""
_LEVELS: tuple[Level, ...] = ("I", "II", "III", "IV")
_REPORTING = frozenset({"created", "updated"})
"""Events whose text is a report; in the others the text is an officer's result, not a call for help."""
_BACKFILL_MS = 6 * 3_600_000
_NO_ROWS = np.zeros(0, dtype=np.int64)


class Matcher(Protocol):
    """Finds critical reports in texts (rules/critical has the real one)."""

    def match_chunk(self, texts: Sequence[str]) -> list[Finding | None]:
        """One finding per text; None where nothing was found at all."""
        ...


class IntakeSettings(Struct, frozen=True, kw_only=True):
    """What decides how a chunk is judged; the same values give the same batches.

    partitions: of the observations log. lateness_ms: how far behind the largest event time of its
    source partition a record may be. future_ms: how far ahead of its arrival.
    """

    partitions: int = 4
    lateness_ms: int = 120_000
    future_ms: int = 300_000


class Source(Struct, frozen=True):
    """A source partition: topic, partition number, and how many partitions the topic has."""

    topic: str
    partition: int
    partitions: int
    stream: Literal["incidents", "positions"] = "incidents"

    @property
    def name(self) -> str:
        """`topic/partition`, as it stands in batches and metrics."""
        return f"{self.topic}/{self.partition}"


class Progress(Struct, frozen=True):
    """How far a source partition was read: what a restarted intake needs to decide the same way.

    next_offset: first source offset not yet covered by batches on the log. max_time: largest event
    time seen (ms). clock: the shell's clock (ms) when max_time was last raised.
    """

    next_offset: int
    max_time: int | None = None
    clock: int | None = None


class IntakeResult(Struct, frozen=True):
    """Batches by partition of the observations log, dead letters, and the counts of the chunk.

    `read` counts records, not marks; `unknown_fields` counts the top-level
    fields that were accepted and ignored.
    """

    batches: dict[int, Batch]
    dead_letters: list[DeadLetter]
    read: int
    rejected: int
    unknown_fields: int


class Mark(Struct, frozen=True, forbid_unknown_fields=True):
    """`mark/1`: a feed's word that no record older than `closes` will come on this partition."""

    schema: Literal["mark/1"]
    closes: datetime


_mark_decoder = msgspec.json.Decoder(Mark)


def closing_mark(last_event_ms: int) -> bytes:
    """The mark that ends a feed: closes the tick of its last event time, and nothing beyond it."""
    closes = datetime.fromtimestamp((last_event_ms // TICK_MS + 1) * TICK_MS / 1000, UTC)
    return msgspec.json.encode(Mark(schema="mark/1", closes=closes))


def partition_of(command: str, partitions: int) -> int:
    """Partition of the observations log that a command's rows are written to."""
    return zlib.crc32(command.encode()) % partitions


class Intake:
    """Turns chunks into observation batches; its only state is `Progress` per source partition."""

    def __init__(
        self, adapter: Adapter, matcher: Matcher, areas: AreaTree, settings: IntakeSettings
    ) -> None:
        self._adapter = adapter
        self._matcher = matcher
        self._areas = areas
        self._settings = settings
        self._progress: dict[str, Progress] = {}
        self._homes: dict[str, tuple[str, int]] = {}

    def ingest(
        self,
        source: Source,
        *,
        offsets: Sequence[int],
        arrivals: Sequence[int],
        raws: Sequence[Raw],
        clock: int,
    ) -> IntakeResult:
        """Read one chunk, in offset order.

        arrivals are the records' broker timestamps (ms). Offsets below the source's `next_offset`
        are skipped. One batch per partition of the log is always produced, since it carries the
        watermark.
        """
        before = self._progress.get(source.name, Progress(next_offset=0))
        skip = sum(1 for offset in offsets if offset < before.next_offset) if offsets else 0
        chunk = _Chunk(source, offsets[skip:], arrivals[skip:], raws[skip:])
        unknown_before = self._adapter.unknown_field_total
        self._admit(chunk, self._adapter.decode(chunk.raws))
        late, max_time = late_rows(chunk.times(), before.max_time, self._settings.lateness_ms)
        if chunk.closes is not None:
            closed = chunk.closes + self._settings.lateness_ms
            max_time = closed if max_time is None else max(max_time, closed)
        after = Progress(
            next_offset=max(before.next_offset, offsets[-1] + 1) if offsets else before.next_offset,
            max_time=max_time,
            clock=clock if max_time != before.max_time else before.clock,
        )
        self._progress[source.name] = after
        findings = self._findings(chunk)
        batches = self._batches(chunk, late, findings, before, after, clock)
        return IntakeResult(
            batches=batches,
            dead_letters=chunk.dead_letters(),
            read=chunk.read,
            rejected=len(chunk.rejected),
            unknown_fields=self._adapter.unknown_field_total - unknown_before,
        )

    def idle_mark(self, source: Source, *, clock: int) -> dict[int, Batch]:
        """Batches without rows that say: nothing arrived, event time moves on with the clock.

        A source whose event time was hours behind the clock when it last spoke is a backfill: its
        time does not move on by itself, or a pause in the feed would make the rest of it late.
        """
        progress = self._progress.get(source.name, Progress(next_offset=0))
        watermark = None
        if progress.max_time is not None and progress.clock is not None:
            watermark = progress.max_time - self._settings.lateness_ms
            if progress.clock - progress.max_time < _BACKFILL_MS:
                watermark += max(0, clock - progress.clock)
        return {
            q: Batch(
                stream=source.stream,
                source=source.name,
                sources=source.partitions,
                first=progress.next_offset,
                last=progress.next_offset - 1,
                watermark=watermark,
                idle=True,
                clock=clock,
            )
            for q in range(self._settings.partitions)
        }

    def progress(self, source: Source) -> Progress:
        """The progress to store, once the batches up to here are on the log."""
        return self._progress.get(source.name, Progress(next_offset=0))

    def resume(self, source: Source, progress: Progress) -> None:
        """Go on from a stored progress (after a start or a rebalance)."""
        self._progress[source.name] = progress

    def forget(self, source: Source) -> None:
        """Drop a source partition that this worker lost."""
        self._progress.pop(source.name, None)

    def _admit(self, chunk: _Chunk, items: Iterable[Item]) -> None:
        """Sort items into rows, refusals and notices; a date in the future is refused here."""
        limit = self._settings.future_ms
        for row, item in enumerate(items):
            record = item
            if type(item) is not Incident:
                if isinstance(item, Refusal):
                    if not chunk.take_mark(row):
                        chunk.refuse(row, item)
                    continue
                if isinstance(item, Decoded):
                    record = item.record
                    chunk.note(row, item)
            time_ms = _millis(record.ts if isinstance(record, UnitPosition) else record.reported_at)  # type: ignore[union-attr]
            if time_ms > chunk.arrivals[row] + limit:
                chunk.refuse(row, _FUTURE)
            elif isinstance(record, Incident):
                chunk.add(row, record, time_ms)
            else:
                chunk.positions.append(chunk.offsets[row])

    def _findings(self, chunk: _Chunk) -> dict[int, Finding]:
        """What the matcher and the seat's own code say of the rows, by row."""
        texts = [r.text if r.event in _REPORTING else "" for r in chunk.incidents]
        found: dict[int, Finding] = {}
        for row, (record, finding) in enumerate(
            zip(chunk.incidents, self._matcher.match_chunk(texts), strict=True)
        ):
            if finding is None and record.category not in CRITICAL_OF_CATEGORY:
                continue
            merged = _with_seat(record, finding)
            if merged.tier != "none" and record.event in _REPORTING:
                found[row] = merged
        return found

    def _batches(
        self,
        chunk: _Chunk,
        late: NDArray[np.bool_],
        findings: dict[int, Finding],
        before: Progress,
        after: Progress,
        clock: int,
    ) -> dict[int, Batch]:
        source, rows = chunk.source, chunk.incidents
        n = self._settings.partitions
        area_ids = self._located(rows)
        homes = [self._home(area_id) for area_id in area_ids]
        target = np.array([home[1] for home in homes], dtype=np.int64)
        flags = np.where(late, FLAG_LATE, 0).astype(np.uint8)
        for row, record in enumerate(rows):
            if record.source == "patrol":
                flags[row] |= FLAG_OFFICER
            if record.test:
                flags[row] |= FLAG_TEST
        row_offsets = np.array([chunk.offsets[i] for i in chunk.rows], dtype=np.int64)
        # A rejected record and a position are accounted for on one fixed partition of the log.
        ledger = source.partition % n
        watermark = None if after.max_time is None else after.max_time - self._settings.lateness_ms
        batches = {}
        for q in range(n):
            mine = np.flatnonzero(target == q) if rows else _NO_ROWS
            batches[q] = Batch(
                stream=source.stream,
                source=source.name,
                sources=source.partitions,
                first=before.next_offset,
                last=after.next_offset - 1,
                watermark=watermark,
                clock=clock,
                rejected=_bytes(chunk.rejected if q == ledger else ()),
                positions=_bytes(chunk.positions if q == ledger else ()),
                **_columns(chunk, mine, area_ids, homes, row_offsets, flags, findings),
            )
        return batches

    def _home(self, area_id: str) -> tuple[str, int]:
        """(command, partition of the log) of an area, looked up once."""
        home = self._homes.get(area_id)
        if home is None:
            command = self._areas.command_of(area_id)
            home = self._homes[area_id] = (
                command,
                partition_of(command, self._settings.partitions),
            )
        return home

    def _located(self, rows: Sequence[Incident]) -> list[str]:
        """Area of every row: its own, else the one its point lies in, else `unknown`."""
        area_ids = [record.area_id or "" for record in rows]
        missing = [
            row
            for row, record in enumerate(rows)
            if not area_ids[row] or (len(self._areas) and area_ids[row] not in self._areas)
        ]
        asked = [row for row in missing if rows[row].lat is not None]
        if asked and len(self._areas):
            lat = np.array([rows[row].lat for row in asked], dtype=np.float64)
            lon = np.array([rows[row].lon for row in asked], dtype=np.float64)
            for row, found in zip(asked, self._areas.locate(lat, lon), strict=True):
                area_ids[row] = found or area_ids[row]
        return [area_id or UNKNOWN_AREA for area_id in area_ids]


class _Chunk:
    """One chunk while it is sorted: rows that are in, records that are out, and repairs."""

    def __init__(
        self,
        source: Source,
        offsets: Sequence[int],
        arrivals: Sequence[int],
        raws: Sequence[Raw],
    ) -> None:
        self.source = source
        self.offsets = offsets
        self.arrivals = arrivals
        self.raws = raws
        self.rows: list[int] = []
        self.incidents: list[Incident] = []
        self.positions: list[int] = []
        self.rejected: list[int] = []
        self.closes: int | None = None
        self._times: list[int] = []
        self._letters: list[DeadLetter] = []
        self._floods: dict[str, list[tuple[int, Notice]]] = {}
        self._marks = 0

    @property
    def read(self) -> int:
        """Records read; marks are the feed's own and do not count."""
        return len(self.raws) - self._marks

    def times(self) -> NDArray[np.int64]:
        """Event times of the rows (ms), in offset order."""
        return np.array(self._times, dtype=np.int64)

    def add(self, row: int, record: Incident, time_ms: int) -> None:
        """A record that is in."""
        self.rows.append(row)
        self.incidents.append(record)
        self._times.append(time_ms)

    def take_mark(self, row: int) -> bool:
        """Whether the raw record is a mark; its closing time is kept."""
        raw = self.raws[row]
        if not isinstance(raw, bytes) or len(raw) > 256 or b'"mark/1"' not in raw:
            return False
        try:
            closes = _millis(_mark_decoder.decode(raw).closes)
        except msgspec.DecodeError:
            return False
        self.closes = closes if self.closes is None else max(self.closes, closes)
        self._marks += 1
        return True

    def refuse(self, row: int, refusal: Refusal) -> None:
        """A record that is out."""
        self.rejected.append(self.offsets[row])
        self._letters.append(self._letter(row, refusal.reason, refusal.detail, "rejected"))

    def note(self, row: int, decoded: Decoded) -> None:
        """A record that is in with repairs."""
        for notice in decoded.notices:
            flood = self._floods.setdefault(notice.reason, [])
            flood.append((row, notice))
            if len(flood) <= _NOTICES_EACH:
                self._letters.append(self._letter(row, notice.reason, notice.detail, "repaired"))

    def dead_letters(self) -> list[DeadLetter]:
        """All letters of the chunk, floods of repairs summed up at the end."""
        more = [
            self._letter(*_first_untold(flood), "repaired", count=len(flood) - _NOTICES_EACH)
            for flood in self._floods.values()
            if len(flood) > _NOTICES_EACH
        ]
        return self._letters + more

    def _letter(
        self,
        row: int,
        reason: str,
        detail: str,
        disposition: Literal["rejected", "repaired"],
        count: int = 1,
    ) -> DeadLetter:
        raw = self.raws[row]
        size = len(raw) if isinstance(raw, bytes) else 0
        return DeadLetter(
            reason=reason,
            detail=detail,
            disposition=disposition,
            topic=self.source.topic,
            partition=self.source.partition,
            offset=self.offsets[row],
            arrived_ms=self.arrivals[row],
            size=size,
            excerpt=_excerpt(raw),
            count=count,
        )


_FUTURE = Refusal(
    reason="future_time",
    detail="the event time lies more than the allowed minutes after the record's arrival: "
    "check the sender's clock and time zone",
)


def _with_seat(record: Incident, finding: Finding | None) -> Finding:
    """The finding, raised by what the seat entered: its code can alert, its level is never lowered."""
    coded = CRITICAL_OF_CATEGORY.get(record.category)
    if finding is None:
        finding = Finding("none", "none", "IV")
    if coded is not None and finding.tier != "critical":
        reasons = (*finding.reasons, f"category:{record.category}")
        level: Level = finding.level if finding.tier == "review" else "II"
        level = min(level, "II", key=_LEVELS.index)
        finding = Finding("critical", coded, level, finding.spans, reasons)
    if record.level is not None and _LEVELS.index(record.level) < _LEVELS.index(finding.level):
        reasons = (*finding.reasons, f"seat:{record.level}")
        finding = Finding(finding.tier, finding.category, record.level, finding.spans, reasons)
    return finding


def _columns(
    chunk: _Chunk,
    mine: NDArray[np.intp],
    area_ids: Sequence[str],
    homes: Sequence[tuple[str, int]],
    row_offsets: NDArray[np.int64],
    flags: NDArray[np.uint8],
    findings: Mapping[int, Finding],
) -> dict[str, object]:
    """The columns of the rows `mine`, as fields of a Batch."""
    if not mine.size:
        return {}
    rows = mine.tolist()
    areas: dict[str, int] = {}
    categories: dict[str, int] = {}
    commands: list[str] = []
    area_codes, category_codes, ids = [], [], []
    changes: dict[int, Change] = {}
    for at, row in enumerate(rows):
        record, area_id = chunk.incidents[row], area_ids[row]
        code = areas.get(area_id)
        if code is None:
            code = areas[area_id] = len(areas)
            commands.append(homes[row][0])
        area_codes.append(code)
        category_codes.append(categories.setdefault(record.category, len(categories)))
        ids.append(record.incident_id)
        if record.rev or record.event != "created":
            changes[at] = Change(record.rev, record.event)
    return {
        "areas": list(areas),
        "commands": commands,
        "categories": list(categories),
        "ids": ids,
        "offset": row_offsets[mine].astype("<i8").tobytes(),
        "time": chunk.times()[mine].astype("<i8").tobytes(),
        "flags": flags[mine].tobytes(),
        "area": np.array(area_codes, dtype="<i4").tobytes(),
        "category": np.array(category_codes, dtype="<i4").tobytes(),
        "changes": changes,
        "findings": {at: findings[row] for at, row in enumerate(rows) if row in findings}
        if findings
        else {},
    }


def _bytes(values: Sequence[int]) -> bytes:
    return np.array(values, dtype="<i8").tobytes() if values else b""


def _millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _first_untold(flood: Sequence[tuple[int, Notice]]) -> tuple[int, str, str]:
    row, notice = flood[_NOTICES_EACH]
    return row, notice.reason, notice.detail


def _excerpt(raw: Raw) -> str:
    """The start of a raw record, masked: enough to recognise the feed, nothing of a person."""
    if raw is None:
        return ""
    text = (
        raw[: _EXCERPT * 16].decode("utf-8", "replace")
        if isinstance(raw, bytes)
        else ",".join(str(value) for value in raw.values())
    )
    # Masked before it is cut, so that half a number does not slip through.
    return mask(text)[:_EXCERPT]
