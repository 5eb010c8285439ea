"""The watch stage, pure: observation batches in, alerts out; one `Watch` per log partition."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct, msgpack
from numpy.typing import NDArray

from rules.evidence import IncidentIndex
from rules.heat import HeatChannel
from rules.keyword import KeywordChannel, Report
from rules.keyword_rules import KeywordRules
from rules.language.book import RuleBook
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
"""Ticks x areas judged in one block: bounds memory after a long gap."""


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
        self._sealed: int | None = None  # first tick that still takes rows
        self._judged: int | None = None  # first tick that was not judged yet
        self._incidents = IncidentIndex()
        self._keyword = KeywordChannel(areas)
        self._keyword_rules = KeywordRules(book)
        self._heat = [HeatChannel(entry, areas, book.bundle) for entry in book.heat]
        self._counted = {channel.counted.key: channel.counted for channel in self._heat}
        self._pending = {key: PendingCounts() for key in self._counted}
        self._reach = max((channel.window_ticks for channel in self._heat), default=1)

    def step(self, batch: Batch, *, judge: bool = True) -> Outcome:
        """Apply one batch. Rows at or below the applied source offset are skipped silently.

        judge: whether to judge the ticks that are complete by now. Whoever applies many batches at
        once leaves it to the last one: which rows a tick takes does not depend on it, and a block
        of ticks costs little more than one.
        """
        alerts, counts = self._apply_rows(batch)
        self._applied[batch.source] = max(self._applied.get(batch.source, -1), batch.last)
        self._totals = self._totals.plus(counts)
        if batch.stream == "incidents":
            self._watermarks.update(batch.source, batch.sources, batch.watermark, idle=batch.idle)
            self._seal()
            if self._sealed is not None:
                alerts += self._keyword.release(self._keyword_rules, self._sealed * TICK_MS)
        if judge:
            alerts += self._judge()
        return Outcome(alerts, counts)

    def totals(self) -> Counts:
        """Counts since the beginning of the log, exact through crashes (part of the snapshot)."""
        return self._totals

    def watermark(self) -> int | None:
        """Event time (ms) up to which ticks are judged."""
        return None if self._judged is None else self._judged * TICK_MS

    def snapshot(self) -> bytes:
        """The whole state, compressed. Equal states give equal bytes."""
        state = {
            "version": _STATE_VERSION,
            "applied": dict(sorted(self._applied.items())),
            "watermarks": self._watermarks.snapshot(),
            "totals": self._totals,
            "seen": self._seen.snapshot(),
            "areas": self._area_ids,
            "sealed": self._sealed,
            "judged": self._judged,
            "incidents": self._incidents.snapshot(),
            "keyword": self._keyword.snapshot(),
            "heat": [[channel.rule_id, channel.snapshot()] for channel in self._heat],
            "pending": [[key, counts.snapshot()] for key, counts in self._pending.items()],
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
        self._sealed = plain["sealed"]
        self._judged = plain["judged"]
        self._incidents.restore(plain["incidents"])
        self._keyword.restore(plain["keyword"])
        channels = dict(plain["heat"])
        for channel in self._heat:
            if channel.rule_id in channels:
                channel.restore(channels[channel.rule_id], self._area_ids)
        open_counts = dict(plain["pending"])
        for key, counts in self._pending.items():
            if key in open_counts:
                counts.restore(open_counts[key])

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
        if self._sealed is not None:
            late |= times < self._sealed * TICK_MS
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
        area, category = batch.column("area"), batch.column("category")
        for row in sorted(batch.findings.keys() | batch.changes.keys()):
            at = row if place is None else place.get(row)
            if at is None or duplicate[at] or flags[at] & FLAG_TEST:
                continue
            report = Report(
                incident_id=ids[at],
                area_id=batch.areas[int(area[row])],
                time_ms=int(times[at]),
                code=batch.categories[int(category[row])],
                channel=batch.channels.get(row),
                finding=batch.findings.get(row),
                change=batch.changes.get(row),
            )
            alerts += self._keyword.apply(self._keyword_rules, report)
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
        for key, counted in self._counted.items():
            mine = np.array([counted.takes(code) for code in batch.categories])[category]
            if counted.drops_officer_initiated:
                mine &= ~officer
            self._pending[key].add(ticks[mine], columns[mine])

    def _column(self, area_id: str) -> int:
        column = self._columns.get(area_id)
        if column is None:
            column = self._columns[area_id] = len(self._area_ids)
            self._area_ids.append(area_id)
        return column

    def _seal(self) -> None:
        """Take no more rows into the ticks that the watermark has passed."""
        watermark = self._watermarks.least()
        if watermark is None:
            return
        upto = tick_of(watermark)
        if self._judged is None:
            self._judged = self._first_pending(upto)
        self._sealed = upto if self._sealed is None else max(self._sealed, upto)

    def _judge(self) -> list[Alert]:
        """Judge every sealed tick, in blocks."""
        alerts: list[Alert] = []
        if self._sealed is None or self._judged is None:
            return alerts
        while self._judged < self._sealed:
            self._judged = self._next_eventful(self._judged, self._sealed)
            size = max(1, _CELLS_AT_ONCE // max(1, len(self._area_ids)))
            end = min(self._sealed, self._judged + size)
            alerts += self._judge_block(self._judged, end)
            self._judged = end
            self._incidents.drop_before(end - self._reach)
        return alerts

    def _first_pending(self, upto: int) -> int:
        """The first tick before `upto` that has an event, else `upto`."""
        earliest = [pending.earliest() for pending in self._pending.values()]
        return min([upto, *(tick for tick in earliest if tick is not None)])

    def _next_eventful(self, tick: int, upto: int) -> int:
        """`tick`; or, where nothing is in reach of any window, the next one with an event.

        A gap of a year in a feed then costs no more than one of an hour. The last tick is always
        judged as such, so that the state afterwards is the same as without the jump.
        """
        if upto - tick > self._reach and all(channel.settled() for channel in self._heat):
            return max(tick, min(self._first_pending(upto), upto - 1))
        return tick

    def _judge_block(self, first: int, end: int) -> list[Alert]:
        areas = len(self._area_ids)
        fresh = {key: counts.take(first, end, areas) for key, counts in self._pending.items()}
        found: list[tuple[int, int, str, Alert]] = []
        for order, channel in enumerate(self._heat):
            told = channel.close(first, fresh[channel.counted.key], self._area_ids, self._incidents)
            found += [(tick, order, alert.area.id, alert) for tick, alert in told]
        # By tick, rule and area: the cut of the blocks does not show in the order.
        return [alert for *_, alert in sorted(found, key=lambda f: f[:3])]


def _beyond(offsets: bytes, applied: int) -> int:
    """How many of the offsets (i8) were not applied yet."""
    return int((np.frombuffer(offsets, dtype="<i8") > applied).sum())
