"""The watch stage, pure: observation batches in, alerts out; one `Watch` per log partition."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from msgspec import Struct, convert, msgpack

from rules.coverage.coverage_rules import CoverageRules
from rules.coverage.presence import Presence
from rules.coverage.shortage import Shortage
from rules.coverage.sight import SightWitness
from rules.false_alarms import Given
from rules.firing import Firing
from rules.heat import Witness
from rules.heat_rules import HeatRules
from rules.language.book import RuleBook
from rules.register.register import Register
from rules.report_rules import ReportRules, Rows
from rules.seen import SeenIncidents
from streams.acts import Act
from streams.areas import AreaTree
from streams.clock import TICK_MS, UnitMarks, Watermarks, tick_of
from streams.errors import ConfigError
from streams.observations import FLAG_LATE, FLAG_LINKED, FLAG_OUTSIDE, FLAG_TEST, Batch
from streams.records import Alert
from streams.runs import beyond

__all__ = ["Counts", "Outcome", "Watch"]

_STATE_VERSION = "watch/5"


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
        self._base = book
        self._applied: dict[str, int] = {}
        self._watermarks = Watermarks()
        self._unit_marks = UnitMarks()
        self._presence = Presence()
        self._totals = Counts()
        self._seen = SeenIncidents()
        self._reports = ReportRules(book, areas)
        self._heat = HeatRules(book, areas)
        self._coverage = CoverageRules(book, areas)
        self._register = Register(book)
        self._firing = Firing(areas)
        self._untold: list[Alert] = []  # of ticks that were judged before a switch

    def schedule(self, effective_ms: int, book: RuleBook) -> None:
        """Judge by another book from a moment of event time on; what was said of later is void.

        Reports are judged by the book of their event time, ticks by that of their end. To be
        called in the order of the log: a tick that takes no more rows keeps the book it has.
        """
        if self._heat.asks_strength:
            self._untold = self._judge()  # what is complete, so that nothing depends on when
        self._reports.schedule(effective_ms, book)
        self._register.books.switch(book, self._reports.books())
        self._heat.schedule(tick_of(effective_ms), book)
        self._coverage.schedule(max(tick_of(effective_ms), self._heat.sealed or 0), book)

    def step(self, batch: Batch, *, judge: bool = True) -> Outcome:
        """Apply one batch. Rows at or below the applied source offset are skipped silently.

        judge: whether to judge the ticks that are complete by now. Whoever applies many batches at
        once leaves it to the last one: which rows a tick takes does not depend on it, and a block
        of ticks costs little more than one.
        """
        # What is complete is judged first: it was so before anybody acted, however chunks were cut.
        alerts = self._judge() if batch.acts else []
        alerts += [told for act in batch.acts for told in self._acted(act)]
        reported, counts = self._apply_rows(batch)
        alerts += self._register.tell(reported)
        self._applied[batch.source] = max(self._applied.get(batch.source, -1), batch.last)
        self._totals = self._totals.plus(counts)
        if batch.stream in ("positions", "mixed"):
            mark = batch.unit_watermark
            # Nobody knows whether a file has positions; on their own topic they are awaited.
            idle = batch.units_idle or (batch.stream == "mixed" and mark is None)
            self._unit_marks.update(batch.source, batch.sources, mark, idle=idle)
        elif batch.stream == "incidents":
            self._unit_marks.expect(batch.sources)
        if batch.stream in ("incidents", "mixed"):
            self._watermarks.update(batch.source, batch.sources, batch.watermark, idle=batch.idle)
            self._heat.seal(self._watermarks.least())
            if self._heat.sealed is not None:
                upto_ms = self._heat.sealed * TICK_MS
                alerts += self._register.tell(self._reports.passed(upto_ms))
                alerts += self._register.advance("keyword", upto_ms)
        self._presence.seal(self._unit_marks.hold(self._watermarks.least()))
        if judge:
            alerts += self._judge()
        self._firing.hear(alerts)
        return Outcome(alerts, counts)

    def show(self, witness: Witness) -> None:
        """Let somebody look on while the heat rules in force now judge, for explanations."""
        self._heat.show(witness)

    def show_coverage(self, witness: SightWitness) -> None:
        """The same for the coverage rules in force now."""
        self._coverage.show(witness)

    def suppose(self, rule_id: str, area: str) -> None:
        """Let a heat alert of a rule stand in an area, as tests of coverage rules give it."""
        self._coverage.suppose(rule_id, area)

    def units(self, now_ms: int) -> dict[str, int]:
        """Units by status as their newest fixes show them; stale and lost ones apart."""
        return self._presence.latest(tick_of(now_ms)).by_status()

    def firing(self) -> dict[tuple[str, str, str], int]:
        """Alerts that fire now, by kind, level and kind of area."""
        return self._firing.counts()

    def shortage(self) -> Shortage | None:
        """How many areas are how cold, where coverage is judged."""
        return self._coverage.shortage()

    def silences(self, now_ms: int) -> int:
        """How many silences made while running stand at a moment."""
        return self._register.silences(now_ms)

    @property
    def presence(self) -> Presence:
        """The units of this partition's commands."""
        return self._presence

    def totals(self) -> Counts:
        """Counts since the beginning of the log, exact through crashes (part of the snapshot)."""
        return self._totals

    def budgets(self) -> dict[str, Given]:
        """What budgets of false alarms ask for and what was given, by rule id."""
        return self._heat.budgets()

    def watermark(self) -> int | None:
        """Event time (ms) up to which ticks are judged."""
        return None if self._heat.judged is None else self._heat.judged * TICK_MS

    def snapshot(self) -> bytes:
        """The whole state, compressed. Equal states give equal bytes."""
        state = {
            "version": _STATE_VERSION,
            "applied": dict(sorted(self._applied.items())),
            "watermarks": self._watermarks.snapshot(),
            "unit_marks": self._unit_marks.snapshot(),
            "presence": self._presence.snapshot(),
            "totals": self._totals,
            "seen": self._seen.snapshot(),
            "reports": self._reports.snapshot(),
            "heat": self._heat.snapshot(),
            "coverage": self._coverage.snapshot(),
            "register": self._register.snapshot(),
            "untold": self._untold,
        }
        return zlib.compress(msgpack.encode(state), level=1)

    def restore(self, state: bytes, books: Mapping[str, RuleBook] | None = None) -> None:
        """Replace the state by a snapshot. Raises ConfigError on a foreign state version.

        books: by their hashes; in the place of one that is not there the book stands that the
        watch was made with. What is open goes on under it as after any other switch.
        """
        plain: dict[str, Any] = msgpack.decode(zlib.decompress(state))
        if plain.get("version") != _STATE_VERSION:
            msg = (
                f"state: version {plain.get('version')!r} was written by another release; this one "
                f"reads {_STATE_VERSION}: start with a new group and replay the observations"
            )
            raise ConfigError(msg)
        self._applied = plain["applied"]
        self._watermarks.restore(plain["watermarks"])
        self._unit_marks.restore(plain["unit_marks"])
        self._presence.restore(plain["presence"])
        self._totals = Counts(**plain["totals"])
        self._seen.restore(plain["seen"])
        self._untold = convert(plain["untold"], list[Alert])
        known = books or {}
        held: dict[str, list[tuple[int, RuleBook]]] = {}
        families: dict[str, ReportRules | HeatRules | CoverageRules] = {
            "reports": self._reports,
            "heat": self._heat,
            "coverage": self._coverage,
        }
        for name, rules in families.items():
            moments = plain[name]["books"]
            held[name] = [(at, known.get(hash_, self._base)) for at, hash_ in moments]
            rules.restore(plain[name], held[name])
        self._register.restore(plain["register"], [book for _, book in held["reports"]])
        self._firing.begin(self._register.firing())

    def _judge(self) -> list[Alert]:
        """Heat up to the last complete tick, coverage as far as positions go; told by tick."""
        if self._heat.asks_strength:
            upto = min(self._presence.sealed, self._heat.sealed or 0)
            said = self._coverage.judge(self._presence, upto, self._heat)
            late = self._heat.judge(upto)  # where no command has units
            self._coverage.hear(late)
            said += late
        else:
            heat = self._heat.judge()
            self._coverage.hear(heat)
            upto = min(self._presence.sealed, self._heat.judged or 0)
            said = [*heat, *self._coverage.judge(self._presence, upto)]
        self._presence.settle(None if not self._coverage.asked else upto)
        told, self._untold = self._untold, []
        told += self._register.tell(sorted(said, key=_updated))
        told += self._register.advance("heat", (self._heat.judged or 0) * TICK_MS)
        told += self._register.advance("coverage", upto * TICK_MS)
        return sorted(told, key=_updated)

    def _acted(self, act: Act) -> list[Alert]:
        """What an act changes, of what is told and of what is judged from here on."""
        if self._register.knows(act):
            return []
        proven = self._register.proves(act)
        if proven is not None:
            self._heat.confirm(proven)
        if act.kind == "move":
            self._coverage.heard(act)
        return self._register.act(act)

    def _apply_rows(self, batch: Batch) -> tuple[list[Alert], Counts]:
        applied = self._applied.get(batch.source, -1)
        rejected = _beyond(batch.rejected, applied)
        positions = beyond(batch.positions, applied)
        late_positions = beyond(batch.positions_late, applied)
        if batch.units is not None:
            self._presence.apply(batch.units, applied)
        offsets = batch.column("offset")
        if batch.last <= applied or not offsets.size:
            return [], Counts(accepted=positions, late=late_positions, rejected=rejected)
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
        if self._heat.sealed is not None:
            late |= times < self._heat.sealed * TICK_MS
        # What changes a call counts when it comes, however long ago the call was reported.
        late &= ~(duplicate | update)
        new = Rows(rows, place, ids, times, flags, duplicate)
        alerts = self._reports.apply(batch, new)
        counted = ~(duplicate | update) & ((flags & (FLAG_TEST | FLAG_OUTSIDE)) == 0)
        self._reports.count_addresses(batch, new, counted & ~late)
        names = [ids[i] for i in np.flatnonzero(counted).tolist()]
        self._heat.count(batch, rows[counted], names, late[counted])
        # Whoever calls again about the same needs no second unit.
        told = ~duplicate & ((flags & (FLAG_TEST | FLAG_LINKED | FLAG_OUTSIDE)) == 0)
        self._coverage.count(batch, rows[told], counted[told], self._heat.sealed)
        return alerts, Counts(
            accepted=positions + int((~duplicate & ~late).sum()),
            duplicate=int(duplicate.sum()),
            late=late_positions + int(late.sum()),
            rejected=rejected,
        )


def _updated(alert: Alert) -> datetime:
    return alert.times.updated


def _beyond(offsets: bytes, applied: int) -> int:
    """How many of the offsets (i8) were not applied yet."""
    return int((np.frombuffer(offsets, dtype="<i8") > applied).sum())
