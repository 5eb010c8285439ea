"""All heat rules of one partition through every rule book: counts, ticks, channels, switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from rules.columns import AreaColumns
from rules.evidence import IncidentIndex
from rules.false_alarms import Given
from rules.heat import HeatChannel, Key, Witness
from rules.heat_strength import Strain
from rules.language.book import HeatEntry, RuleBook
from rules.late_rows import LateRows
from rules.open_counts import OpenCounts
from rules.timeline import Timeline
from streams.areas import AreaTree
from streams.clock import TICK_MS, tick_of
from streams.observations import Batch
from streams.records import Alert

__all__ = ["HeatRules"]

_CELLS_AT_ONCE = 2_000_000
"""Ticks x areas judged in one block: bounds memory after a long gap."""
_BOOKS_KEPT = 256
"""Books in force and to come at one time; of more, the first to come is passed over (law 6)."""


class HeatRules:
    """Open counts, and a channel for every rule and shape that a book in force or to come has."""

    def __init__(self, book: RuleBook, areas: AreaTree) -> None:
        self._areas = areas
        self._columns = AreaColumns()
        self._sealed: int | None = None  # first tick that still takes rows
        self._judged: int | None = None  # first tick that was not judged yet
        self._incidents = IncidentIndex()
        self._heard: int | None = None  # last judged tick with an incident of any area
        self._books = {book.bundle: book}
        self._timeline = Timeline(book.bundle, kept=_BOOKS_KEPT, in_force=True)
        self._channels: dict[Key, HeatChannel] = {}
        self._in_force: list[HeatChannel] = []
        self._switched = False
        self._untold: list[Alert] = []
        self._pending = OpenCounts()
        self._late = LateRows()
        self._provide()
        self._in_force = [self._channels[_key(entry)] for entry in book.heat]

    @property
    def sealed(self) -> int | None:
        """The first tick that still takes rows; None before a watermark."""
        return self._sealed

    @property
    def judged(self) -> int | None:
        """The first tick that was not judged yet."""
        return self._judged

    @property
    def asks_strength(self) -> bool:
        """Whether a rule of any book, in force or to come, asks for load against strength."""
        return any(entry.rule.strength for book in self._books.values() for entry in book.heat)

    def show(self, witness: Witness) -> None:
        """Let somebody look on while the rules that are in force now judge."""
        for channel in self._in_force:
            channel.witness = witness

    def schedule(self, tick: int, book: RuleBook) -> None:
        """Judge by another book from a tick on; from one that takes rows still, at the earliest.

        Rules of a new shape count from now on, so that they are warm by then. What is complete
        is judged here, so that nothing depends on when others are; `judge` tells of it. Where rules
        ask for strength, whoever knows it has judged before.
        """
        if not self.asks_strength:
            self._untold = self.judge()
        self._books[book.bundle] = book
        self._timeline.switch(
            tick if self._sealed is None else max(tick, self._sealed), book.bundle
        )
        self._provide()

    def count(
        self, batch: Batch, rows: NDArray[np.intp], ids: Sequence[str], late: NDArray[np.bool_]
    ) -> None:
        """Put rows into the ticks of every heat rule that counts them.

        late: which of them came too late for their tick; they count where a rule revises.
        """
        effects: list[int] = []
        if late.any():
            at = {row: self._effect(batch, row) for row in rows[late].tolist()}
            keep = np.array([self._revises(at[row]) for row in at])
            effects = [at[row] for row in rows[late][keep].tolist()]
            kept = ~late
            kept[late] = keep
            rows, late = rows[kept], late[kept]
            ids = [id_ for id_, keeps in zip(ids, kept.tolist(), strict=True) if keeps]
        if not rows.size:
            return
        columns = self._columns.of(batch, rows)
        if effects:
            self._late.add(batch, rows[late], columns[late], effects)
            rows, columns = rows[~late], columns[~late]
            ids = [id_ for id_, is_late in zip(ids, late.tolist(), strict=True) if not is_late]
        times = batch.column("time")[rows]
        codes = batch.column("category")[rows]
        names = [batch.categories[code] for code in codes.tolist()]
        self._incidents.add(times // TICK_MS, columns, times, ids, names)
        self._pending.add(batch, rows, columns)

    def _effect(self, batch: Batch, row: int) -> int:
        """The first tick that a late row may correct: none before was open when it arrived."""
        stood = batch.behind.get(row)
        effect = self._sealed if stood is None else tick_of(stood)
        return max(effect or 0, self._sealed or 0)

    def _revises(self, tick: int) -> bool:
        """Whether any rule that holds at a tick takes late rows."""
        return any(entry.revises for entry in self._books[self._timeline.at(tick)].heat)

    def seal(self, watermark: int | None) -> None:
        """Take no more rows into the ticks that the watermark has passed."""
        if watermark is None:
            return
        upto = tick_of(watermark)
        if self._judged is None:
            self._judged = self._first_pending(upto)
        self._sealed = upto if self._sealed is None else max(self._sealed, upto)

    def judge(
        self, upto: int | None = None, strain: Mapping[str, Strain] | None = None
    ) -> list[Alert]:
        """Judge every sealed tick, or those before `upto`, in blocks.

        strain: load against strength at the last of them, by area, for the rules that ask for it.
        """
        alerts, self._untold = self._untold, []
        if self._sealed is None or self._judged is None:
            return alerts
        sealed = self._sealed if upto is None else min(self._sealed, upto)
        while self._judged < sealed:
            first = self._next_eventful(self._judged, sealed)
            end = min(sealed, first + max(1, _CELLS_AT_ONCE // max(1, len(self._columns))))
            self._switch(first)
            edge = self._timeline.next_after(first)
            late = self._late.next_after(first)  # takes effect at the beginning of a block
            end = min(tick for tick in (end, edge, late) if tick is not None)
            alerts += self._judge_block(first, end, (strain or {}) if end == upto else {})
            self._judged = end
            self._incidents.drop_before(end - self._reach)
        return alerts

    def confirm(self, alert: Alert) -> None:
        """An alert of one area was found to be true: its budget does not count it as false."""
        fired, score = alert.times.fired, alert.evidence.score
        if fired is None or score is None or alert.areas:
            return
        tick = tick_of(round(fired.timestamp() * 1000)) - 1
        for channel in self._in_force:
            if channel.key[0] == alert.rule.id:
                channel.confirm(alert.area.id, tick, score)

    def budgets(self) -> dict[str, Given]:
        """What the budgets of the rules in force ask for and what was given, by rule id."""
        given = {channel.key[0]: channel.given for channel in self._in_force}
        return {rule: found for rule, found in given.items() if found is not None}

    def snapshot(self) -> dict[str, Any]:
        """Plain values and bytes. The channels go with the books that the timeline names."""
        in_force = {channel.key: channel.entry.hash for channel in self._in_force}
        return {
            "books": self._timeline.snapshot(),
            "areas": self._columns.ids,
            "sealed": self._sealed,
            "judged": self._judged,
            "incidents": self._incidents.snapshot(),
            "heard": self._heard,
            "channels": [
                [*key, in_force.get(key), channel.snapshot()]
                for key, channel in sorted(self._channels.items())
            ],
            "pending": self._pending.snapshot(),
            "late": self._late.snapshot(),
            "untold": self._untold,
        }

    def restore(self, state: dict[str, Any], books: Sequence[tuple[int, RuleBook]]) -> None:
        """Take over a snapshot; `books` are those of its timeline, or what stands in their place.

        What the state does not have begins anew; what the books do not have is dropped.
        """
        self._timeline.restore([(tick, book.bundle) for tick, book in books])
        self._books = {book.bundle: book for _, book in books}
        self._columns = AreaColumns(state["areas"])
        self._sealed, self._judged = state["sealed"], state["judged"]
        self._incidents.restore(state["incidents"])
        self._heard = state.get("heard")
        self._untold = msgspec.convert(state["untold"], list[Alert])
        self._channels, self._in_force, self._pending = {}, [], OpenCounts()
        self._provide()
        self._in_force = [self._channels[_key(entry)] for entry in self._book.heat]
        self._pending.restore(state["pending"])
        self._late.restore(state.get("late", ()))
        for rule_id, shape, hash_, channel_state in state["channels"]:
            self._restore_channel((rule_id, shape), hash_, channel_state)

    def _restore_channel(self, key: Key, hash_: str | None, state: dict[str, Any]) -> None:
        """hash_: of the rule, where it was in force; another one in its place is a switch."""
        channel = self._channels.get(key)
        if channel is not None:
            channel.restore(state, self._columns.ids)
            if hash_ is not None and channel.entry.hash != hash_:
                channel.changed("limits")
        elif hash_ is not None:
            for other in self._in_force:
                if other.key[0] == key[0]:
                    other.restore_open(state, self._columns.ids)
                    other.changed("shape")

    @property
    def _book(self) -> RuleBook:
        """The book in force at the tick that was judged last."""
        return self._books[self._timeline.hashes()[0]]

    def _provide(self) -> None:
        """Make the channels and counts that the books ask for, and drop those that none does."""
        books = [self._books[hash_] for hash_ in self._timeline.hashes()]
        self._books = {book.bundle: book for book in books}
        wanted: dict[Key, tuple[HeatEntry, RuleBook]] = {}
        for book in books:
            for entry in book.heat:
                wanted.setdefault(_key(entry), (entry, book))
        kept = wanted.keys() | {channel.key for channel in self._in_force}
        self._channels = {key: c for key, c in self._channels.items() if key in kept}
        for key, (entry, book) in wanted.items():
            if key not in self._channels:
                self._channels[key] = self._new(entry, book)
        # Also as the books to come have it, so that nothing is missing when they take over.
        held = [(c.counted, c.entry.revises) for c in self._channels.values()]
        to_come = [(e.rule.count, e.revises) for book in books for e in book.heat]
        self._pending.provide([*held, *to_come])
        self._reach = max((c.window_ticks for c in self._channels.values()), default=1)

    def _switch(self, tick: int) -> None:
        """Let the book that is due at a tick take over."""
        if self._timeline.due(tick) is None:
            return
        self._switched = True
        book, before = self._book, {channel.key[0]: channel for channel in self._in_force}
        self._in_force = [self._channels[_key(entry)] for entry in book.heat]
        for channel, entry in zip(self._in_force, book.heat, strict=True):
            old = before.pop(entry.rule.id, None)
            # First, so that what it takes over is not held against a book it only waited for.
            channel.use(entry, book, tick)
            if old is not None and old is not channel:
                if old.entry.rule.state == entry.rule.state and old.by == channel.by:
                    channel.adopt(old)
                else:
                    old.leave("rule_changed")
        for old in before.values():
            old.leave("rule_removed")
        for channel in self._channels.values():
            channel.use_days(book.calendar.like)

    def _new(self, entry: HeatEntry, book: RuleBook) -> HeatChannel:
        """A channel that begins with the counts of one that counts the same, the longest one."""
        made = HeatChannel(entry, book, self._areas)
        made.use_days(self._book.calendar.like)
        same = made.counted.key, made.by
        others = [c for c in self._channels.values() if (c.counted.key, c.by) == same]
        if others:
            made.inherit(max(others, key=lambda other: (other.window_ticks, other.key)))
        return made

    def _first_pending(self, upto: int) -> int:
        """The first tick before `upto` that has an event, else `upto`."""
        ticks = upto, self._pending.earliest(), self._late.earliest()
        return min(tick for tick in ticks if tick is not None)

    def _next_eventful(self, tick: int, upto: int) -> int:
        """`tick`; or, where nothing is in reach of any window, the next one with an event.

        A gap of a year in a feed then costs no more than one of an hour. The last tick is always
        judged as such, so that the state afterwards is the same as without the jump.
        """
        if upto - tick > self._reach and all(c.settled() for c in self._channels.values()):
            return max(tick, min(self._first_pending(upto), upto - 1))
        return tick

    def _judge_block(self, first: int, end: int, strain: Mapping[str, Strain]) -> list[Alert]:
        taken = self._pending.take(first, end, len(self._columns), self._late.take(first))
        silence = self._incidents.silence(first, end, self._heard)
        self._heard = self._incidents.heard_last(end, self._heard)
        order = {channel.key: number for number, channel in enumerate(self._in_force)}
        found: list[tuple[int, int, str, Alert]] = []
        for key, channel in self._channels.items():
            told = channel.close(
                first,
                taken.of(channel.counted, channel.revised_ticks),
                self._columns.ids,
                self._incidents,
                silence,
                in_force=key in order,
                strain=strain,
            )
            place = order.get(key, -1)  # a rule that left comes first
            found += [(tick, place, alert.area.id, alert) for tick, alert in told]
        if self._switched:
            self._switched = False
            self._provide()
        # By tick, rule and area: the cut of the blocks does not show in the order.
        return [alert for *_, alert in sorted(found, key=lambda f: (f[:3], f[3].id, f[3].revision))]


def _key(entry: HeatEntry) -> Key:
    return entry.rule.id, entry.shape
