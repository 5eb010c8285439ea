"""The watch stage, pure: observation batches in, alerts out; one `Watch` per log partition."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct, msgpack
from numpy.typing import NDArray

from rules.book import RuleBook
from rules.evidence import IncidentIndex
from rules.heat import HeatChannel
from rules.keyword import KeywordChannel
from rules.pending import PendingCounts
from rules.seen import SeenIncidents
from streams.areas import AreaTree
from streams.clock import TICK_MS, Watermarks, tick_of
from streams.errors import ConfigError
from streams.observations import FLAG_LATE, FLAG_OFFICER, FLAG_TEST, Batch
from streams.records import Alert

__all__ = ["Counts", "Outcome", "Watch"]

_STATE_VERSION = "watch/1"
_CELLS_AT_ONCE = 2_000_000
"""Ticks x areas closed in one block: bounds memory after a long gap."""


class Counts(Struct, frozen=True):
    """Every record that was read is one of these: read = accepted + duplicate + late + rejected."""

    accepted: int = 0
    duplicate: int = 0
    late: int = 0
    rejected: int = 0

    def plus(self, other: Counts) -> Counts:
        """The sum, field by field."""
        return Counts(
            self.accepted + other.accepted,
            self.duplicate + other.duplicate,
            self.late + other.late,
            self.rejected + other.rejected,
        )


class Outcome(Struct, frozen=True):
    """What one batch led to: alerts to publish, in order, and what it added to the counts."""

    alerts: list[Alert]
    counts: Counts


class Watch:
    """All state of one partition of the observations log: counts, detectors, open alerts."""

    def __init__(self, book: RuleBook, areas: AreaTree) -> None:
        self._applied: dict[str, int] = {}
        self._watermarks = Watermarks()
        self._totals = Counts()
        self._seen = SeenIncidents()
        self._columns: dict[str, int] = {}
        self._area_ids: list[str] = []
        self._closed: int | None = None  # first tick that is still open
        self._incidents = IncidentIndex()
        self._keyword = KeywordChannel(book, areas)
        self._heat = [HeatChannel(entry, areas, book.bundle) for entry in book.heat]
        self._pending = [PendingCounts() for _ in self._heat]
        self._reach = max((channel.window_ticks for channel in self._heat), default=1)

    def step(self, batch: Batch) -> Outcome:
        """Apply one batch. Rows at or below the applied source offset are skipped silently."""
        alerts, counts = self._apply_rows(batch)
        self._applied[batch.source] = max(self._applied.get(batch.source, -1), batch.last)
        self._totals = self._totals.plus(counts)
        if batch.stream == "incidents":
            self._watermarks.update(batch.source, batch.sources, batch.watermark, idle=batch.idle)
            alerts += self._close_ticks()
        return Outcome(alerts, counts)

    def totals(self) -> Counts:
        """Counts since the beginning of the log, exact through crashes (part of the snapshot)."""
        return self._totals

    def watermark(self) -> int | None:
        """Event time (ms) up to which ticks are closed."""
        return None if self._closed is None else self._closed * TICK_MS

    def snapshot(self) -> bytes:
        """The whole state, compressed. Equal states give equal bytes."""
        state = {
            "version": _STATE_VERSION,
            "applied": dict(sorted(self._applied.items())),
            "watermarks": self._watermarks.snapshot(),
            "totals": self._totals,
            "seen": self._seen.snapshot(),
            "areas": self._area_ids,
            "closed": self._closed,
            "incidents": self._incidents.snapshot(),
            "keyword": self._keyword.snapshot(),
            "heat": [
                [channel.rule_id, channel.snapshot(), pending.snapshot()]
                for channel, pending in zip(self._heat, self._pending, strict=True)
            ],
        }
        return zlib.compress(msgpack.encode(state), level=1)

    def restore(self, state: bytes) -> None:
        """Replace the state by a snapshot. Raises ConfigError on a foreign state version."""
        plain: dict[str, Any] = msgpack.decode(zlib.decompress(state))
        if plain.get("version") != _STATE_VERSION:
            msg = (
                f"state: version {plain.get('version')!r} was written by another release; this one "
                f"reads {_STATE_VERSION}: start with a new group and replay the observations"
            )
            raise ConfigError(msg)
        self._applied = plain["applied"]
        self._watermarks.restore(plain["watermarks"])
        self._totals = Counts(**plain["totals"])
        self._seen.restore(plain["seen"])
        self._area_ids = list(plain["areas"])
        self._columns = {area_id: column for column, area_id in enumerate(self._area_ids)}
        self._closed = plain["closed"]
        self._incidents.restore(plain["incidents"])
        self._keyword.restore(plain["keyword"])
        held = {rule_id: (channel, pending) for rule_id, channel, pending in plain["heat"]}
        for channel, pending in zip(self._heat, self._pending, strict=True):
            if channel.rule_id in held:
                channel_state, pending_state = held[channel.rule_id]
                channel.restore(channel_state, self._area_ids)
                pending.restore(pending_state)

    def _apply_rows(self, batch: Batch) -> tuple[list[Alert], Counts]:
        applied = self._applied.get(batch.source, -1)
        rejected = _beyond(batch.rejected, applied)
        positions = _beyond(batch.positions, applied)
        offsets = batch.column("offset")
        if batch.last <= applied or not offsets.size:
            return [], Counts(accepted=positions, rejected=rejected)
        rows = np.flatnonzero(offsets > applied)
        # Almost always nothing of a batch was applied before: then rows keep their places.
        ids, changes, place = batch.ids, batch.changes, None
        if rows.size != offsets.size:
            place = {row: i for i, row in enumerate(rows.tolist())}
            ids = [batch.ids[row] for row in place]
            changes = {place[r]: c for r, c in batch.changes.items() if r in place}
        duplicate, update = self._seen.admit(ids, changes)
        times = batch.column("time")[rows]
        flags = batch.column("flags")[rows]
        late = (flags & FLAG_LATE) > 0
        if self._closed is not None:
            late |= times < self._closed * TICK_MS
        late &= ~duplicate
        alerts = self._report(batch, place, ids, times, flags, duplicate)
        counted = ~(duplicate | late | update) & ((flags & FLAG_TEST) == 0)
        self._count(batch, rows[counted], [ids[i] for i in np.flatnonzero(counted).tolist()])
        return alerts, Counts(
            accepted=positions + int((~duplicate & ~late).sum()),
            duplicate=int(duplicate.sum()),
            late=int(late.sum()),
            rejected=rejected,
        )

    def _report(
        self,
        batch: Batch,
        place: dict[int, int] | None,
        ids: Sequence[str],
        times: NDArray[np.int64],
        flags: NDArray[np.uint8],
        duplicate: NDArray[np.bool_],
    ) -> list[Alert]:
        """Alerts of critical reports and of changes to them, in row order; drills never alert."""
        alerts: list[Alert] = []
        for row in sorted(batch.findings.keys() | batch.changes.keys()):
            at = row if place is None else place.get(row)
            if at is None or duplicate[at] or flags[at] & FLAG_TEST:
                continue
            area_id = batch.areas[int(batch.column("area")[row])]
            finding, change = batch.findings.get(row), batch.changes.get(row)
            time_ms = int(times[at])
            alert = None
            if change is not None:
                alert = self._keyword.change(ids[at], time_ms, change)
            if alert is None and finding is not None:
                alert = self._keyword.report(ids[at], area_id, time_ms, finding)
            if alert is not None:
                alerts.append(alert)
        return alerts

    def _count(self, batch: Batch, rows: NDArray[np.intp], ids: Sequence[str]) -> None:
        """Put rows into the open ticks of every heat rule that counts them."""
        if not rows.size:
            return
        codes = batch.column("area")[rows]
        column_of = np.zeros(len(batch.areas), dtype=np.int64)
        # In the order of the rows that count, so that the cut of the chunks does not show.
        for code in dict.fromkeys(codes.tolist()):
            column_of[code] = self._column(batch.areas[code])
        columns = column_of[codes]
        times = batch.column("time")[rows]
        ticks = times // TICK_MS
        category = batch.column("category")[rows]
        self._incidents.add(
            ticks, columns, times, ids, [batch.categories[c] for c in category.tolist()]
        )
        officer = (batch.column("flags")[rows] & FLAG_OFFICER) > 0
        for channel, pending in zip(self._heat, self._pending, strict=True):
            counted = np.array([channel.counts(code) for code in batch.categories])[category]
            if channel.drops_officer_initiated:
                counted &= ~officer
            pending.add(ticks[counted], columns[counted])

    def _column(self, area_id: str) -> int:
        column = self._columns.get(area_id)
        if column is None:
            column = self._columns[area_id] = len(self._area_ids)
            self._area_ids.append(area_id)
        return column

    def _close_ticks(self) -> list[Alert]:
        """Close every tick that the watermark has passed, in blocks, and judge it."""
        watermark = self._watermarks.least()
        if watermark is None:
            return []
        upto = tick_of(watermark)
        if self._closed is None:
            self._closed = self._first_pending(upto)
        alerts: list[Alert] = []
        while self._closed < upto:
            self._closed = self._next_eventful(self._closed, upto)
            size = max(1, _CELLS_AT_ONCE // max(1, len(self._area_ids)))
            end = min(upto, self._closed + size)
            alerts += self._close_block(self._closed, end)
            self._closed = end
            self._incidents.drop_before(end - self._reach)
        return alerts

    def _first_pending(self, upto: int) -> int:
        """The first tick before `upto` that has an event, else `upto`."""
        earliest = [pending.earliest() for pending in self._pending]
        return min([upto, *(tick for tick in earliest if tick is not None)])

    def _next_eventful(self, tick: int, upto: int) -> int:
        """`tick`; or, where nothing is in reach of any window, the next one with an event.

        A gap of a year in a feed then costs no more than one of an hour. The last tick is always
        closed as such, so that the state afterwards is the same as without the jump.
        """
        if upto - tick > self._reach and all(channel.settled() for channel in self._heat):
            return max(tick, min(self._first_pending(upto), upto - 1))
        return tick

    def _close_block(self, first: int, end: int) -> list[Alert]:
        found: list[tuple[int, int, str, Alert]] = []
        for order, (channel, pending) in enumerate(zip(self._heat, self._pending, strict=True)):
            fresh = pending.take(first, end, len(self._area_ids))
            for tick, alert in channel.close(first, fresh, self._area_ids, self._incidents):
                found.append((tick, order, alert.area.id, alert))
        # By tick, rule and area: the cut of the blocks does not show in the order.
        return [alert for *_, alert in sorted(found, key=lambda f: f[:3])]


def _beyond(offsets: bytes, applied: int) -> int:
    """How many of the offsets (i8) were not applied yet."""
    return int((np.frombuffer(offsets, dtype="<i8") > applied).sum())
