"""The intake stage, pure: a chunk of one source partition in, batches and dead letters out."""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from streams.adapters import Adapter, Raw
from streams.areas import AreaTree
from streams.calls import calls_of
from streams.categories import CRITICAL_OF_CATEGORY
from streams.chunk import Chunk, Source
from streams.clock import standing_watermarks
from streams.jurisdiction import Jurisdiction
from streams.observations import (
    FLAG_LATE,
    FLAG_LINKED,
    FLAG_OFFICER,
    FLAG_TEST,
    FLAG_UNCLEAR,
    Batch,
    DeadLetter,
    Finding,
)
from streams.places import addresses_of, places_of
from streams.records import Incident, Level
from streams.unit_stage import UnitReading, UnitStage, UnitTally

__all__ = [
    "Intake",
    "IntakeResult",
    "IntakeSettings",
    "Matcher",
    "Progress",
    "Source",
    "partition_of",
]

_LEVELS: Final[tuple[Level, ...]] = ("I", "II", "III", "IV")
_REPORTING: Final = frozenset({"created", "updated"})
"""Events whose text is a report; in the others it is an officer's result, not a call for help."""
_BACKFILL_MS: Final = 6 * 3_600_000


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
    lateness_ms: int = 300_000
    future_ms: int = 300_000


class Progress(Struct, frozen=True):
    """How far a source partition was read: what a restarted intake needs to decide the same way.

    next_offset: first source offset not yet covered by batches on the log. max_time: largest event
    time of an incident (ms). clock: the shell's clock (ms) when max_time was last raised.
    max_fix: largest event time of a unit position (ms), a clock that runs ahead cut to its arrival.
    """

    next_offset: int = 0
    max_time: int | None = None
    clock: int | None = None
    max_fix: int | None = None

    @property
    def reached(self) -> int | None:
        """The largest event time of any record (ms)."""
        times = [time for time in (self.max_time, self.max_fix) if time is not None]
        return max(times, default=None)


class IntakeResult(Struct, frozen=True, kw_only=True):
    """Batches by partition of the observations log, dead letters, and the counts of the chunk.

    `read` counts records, not marks; `unknown_fields` counts the top-level fields that were
    accepted and ignored, `unclear` the incidents whose area has to be settled. units: what became
    of the chunk's unit positions, None where it had none.
    """

    batches: dict[int, Batch]
    dead_letters: list[DeadLetter]
    read: int
    rejected: int
    unknown_fields: int
    unclear: int = 0
    units: UnitTally | None = None


def partition_of(command: str, partitions: int) -> int:
    """Partition of the observations log that a command's rows are written to."""
    return zlib.crc32(command.encode()) % partitions


class Intake:
    """Turns chunks into observation batches.

    Its state is `Progress` per source partition, and what it remembers of units, which a restart
    loses without harm: it then writes one change too many of each.
    """

    def __init__(
        self, adapter: Adapter, matcher: Matcher, areas: AreaTree, settings: IntakeSettings
    ) -> None:
        self._adapter = adapter
        self._matcher = matcher
        self._areas = areas
        self._settings = settings
        self._progress: dict[str, Progress] = {}
        self._jurisdiction = Jurisdiction(areas)
        self._homes: dict[str, tuple[tuple[str, str], int]] = {}
        self._units = UnitStage(
            areas, lambda area_id: (self._homes.get(area_id) or self._home(area_id))[1], settings
        )

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
        before = self.progress(source)
        skip = bisect_left(offsets, before.next_offset)
        chunk = Chunk(source, offsets[skip:], arrivals[skip:], raws[skip:])
        unknown_before = self._adapter.unknown_field_total
        chunk.sort(self._adapter.decode(raws[skip:]), self._settings.future_ms)
        standing, max_time = standing_watermarks(
            chunk.times, before.max_time, self._settings.lateness_ms
        )
        units = self._units.read(source, chunk, before.max_fix)
        max_fix = units.max_fix
        if chunk.closes is not None:
            closed = chunk.closes + self._settings.lateness_ms
            max_time = closed if max_time is None else max(max_time, closed)
            if source.stream != "incidents":
                max_fix = closed if max_fix is None else max(max_fix, closed)
        after = Progress(
            next_offset=max(before.next_offset, offsets[-1] + 1 if offsets else 0),
            max_time=max_time,
            clock=clock if max_time != before.max_time else before.clock,
            max_fix=max_fix,
        )
        self._progress[source.name] = after
        batches = self._batches(source, chunk, standing, units, before, after, clock)
        return IntakeResult(
            batches=batches,
            dead_letters=chunk.dead_letters(),
            read=chunk.read,
            rejected=len(chunk.rejected),
            unknown_fields=self._adapter.unknown_field_total - unknown_before,
            unclear=_unclear(batches.values()),
            units=units.tally,
        )

    def idle_mark(self, source: Source, *, clock: int, units_idle: bool = True) -> dict[int, Batch]:
        """Batches without rows that say: nothing arrived, event time moves on with the clock.

        units_idle: whether unit positions are not awaited either.
        A source whose event time was hours behind the clock when it last spoke is a backfill: its
        time does not move on by itself, or a pause in the feed would make the rest of it late.
        """
        progress = self.progress(source)
        watermark = self._watermark(progress.max_time)
        if watermark is not None:
            watermark += _elapsed(progress, clock)
        return {
            q: Batch(
                stream=source.stream,
                source=source.name,
                sources=source.partitions,
                first=progress.next_offset,
                last=progress.next_offset - 1,
                watermark=watermark,
                unit_watermark=self._watermark(progress.max_fix),
                idle=True,
                units_idle=units_idle,
                clock=clock,
            )
            for q in range(self._settings.partitions)
        }

    def progress(self, source: Source) -> Progress:
        """The progress to store, once the batches up to here are on the log."""
        return self._progress.get(source.name, Progress())

    def resume(self, source: Source, progress: Progress) -> None:
        """Go on from a stored progress (after a start, a rebalance or a fault)."""
        self._progress[source.name] = progress
        self._units.forget(source)

    def forget(self, source: Source) -> None:
        """Drop a source partition that this worker lost."""
        self._progress.pop(source.name, None)
        self._units.forget(source)

    def _watermark(self, max_time: int | None) -> int | None:
        return None if max_time is None else max_time - self._settings.lateness_ms

    def _batches(
        self,
        source: Source,
        chunk: Chunk,
        standing: NDArray[np.int64],
        units: UnitReading,
        before: Progress,
        after: Progress,
        clock: int,
    ) -> dict[int, Batch]:
        n = self._settings.partitions
        area_ids, unclear = self._jurisdiction.located(chunk.incidents)
        known = self._homes
        homes = [known.get(area_id) or self._home(area_id) for area_id in area_ids]
        owners = [home[0] for home in homes]
        target = np.array([home[1] for home in homes], dtype=np.int64)
        flags = _flags(chunk.incidents, chunk.times < standing) | unclear
        places, addresses = places_of(chunk.incidents), addresses_of(chunk.incidents)
        findings = self._findings(chunk.incidents)
        calls = calls_of(chunk.incidents, findings, area_ids)
        # Rejected records and positions are accounted for on one fixed partition of the log.
        ledger = source.partition % n
        return {
            q: Batch(
                stream=source.stream,
                source=source.name,
                sources=source.partitions,
                first=before.next_offset,
                last=after.next_offset - 1,
                watermark=self._watermark(after.max_time),
                unit_watermark=self._watermark(after.max_fix),
                clock=clock,
                rejected=_bytes(chunk.rejected if q == ledger else ()),
                positions=units.accepted if q == ledger else b"",
                positions_late=units.late if q == ledger else b"",
                units=units.rows_of(q),
                **chunk.columns(
                    np.flatnonzero(target == q),
                    owners,
                    flags,
                    places,
                    standing,
                    findings,
                    calls,
                    addresses,
                ),
            )
            for q in range(n)
        }

    def _findings(self, incidents: Sequence[Incident]) -> Mapping[int, Finding]:
        """What the matcher and the seat's own code say of the rows that are reports, by row."""
        texts = [record.text if record.event in _REPORTING else "" for record in incidents]
        matched = self._matcher.match_chunk(texts)
        coded = CRITICAL_OF_CATEGORY
        telling = [
            row
            for row, (record, finding) in enumerate(zip(incidents, matched, strict=True))
            if finding is not None or record.category in coded
        ]
        found: dict[int, Finding] = {}
        for row in telling:
            record, finding = incidents[row], matched[row]
            merged = _with_seat(record, finding)
            # Somebody who only asks where help remains must be known to be told what about.
            asks = merged.urging is not None and record.caller_hash is not None
            if record.event in _REPORTING and (merged.telling or asks):
                found[row] = merged
        return found

    def _home(self, area_id: str) -> tuple[tuple[str, str], int]:
        """((area, command), partition of the log) of an area, looked up once."""
        command = self._areas.command_of(area_id)
        partition = partition_of(command, self._settings.partitions)
        home = self._homes[area_id] = ((area_id, command), partition)
        return home


def _unclear(batches: Iterable[Batch]) -> int:
    return sum(int(np.count_nonzero(b.column("flags") & FLAG_UNCLEAR)) for b in batches)


def _elapsed(progress: Progress, clock: int) -> int:
    """How far event time moves on by itself (ms) while a live source says nothing."""
    if progress.max_time is None or progress.clock is None:
        return 0
    backfill = progress.clock - progress.max_time >= _BACKFILL_MS
    return 0 if backfill else max(0, clock - progress.clock)


def _flags(incidents: Sequence[Incident], late: NDArray[np.bool_]) -> NDArray[np.uint8]:
    flags = np.where(late, FLAG_LATE, 0).astype(np.uint8)
    telling = [
        row
        for row, record in enumerate(incidents)
        if record.test or record.source == "patrol" or record.linked_to is not None
    ]
    for row in telling:
        record = incidents[row]
        if record.source == "patrol":
            flags[row] |= FLAG_OFFICER
        if record.test:
            flags[row] |= FLAG_TEST
        if record.linked_to is not None:
            flags[row] |= FLAG_LINKED
    return flags


def _with_seat(record: Incident, finding: Finding | None) -> Finding:
    """The finding, raised by the seat: its code can alert, and its level is never lowered."""
    coded = CRITICAL_OF_CATEGORY.get(record.category)
    if finding is None:
        finding = Finding("none", "none", "IV")
    if coded is not None and finding.tier != "critical":
        reasons = (*finding.reasons, f"category:{record.category}")
        level: Level = finding.level if finding.tier == "review" else "II"
        level = min(level, "II", key=_LEVELS.index)
        finding = replace(
            finding,
            tier="critical",
            category=coded,
            level=level,
            reasons=reasons,
            outcome="none",
            confidence=0.0,
        )
    if record.level is not None and _LEVELS.index(record.level) < _LEVELS.index(finding.level):
        reasons = (*finding.reasons, f"seat:{record.level}")
        finding = replace(finding, level=record.level, reasons=reasons)
    return finding


def _bytes(values: Sequence[int]) -> bytes:
    return np.array(values, dtype="<i8").tobytes() if values else b""
